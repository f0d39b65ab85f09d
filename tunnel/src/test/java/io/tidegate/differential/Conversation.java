package io.tidegate.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// One connection on which a case was sent, and what came back.
///
/// @param answers all of it
/// @param ended whether the server ended it; else it waited for more until we did
record Conversation(String answers, boolean ended) {
  private static final Pattern SUCCESS = Pattern.compile("HTTP/1\\.[01] 2\\d\\d ");

  /// So that pieces are seen apart, most of the time.
  private static final long GAP_NANOS = 2_000_000;

  private static final Duration LAST = Duration.ofSeconds(5);

  /// Sends the wire of `one` to `server` from `own`, and hears it out: until it ends the
  /// connection, or has been silent for `quiet`.
  static Conversation hold(InetSocketAddress server, InetAddress own, RawCase one, Duration quiet)
      throws IOException {
    try (var socket = new Socket()) {
      socket.bind(new InetSocketAddress(own, 0));
      socket.setTcpNoDelay(true);
      socket.connect(server, Math.toIntExact(LAST.toMillis()));
      send(socket, one);
      var heard = new StringBuilder();
      boolean ended = hear(socket, heard, quiet);
      if (!ended) {
        socket.shutdownOutput();
        var _ = hear(socket, heard, LAST);
      }
      return new Conversation(heard.toString(), ended);
    }
  }

  private static void send(Socket socket, RawCase one) {
    try {
      for (var piece : one.pieces()) {
        socket.getOutputStream().write(piece);
        LockSupport.parkNanos(GAP_NANOS);
      }
    } catch (IOException refused) {
      // it has heard enough; what it says may still be there
    }
  }

  private static boolean hear(Socket socket, StringBuilder heard, Duration quiet)
      throws IOException {
    var piece = new byte[16 * 1024];
    socket.setSoTimeout(Math.toIntExact(quiet.toMillis()));
    try {
      for (int read; (read = socket.getInputStream().read(piece)) >= 0; )
        heard.append(new String(piece, 0, read, ISO_8859_1));
      return true;
    } catch (SocketTimeoutException silent) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  /// Requests that were answered with success.
  int taken() {
    return Math.toIntExact(SUCCESS.matcher(answers).results().count());
  }

  /// The first line that came.
  String first() {
    return answers.lines().findFirst().orElse("nothing");
  }
}
