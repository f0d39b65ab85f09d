package io.tidegate.http;

import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.Stage;
import java.nio.charset.StandardCharsets;

/// The last stage of a listener that speaks HTTP. Safe for any thread.
public final class HttpStage implements Stage {
  private final HttpLimits limits;
  private final LoopHandler handler;
  private final SpareScanner[] spares;

  /// Serves `handler` on connections of `loops`.
  public HttpStage(Loops loops, HttpLimits limits, LoopHandler handler) {
    this.limits = limits;
    this.handler = handler;
    this.spares = new SpareScanner[loops.count()];
    for (int i = 0; i < spares.length; i++) spares[i] = new SpareScanner(limits.head());
  }

  @Override
  public int heapPriceBytes() {
    return 0;
  }

  @Override
  public ByteStream.Reader start(Connection connection, Next next) {
    return new Http1Server(connection, limits, spares[connection.loop().index()], handler);
  }

  @Override
  public byte[] refusal(CutReason reason) {
    return refusalText(reason).getBytes(StandardCharsets.US_ASCII);
  }

  private static String refusalText(CutReason reason) {
    return """
    HTTP/1.1 503 Service Unavailable\r
    Content-Length: 0\r
    Connection: close\r
    Retry-After: 5\r
    Tidegate-Error: %s\r
    \r
    """
        .formatted(reason.label());
  }
}
