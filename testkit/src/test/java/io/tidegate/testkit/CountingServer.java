package io.tidegate.testkit;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/// Accepts and holds connections in a process of its own, and says how many.
final class CountingServer {
  private CountingServer() {}

  static void main() throws Exception {
    List<SocketChannel> held = new ArrayList<>();
    try (var server = ServerSocketChannel.open()) {
      var _ = server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 4_096);
      System.out.println("port " + ((InetSocketAddress) server.getLocalAddress()).getPort());
      while (true) {
        held.add(server.accept());
        if (held.size() % 1_000 == 0) {
          System.out.println("accepted " + held.size());
        }
      }
    }
  }
}
