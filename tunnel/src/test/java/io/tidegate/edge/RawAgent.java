package io.tidegate.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidegate.edge.keys.LoopbackKey;
import io.tidegate.link.LinkHandshake;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// An agent that speaks the link by hand, as `spec.md` describes it, and may do as it likes with
/// it. One thread writes, one reads.
final class RawAgent implements AutoCloseable {
  static final int DATA = 0;
  static final int WINDOW = 1;
  static final int PING = 2;
  static final int GO_AWAY = 3;
  static final int SYN = 1;
  static final int ACK = 2;
  static final int FIN = 4;
  static final int RST = 8;

  /// The byte that says that the app took the connection.
  static final byte CONNECTED = 0;

  private static final int PATIENCE_MILLIS = 10_000;

  private final Socket socket;
  private final DataInputStream in;

  /// A frame as it came, its payload one byte a character.
  record Got(int type, int flags, int id, long length, String text) {}

  private RawAgent(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /// Opens a link of a session of its own with `token`.
  ///
  /// @throws IOException naming the answer if it is not 101
  static RawAgent open(int port, String token) throws IOException {
    var agent = new RawAgent(new Socket(InetAddress.ofLiteral("127.0.0.1"), port));
    try {
      agent.socket.getOutputStream().write(request(port, token).getBytes(ISO_8859_1));
      var head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) head.append((char) agent.in.readUnsignedByte());
      if (!head.toString().startsWith("HTTP/1.1 101 ")) throw new IOException(head.toString());
      return agent;
    } catch (IOException failed) {
      agent.close();
      throw failed;
    }
  }

  /// An agent of the same user and machine as the edge of `rig`.
  static RawAgent open(TunnelRig rig) throws IOException {
    return open(
        rig.edge.port(), java.util.Objects.requireNonNull(LoopbackKey.read(rig.edge.port())));
  }

  private static String request(int port, String token) {
    return "GET /_tidegate/link HTTP/1.1\r\nHost: localhost:"
        + port
        + "\r\nConnection: Upgrade\r\nUpgrade: yamux\r\nAuthorization: Bearer "
        + token
        + "\r\nTidegate-Session: "
        + LinkHandshake.newSessionId()
        + "\r\n\r\n";
  }

  /// Claims `name` on a control stream that it opens, and returns what the edge says first.
  String claim(String name) throws IOException {
    var line =
        "{\"type\":\"register\",\"claim\":0,\"name\":\""
            + name
            + "\",\"kind\":\"http\",\"upgrades\":[],\"hostHeader\":\"\",\"answerSeconds\":60}\n";
    send(WINDOW, SYN, 1, 0);
    sendData(1, line.getBytes(UTF_8));
    return data(1).text();
  }

  void send(int type, int flags, int id, long length, byte... payload) throws IOException {
    socket.getOutputStream().write(frame(type, flags, id, length, payload));
  }

  void sendRaw(byte[] frames) throws IOException {
    socket.getOutputStream().write(frames);
  }

  void sendData(int id, byte... payload) throws IOException {
    send(DATA, 0, id, payload.length, payload);
  }

  static byte[] frame(int type, int flags, int id, long length, byte... payload) {
    return ByteBuffer.allocate(12 + payload.length)
        .put((byte) 0)
        .put((byte) type)
        .putShort((short) flags)
        .putInt(id)
        .putInt((int) length)
        .put(payload)
        .array();
  }

  /// The next frame; null at the end of the link, by FIN or reset. Pings are answered on the way.
  @Nullable Got next() throws IOException {
    try {
      while (true) {
        int type = in.readUnsignedShort() & 0xff;
        int flags = in.readUnsignedShort();
        int id = in.readInt();
        long length = Integer.toUnsignedLong(in.readInt());
        var text = type == DATA ? new String(in.readNBytes((int) length), ISO_8859_1) : "";
        if (type == PING && (flags & SYN) != 0) send(PING, ACK, 0, length);
        else return new Got(type, flags, id, length, text);
      }
    } catch (EOFException | SocketException ended) {
      return null;
    }
  }

  /// The next data with payload, on `stream` or on any for 0.
  Got data(int stream) throws IOException {
    for (var got = next(); got != null; got = next()) {
      if (got.type == DATA && got.length > 0 && (stream == 0 || got.id == stream)) return got;
    }
    throw new EOFException("the link ended");
  }

  /// The stream of the next request.
  int request() throws IOException {
    for (var got = next(); got != null; got = next()) {
      if (got.type == DATA && got.id > 1 && got.length > 8) return got.id;
    }
    throw new EOFException("the link ended");
  }

  /// The code of the GoAway before the end of the link; -1 if none came.
  int awaitGoAway() throws IOException {
    int code = -1;
    for (var got = next(); got != null; got = next()) {
      if (got.type == GO_AWAY) code = (int) got.length;
    }
    return code;
  }

  /// Takes the stream and gives `answer` as the app's.
  void answer(int stream, String answer) throws IOException {
    var text = answer.getBytes(ISO_8859_1);
    var bytes = new byte[text.length + 1];
    System.arraycopy(text, 0, bytes, 1, text.length);
    bytes[0] = CONNECTED;
    send(DATA, ACK, stream, bytes.length, bytes);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
