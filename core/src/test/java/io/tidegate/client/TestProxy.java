package io.tidegate.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Proxies of plain sockets, that note where they were asked to connect to.
final class TestProxy implements AutoCloseable {
  /// Where clients wanted to go, as they said it.
  final List<String> asked = new CopyOnWriteArrayList<>();

  private final RawServer server;
  private final String login;

  /// One that wants `login` (`user:password`), or none if that is empty.
  private TestProxy(boolean socks, String login) throws IOException {
    this.login = login;
    this.server = new RawServer(socks ? this::socks : this::http);
  }

  static TestProxy http(String login) throws IOException {
    return new TestProxy(false, login);
  }

  static TestProxy socks(String login) throws IOException {
    return new TestProxy(true, login);
  }

  int port() {
    return server.port();
  }

  private void http(RawServer.Peer peer) throws IOException {
    var head = peer.head();
    var wanted = Base64.getEncoder().encodeToString(login.getBytes(ISO_8859_1));
    if (!login.isEmpty() && !head.contains("\r\nProxy-Authorization: Basic " + wanted + "\r\n")) {
      peer.send("HTTP/1.1 407 Who?\r\nContent-Length: 5\r\n\r\nwho?\n");
      peer.drain();
      return;
    }
    var target = head.split(" ", 3)[1];
    asked.add(target);
    int colon = target.lastIndexOf(':');
    try (var onward =
        call(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)))) {
      peer.send("HTTP/1.1 200 Connection established\r\nProxy-Agent: a test\r\n\r\n");
      join(peer.socket, onward);
    } catch (java.net.ConnectException refused) {
      peer.send("HTTP/1.1 502 Bad Gateway\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");
    }
  }

  private void socks(RawServer.Peer peer) throws IOException {
    var in = new DataInputStream(peer.socket.getInputStream());
    expect(in, 5);
    var methods = in.readNBytes(in.readUnsignedByte());
    int method = login.isEmpty() ? 0 : 2;
    if (new String(methods, ISO_8859_1).indexOf(method) < 0) {
      peer.send(new byte[] {5, -1});
      return;
    }
    peer.send(new byte[] {5, (byte) method});
    if (method == 2 && !isKnown(in, peer)) return;
    expect(in, 5);
    expect(in, 1);
    expect(in, 0);
    var host =
        switch (in.readUnsignedByte()) {
          case 1 -> InetAddress.getByAddress(in.readNBytes(4)).getHostAddress();
          case 4 -> InetAddress.getByAddress(in.readNBytes(16)).getHostAddress();
          default -> new String(in.readNBytes(in.readUnsignedByte()), ISO_8859_1);
        };
    int port = in.readUnsignedShort();
    asked.add(host + ":" + port);
    try (var onward = call(host, port)) {
      peer.send(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 9});
      join(peer.socket, onward);
    } catch (java.net.ConnectException refused) {
      peer.send(new byte[] {5, 5, 0, 1, 0, 0, 0, 0, 0, 0});
    }
  }

  private boolean isKnown(DataInputStream in, RawServer.Peer peer) throws IOException {
    expect(in, 1);
    var user = new String(in.readNBytes(in.readUnsignedByte()), ISO_8859_1);
    var password = new String(in.readNBytes(in.readUnsignedByte()), ISO_8859_1);
    boolean known = login.equals(user + ":" + password);
    peer.send(new byte[] {1, (byte) (known ? 0 : 1)});
    return known;
  }

  private static void expect(DataInputStream in, int octet) throws IOException {
    int came = in.readUnsignedByte();
    if (came != octet) throw new AssertionError(came + " in place of " + octet);
  }

  /// Names are the proxy's to look up: `inner.example` is this machine.
  private static Socket call(String host, int port) throws IOException {
    return new Socket(host.equals("inner.example") ? "127.0.0.1" : host, port);
  }

  private static void join(Socket client, Socket server) throws IOException {
    var back =
        Thread.ofVirtual()
            .start(() -> {
              try {
                var _ = server.getInputStream().transferTo(client.getOutputStream());
                client.shutdownOutput();
              } catch (IOException _) {
                // one of them has gone
              }
            });
    try {
      var _ = client.getInputStream().transferTo(server.getOutputStream());
      server.shutdownOutput();
      back.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
