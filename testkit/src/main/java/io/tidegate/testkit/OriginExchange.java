package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;

/// One request at a [TestOrigin] and the way to answer it, on the connection's own thread only.
public final class OriginExchange {
  private final TestOrigin origin;
  private final OriginConnection connection;
  private final Wire wire;
  private final RawHead head;
  private final RawBody body;
  private boolean closes;

  OriginExchange(TestOrigin origin, OriginConnection connection, Wire wire, RawHead head) {
    this.origin = origin;
    this.connection = connection;
    this.wire = wire;
    this.head = head;
    this.body = RawBody.announced(wire, head, RawBody.Framing.NONE, OriginConnection.PATIENCE);
    this.closes = head.lists("Connection", "close") || head.line().endsWith("HTTP/1.0");
  }

  /// The request's head.
  public RawHead head() {
    return head;
  }

  /// The request's body.
  public RawBody body() {
    return body;
  }

  /// The target without its query.
  public String path() {
    var target = head.target();
    var query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /// The number in the path's segment `index`, the first one being 0, or `otherwise`.
  public long number(int index, long otherwise) {
    var segment = segment(index);
    return segment.isEmpty() ? otherwise : Long.parseLong(segment);
  }

  /// The path's segment `index`, the first one being 0, or an empty text.
  public String segment(int index) {
    var segments = path().split("/", -1);
    return index + 1 < segments.length ? segments[index + 1] : "";
  }

  /// Writes `text`, one byte a character (ISO 8859-1), at once.
  public void write(String text) throws IOException {
    write(text.getBytes(ISO_8859_1));
  }

  /// Writes `bytes` at once; waits as long as the peer takes none, up to 5 min.
  public void write(byte[] bytes) throws IOException {
    wire.write(bytes, Deadline.in(OriginConnection.PATIENCE));
  }

  /// Writes the first `count` bytes of [Pattern].
  public void writePattern(long count) throws IOException {
    for (long at = 0; at < count; at += Wire.BUFFER_BYTES) {
      write(Pattern.bytes(at, (int) Math.min(Wire.BUFFER_BYTES, count - at)));
    }
  }

  /// Writes `bytes` as one chunk; none make the last chunk, without trailers.
  public void writeChunk(byte[] bytes) throws IOException {
    write(Integer.toHexString(bytes.length) + "\r\n" + new String(bytes, ISO_8859_1) + "\r\n");
  }

  /// Waits for `time`, unless the peer ends before.
  ///
  /// @throws EOFException if the peer sent FIN
  /// @throws java.net.SocketException if it sent RST
  public void pause(Duration time) throws IOException {
    if (wire.endedWithin(time)) {
      throw new EOFException("the peer ended while the answer was awaited");
    }
  }

  /// Closes the connection behind this answer.
  public void closeAfter() {
    closes = true;
  }

  /// Resets the connection now.
  public void reset() {
    connection.abort();
  }

  boolean closes() {
    return closes;
  }

  TestOrigin origin() {
    return origin;
  }

  OriginConnection connection() {
    return connection;
  }

  Wire wire() {
    return wire;
  }
}
