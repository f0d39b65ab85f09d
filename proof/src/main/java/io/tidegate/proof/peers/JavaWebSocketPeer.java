package io.tidegate.proof.peers;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.jspecify.annotations.Nullable;

/// Java-WebSocket: WebSockets on any path, and nothing else.
public final class JavaWebSocketPeer {
  private JavaWebSocketPeer() {}

  /// Serves until it is ended.
  public static void main(String... arguments) {
    new Echo(Contract.address(arguments)).start();
  }

  private static final class Echo extends WebSocketServer {
    Echo(InetSocketAddress address) {
      super(address);
    }

    @Override
    public void onStart() {
      Contract.ready("java-websocket", getPort());
    }

    @Override
    public void onOpen(WebSocket socket, ClientHandshake handshake) {}

    @Override
    public void onMessage(WebSocket socket, String text) {
      socket.send(text);
    }

    @Override
    public void onMessage(WebSocket socket, ByteBuffer bytes) {
      socket.send(bytes);
    }

    @Override
    public void onClose(WebSocket socket, int code, String reason, boolean remote) {}

    @Override
    public void onError(@Nullable WebSocket socket, Exception fault) {}
  }
}
