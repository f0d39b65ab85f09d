package io.tidegate.net.tls;

import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Stage;
import java.util.Map;
import java.util.Objects;

/// The last stage behind [TlsStage]: which protocol is spoken is what ALPN has negotiated.
///
/// @param stages by the protocol's name, such as `h2`
/// @param otherwise where nothing was negotiated, or nothing of these
public record ByProtocol(Map<String, Stage> stages, Stage otherwise) implements Stage {
  /// Copies the map.
  public ByProtocol {
    stages = Map.copyOf(stages);
  }

  /// The dearest of them: what is negotiated is not known when a connection is charged.
  @Override
  public int heapPriceBytes() {
    return Math.max(
        otherwise.heapPriceBytes(),
        stages.values().stream().mapToInt(Stage::heapPriceBytes).max().orElse(0));
  }

  @Override
  public int directPriceBytes() {
    return Math.max(
        otherwise.directPriceBytes(),
        stages.values().stream().mapToInt(Stage::directPriceBytes).max().orElse(0));
  }

  @Override
  public ByteStream.Reader start(Connection connection, Next next) {
    var session = connection.tls();
    var chosen = session == null ? null : stages.get(session.applicationProtocol());
    return Objects.requireNonNullElse(chosen, otherwise).start(connection, next);
  }

  @Override
  public byte[] refusal(CutReason reason) {
    return otherwise.refusal(reason);
  }
}
