package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A client of HTTP/2 that sends whatever frames it is told to, RFC 9113, and reads those that
/// come. It keeps no rules: no windows, no states, no acknowledgements but those of [#open]. Field
/// sections are sent without compression. For one thread.
public final class RawHttp2 implements AutoCloseable {
  /// Types of frames.
  public static final int DATA = 0;

  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  /// Flags.
  public static final int END_STREAM = 1;

  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  /// Error codes.
  public static final int PROTOCOL_ERROR = 1;

  public static final int REFUSED_STREAM = 7;
  public static final int ENHANCE_YOUR_CALM = 11;

  private static final int HEADER_BYTES = 9;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  /// A frame as it came.
  public static final class Frame {
    private final int type;
    private final int flags;
    private final int stream;
    private final byte[] payload;

    private Frame(int type, int flags, int stream, byte[] payload) {
      this.type = type;
      this.flags = flags;
      this.stream = stream;
      this.payload = payload;
    }

    /// Its type.
    public int type() {
      return type;
    }

    /// Its flags.
    public int flags() {
      return flags;
    }

    /// Its stream, 0 for the connection.
    public int stream() {
      return stream;
    }

    /// How long its payload is.
    public int bytes() {
      return payload.length;
    }

    /// Whether it ends its stream.
    public boolean ends() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }

    /// The 32 bits at `offset` of its payload.
    public int word(int offset) {
      return ByteBuffer.wrap(payload).getInt(offset);
    }

    /// The status that a first section of a connection begins with, 0 if it is not plain to see.
    public int status() {
      int at = 0;
      // the size of the table may be said first, RFC 7541 §6.3: up to 30 in one byte, else in more
      if ((payload[0] & 0xE0) == 0x20) {
        boolean more = (payload[at++] & 0x1F) == 0x1F;
        while (more) more = payload[at++] < 0;
      }
      int first = payload[at] & 0xFF;
      int[] indexed = {200, 204, 206, 304, 400, 404, 500};
      if (first >= 0x88 && first <= 0x8E) return indexed[first - 0x88];
      boolean literal = first >= 0x48 && first <= 0x4E && payload[at + 1] == 3;
      return literal ? Integer.parseInt(new String(payload, at + 2, 3, ISO_8859_1)) : 0;
    }
  }

  private RawHttp2(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.out = socket.getOutputStream();
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.setTcpNoDelay(true);
  }

  /// Connects and says nothing.
  public static RawHttp2 connect(InetSocketAddress address) throws IOException {
    return new RawHttp2(new Socket(address.getAddress(), address.getPort()));
  }

  /// Connects, sends preface and `settings` (names and values in turn), and acknowledges the
  /// peer's.
  public static RawHttp2 open(InetSocketAddress address, int... settings) throws IOException {
    var peer = connect(address);
    peer.preface();
    var payload = ByteBuffer.allocate(settings.length * 3);
    for (int i = 0; i < settings.length; i += 2)
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    peer.send(SETTINGS, 0, 0, payload.array());
    var _ = peer.await(frame -> frame.type() == SETTINGS && frame.flags() == 0);
    peer.send(SETTINGS, ACK, 0);
    return peer;
  }

  /// Sends the preface.
  public void preface() throws IOException {
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1));
  }

  /// Sends one frame.
  public void send(int type, int flags, int stream, byte... payload) throws IOException {
    out.write(frame(type, flags, stream, payload));
  }

  /// Sends a frame whose payload is one word.
  public void sendWord(int type, int stream, int word) throws IOException {
    send(type, 0, stream, ByteBuffer.allocate(4).putInt(word).array());
  }

  /// Sends bytes as they are.
  public void sendRaw(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  /// A frame's bytes.
  public static byte[] frame(int type, int flags, int stream, byte... payload) {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /// A section of these names and values, uncompressed.
  public static byte[] section(String... fields) {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      bytes.write(0);
      text(fields[i], bytes);
      text(fields[i + 1], bytes);
    }
    return bytes.toByteArray();
  }

  private static void text(String text, ByteArrayOutputStream bytes) {
    int left = text.length() - 127;
    if (left < 0) {
      bytes.write(text.length());
    } else {
      bytes.write(127);
      for (; left >= 128; left >>= 7) bytes.write((left & 127) | 128);
      bytes.write(left);
    }
    bytes.writeBytes(text.getBytes(ISO_8859_1));
  }

  /// The section of an ordinary request.
  public static byte[] request(String method, String authority, String path, String... more) {
    var fields = new String[8 + more.length];
    var first =
        new String[] {":method", method, ":scheme", "http", ":authority", authority, ":path", path};
    System.arraycopy(first, 0, fields, 0, first.length);
    System.arraycopy(more, 0, fields, first.length, more.length);
    return section(fields);
  }

  /// Asks for `path` on `stream`, with nothing to follow.
  public void get(int stream, String path) throws IOException {
    send(HEADERS, END_HEADERS | END_STREAM, stream, request("GET", "test.localhost", path));
  }

  /// The next frame; null at the connection's end, however it ended.
  public @Nullable Frame next() throws IOException {
    try {
      int lengthAndType = in.readInt();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      var payload = in.readNBytes(lengthAndType >>> 8);
      return new Frame(lengthAndType & 0xFF, flags, stream, payload);
    } catch (EOFException | SocketException ended) {
      return null;
    }
  }

  /// The next frame that is `wanted`, others passed over.
  ///
  /// @throws EOFException if the connection ends before
  public Frame await(Predicate<Frame> wanted) throws IOException {
    while (true) {
      var frame = next();
      if (frame == null) throw new EOFException("ended");
      if (wanted.test(frame)) return frame;
    }
  }

  /// The code of the GOAWAY that comes, others passed over; -1 if the connection ends without.
  public int awaitGoAway() throws IOException {
    for (var frame = next(); frame != null; frame = next()) {
      if (frame.type() == GOAWAY) return frame.word(4);
    }
    return -1;
  }

  /// The code of the RST_STREAM for `stream`; -1 if its answer ends in order before, -2 if the
  /// connection ends.
  public int awaitReset(int stream) throws IOException {
    for (var frame = next(); frame != null; frame = next()) {
      if (frame.stream() != stream) continue;
      if (frame.type() == RST_STREAM) return frame.word(0);
      if (frame.ends()) return -1;
    }
    return -2;
  }

  /// Whether nothing comes for so long.
  public boolean silentFor(Duration quiet) throws IOException {
    socket.setSoTimeout((int) quiet.toMillis());
    try {
      return in.read() < 0;
    } catch (SocketTimeoutException silence) {
      return true;
    } finally {
      socket.setSoTimeout((int) PATIENCE.toMillis());
    }
  }

  /// Ends the connection by a reset.
  public void abort() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
