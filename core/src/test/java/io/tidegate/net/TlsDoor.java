package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.tidegate.net.tls.Certificates;
import io.tidegate.net.tls.PemPair;
import io.tidegate.net.tls.TlsConfig;
import io.tidegate.net.tls.TlsStage;
import io.tidegate.testkit.TestAuthority;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// Listeners that speak TLS, and clients of theirs, for tests.
final class TlsDoor {
  private TlsDoor() {}

  /// Sends back what comes, and ends when the peer has.
  record Echo(Connection connection) implements ByteStream.Reader {
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

  static PemPair pair(TestAuthority.Issued issued) {
    return new PemPair(issued.certificate(), issued.key());
  }

  static Rig.Door open(
      Rig rig,
      Certificates certificates,
      UnaryOperator<TlsConfig> with,
      Function<Connection, ByteStream.Reader> readers)
      throws IOException {
    return open(rig, certificates, with, listener -> listener, readers);
  }

  static Rig.Door open(
      Rig rig,
      Certificates certificates,
      UnaryOperator<TlsConfig> with,
      UnaryOperator<ListenerConfig> listener,
      Function<Connection, ByteStream.Reader> readers)
      throws IOException {
    var config = with.apply(TlsConfig.DEFAULT);
    return rig.door(listener, new TlsStage(rig.loops, config, certificates), readers);
  }

  /// A client that has not spoken yet; it names `serverName` if that is not empty.
  static SSLSocket client(SSLContext context, Rig.Door door, String serverName) throws IOException {
    return client(context, door.call(), serverName);
  }

  static SSLSocket client(SSLContext context, Socket plain, String serverName) throws IOException {
    var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", 1, true);
    if (!serverName.isEmpty()) {
      var parameters = socket.getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(serverName)));
      socket.setSSLParameters(parameters);
    }
    socket.setSoTimeout((int) Rig.PATIENCE.toMillis());
    return socket;
  }

  /// The first words of a client.
  static byte[] hello(SSLContext context) throws SSLException {
    var engine = context.createSSLEngine("localhost", 1);
    engine.setUseClientMode(true);
    var words = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.beginHandshake();
    var _ = engine.wrap(ByteBuffer.allocate(0), words);
    return Arrays.copyOf(words.array(), words.position());
  }

  static byte[] random(int bytes) {
    var made = new byte[bytes];
    new Random(7).nextBytes(made);
    return made;
  }

  /// Writes `bytes` in a thread of its own.
  static Thread sends(Socket client, byte[] bytes) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            client.getOutputStream().write(bytes);
          } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
          }
        });
  }
}
