package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemPair;
import io.tidegate.net.tls.TlsConfig;
import io.tidegate.net.tls.TlsEngine;
import io.tidegate.net.tls.TlsStage;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.TestAuthority;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith({Balanced.class, Quiet.class})
class TlsSystemTest {
  @TempDir private static Path directory;
  private static TestAuthority authority;
  private static PemPair pair;

  @BeforeAll
  static void issue() {
    authority = TestAuthority.in(directory);
    var issued = authority.issue("DNS:localhost", "DNS:*.edge.test");
    pair = new PemPair(issued.certificate(), issued.key());
  }

  static Stream<Arguments> ways() {
    return Stream.of(Transport.values())
        .flatMap(transport ->
            Stream.of(TlsEngine.values())
                .flatMap(engine ->
                    Stream.of("TLSv1.3", "TLSv1.2")
                        .map(version -> Arguments.of(transport, engine, version))));
  }

  /// Sends back what comes, and ends when the peer has.
  private record Echo(Connection connection) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      var _ = connection.offer(piece, piece.readableBytes(), connection);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  private static Rig.Door door(
      Rig rig,
      PemCertificates certificates,
      UnaryOperator<TlsConfig> with,
      Function<Connection, ByteStream.Reader> readers)
      throws Exception {
    var config = with.apply(TlsConfig.DEFAULT);
    return rig.door(listener -> listener, new TlsStage(rig.loops, config, certificates), readers);
  }

  private static SSLSocket client(SSLContext context, Rig.Door door, String version)
      throws Exception {
    var plain = door.call();
    var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", 1, true);
    socket.setEnabledProtocols(new String[] {version});
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static byte[] random(int bytes) {
    var made = new byte[bytes];
    new Random(7).nextBytes(made);
    return made;
  }

  private static Thread sends(Socket client, byte[] bytes) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            client.getOutputStream().write(bytes);
          } catch (java.io.IOException broken) {
            throw new java.io.UncheckedIOException(broken);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("ways")
  void whatIsSentComesBackByteForByte(Transport transport, TlsEngine engine, String version)
      throws Exception {
    var sent = random(10 << 20);
    try (var rig = new Rig(transport);
        var certificates = PemCertificates.open(List.of(pair));
        var door = door(rig, certificates, with -> with.withEngine(engine), Echo::new);
        var client = client(authority.trusting(), door, version)) {
      var parameters = client.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName("Shop.edge.test")));
      parameters.setApplicationProtocols(new String[] {"h3", "http/1.1"});
      client.setSSLParameters(parameters);

      var writer = sends(client, sent);
      var received = client.getInputStream().readNBytes(sent.length);
      var session = door.next().tls();

      assertThat(received).isEqualTo(sent);
      assertThat(session).isNotNull();
      assertThat(session.protocol()).isEqualTo(version);
      assertThat(session.serverName()).isEqualTo("shop.edge.test");
      assertThat(session.applicationProtocol()).isEqualTo("http/1.1");
      assertThat(session.cipherSuite()).matches(".*(GCM|CHACHA20).*");
      writer.join();
    }
  }
}
