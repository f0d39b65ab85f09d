package io.tidegate.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/// A server of plain sockets that does to each of its clients what a test tells it, on a thread
/// each.
public final class RawServer implements AutoCloseable {
  private static final Pattern KEY = Pattern.compile("(?i)\r\nSec-WebSocket-Key: ([^\r]+)\r\n");

  private final ServerSocket door;
  private final Script script;
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /// What is done to one client.
  @FunctionalInterface
  public interface Script {
    void play(Peer peer) throws Exception;
  }

  public RawServer(Script script) throws IOException {
    this.script = script;
    this.door = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    var _ = Thread.ofVirtual().name("raw-server").start(this::accept);
  }

  public int port() {
    return door.getLocalPort();
  }

  public URI uri(String path) {
    return URI.create("ws://127.0.0.1:" + port() + path);
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        var socket = door.accept();
        open.add(socket);
        var _ = Thread.ofVirtual().name("raw-peer").start(() -> play(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void play(Socket socket) {
    try (socket) {
      script.play(new Peer(socket));
    } catch (IOException | InterruptedException cut) {
      // the client has ended it, or the test has
    } catch (Exception fault) {
      throw new IllegalStateException(fault);
    } finally {
      open.remove(socket);
    }
  }

  /// One client.
  public static final class Peer {
    final Socket socket;
    private final DataInputStream in;

    Peer(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(socket.getInputStream());
    }

    /// Reads a head up to its empty line.
    public String head() throws IOException {
      var bytes = new ByteArrayOutputStream();
      while (!bytes.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) throw new EOFException(bytes.toString(ISO_8859_1));
        bytes.write(next);
      }
      return bytes.toString(ISO_8859_1);
    }

    public void send(String text) throws IOException {
      send(text.getBytes(ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    /// Reads the request and agrees; `fields` are lines with their ends. Returns the request.
    public String accept(String fields) throws IOException {
      var head = head();
      send(agreement(head, fields));
      return head;
    }

    public static String agreement(String head, String fields) {
      var key = KEY.matcher(head);
      if (!key.find()) throw new AssertionError("no key: " + head);
      return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: "
          + RawWebSocket.accept(key.group(1))
          + "\r\n"
          + fields
          + "\r\n";
    }

    /// Reads the next message of a client and returns it unmasked, nothing for a close frame; pings
    /// are answered.
    public byte[] message() throws IOException {
      while (true) {
        int opcode = in.readUnsignedByte() & 0xf;
        var payload = payload();
        switch (opcode) {
          case WebSocketFrame.CLOSE -> {
            return new byte[0];
          }
          case WebSocketFrame.PING ->
              send(WebSocketFrame.of(WebSocketFrame.PONG, payload).unmaskedBytes());
          case WebSocketFrame.PONG -> {}
          default -> {
            return payload;
          }
        }
      }
    }

    private byte[] payload() throws IOException {
      int length = in.readUnsignedByte() & 0x7f;
      if (length == 126) length = in.readUnsignedShort();
      else if (length == 127) length = Math.toIntExact(in.readLong());
      var key = in.readNBytes(4);
      var payload = in.readNBytes(length);
      for (int i = 0; i < payload.length; i++) payload[i] ^= key[i & 3];
      return payload;
    }

    /// Whether the client ends the stream within `span`, in which it must send nothing.
    public boolean endsWithin(Duration span) throws IOException {
      socket.setSoTimeout(Math.toIntExact(span.toMillis()));
      try {
        int next = in.read();
        if (next >= 0) throw new AssertionError("it sent " + next);
        return true;
      } catch (SocketTimeoutException open) {
        return false;
      }
    }

    /// Reads into nothing until the client ends.
    public void drain() throws IOException {
      var _ = in.transferTo(java.io.OutputStream.nullOutputStream());
    }
  }

  @Override
  public void close() throws IOException {
    door.close();
    for (var socket : open) socket.close();
  }
}
