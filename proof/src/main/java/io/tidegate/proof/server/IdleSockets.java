package io.tidegate.proof.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/// WebSockets that are opened and then say nothing. They come from 127.0.1.1 to 127.0.1.59, so that
/// ports last and limits per address are not met. One thread.
final class IdleSockets implements AutoCloseable {
  /// More at once overrun the backlog of some servers, whose clients wait a second then.
  private static final int AT_ONCE = 32;

  private static final int SOURCES = 59;
  private static final int PATIENCE_MILLIS = 5_000;
  private static final int MOST_HEAD_BYTES = 4_096;

  private final List<Socket> open = new ArrayList<>();

  private IdleSockets() {}

  /// Opens `count` of them at `port`, fewer if the server takes no more.
  static IdleSockets open(int port, int count) {
    var sockets = new IdleSockets();
    var request = request(port).getBytes(ISO_8859_1);
    while (sockets.count() < count
        && sockets.openSome(port, Math.min(AT_ONCE, count - sockets.count()), request)) {}
    return sockets;
  }

  private static String request(int port) {
    return """
    GET /ws HTTP/1.1\r
    Host: 127.0.0.1:%d\r
    Upgrade: websocket\r
    Connection: Upgrade\r
    Sec-WebSocket-Version: 13\r
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
    \r
    """
        .formatted(port);
  }

  /// How many stand.
  int count() {
    return open.size();
  }

  /// Returns whether all of `count` were opened.
  private boolean openSome(int port, int count, byte[] request) {
    var some = new ArrayList<Socket>();
    try {
      for (int i = 0; i < count; i++) some.add(connect(port, open.size() + i));
      for (var socket : some) socket.getOutputStream().write(request);
      for (var socket : some) {
        if (!isSwitched(socket)) throw new IOException("not upgraded");
        open.add(socket);
      }
      return true;
    } catch (IOException _) {
      some.removeAll(open);
      some.forEach(IdleSockets::abort);
      return false;
    }
  }

  private static Socket connect(int port, int number) throws IOException {
    var socket = new Socket();
    try {
      socket.setSoLinger(true, 0); // ended by a reset, so that no port waits
      socket.setSoTimeout(PATIENCE_MILLIS);
      var source = InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (1 + number % SOURCES)});
      socket.bind(new InetSocketAddress(source, 0));
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
      return socket;
    } catch (IOException e) {
      abort(socket);
      throw e;
    }
  }

  private static boolean isSwitched(Socket socket) throws IOException {
    var bytes = new byte[MOST_HEAD_BYTES];
    int length = 0;
    while (length < bytes.length) {
      int count = socket.getInputStream().read(bytes, length, bytes.length - length);
      if (count < 0) return false;
      length += count;
      var head = new String(bytes, 0, length, ISO_8859_1);
      if (head.contains("\r\n\r\n")) return head.startsWith("HTTP/1.1 101");
    }
    return false;
  }

  private static void abort(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // nothing of it remains to be closed
    }
  }

  @Override
  public void close() {
    open.forEach(IdleSockets::abort);
    open.clear();
  }
}
