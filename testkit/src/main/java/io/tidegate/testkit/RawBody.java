package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// The body behind a [RawHead], read as a stream; one thread at a time.
///
/// It knows when it is complete: by its length, by its last chunk, or by FIN.
public final class RawBody {
  private static final int MAX_HELD_BYTES = 64 * 1024 * 1024;
  private static final int MAX_LINE_BYTES = 64 * 1024;

  private final Wire wire;
  private final Framing framing;
  private final Duration patience;
  private final List<RawHead.Field> trailers = new ArrayList<>();
  private long leftBytes;
  private long received;
  private boolean firstChunk = true;
  private boolean ended;

  /// What tells the end of a body.
  public enum Framing {
    /// There is no body.
    NONE,
    /// Content-Length.
    LENGTH,
    /// The last chunk.
    CHUNKED,
    /// The end of the connection.
    UNTIL_CLOSE
  }

  /// A body read to its end.
  ///
  /// @param bytes how many came
  /// @param sha256 their digest in hexadecimal
  /// @param firstOffPattern offset of the first byte that is not [Pattern]'s, or -1
  /// @param complete false if the connection ended before the body did
  public record Drained(long bytes, String sha256, long firstOffPattern, boolean complete) {
    /// Whether exactly the first `count` bytes of the pattern came, and the end that was due.
    public boolean isPattern(long count) {
      return complete && bytes == count && firstOffPattern < 0;
    }
  }

  RawBody(Wire wire, Framing framing, long leftBytes, Duration patience) {
    this.wire = wire;
    this.framing = framing;
    this.leftBytes = leftBytes;
    this.patience = patience;
    this.ended = framing == Framing.NONE || (framing == Framing.LENGTH && leftBytes == 0);
  }

  /// The body that `head` announces; `otherwise` is how it is framed if the head does not say.
  static RawBody announced(Wire wire, RawHead head, Framing otherwise, Duration patience) {
    var length = head.first("Content-Length");
    if (head.lists("Transfer-Encoding", "chunked")) {
      return new RawBody(wire, Framing.CHUNKED, 0, patience);
    }
    return length == null
        ? new RawBody(wire, otherwise, 0, patience)
        : new RawBody(wire, Framing.LENGTH, Long.parseLong(length), patience);
  }

  /// What tells its end.
  public Framing framing() {
    return framing;
  }

  /// Bytes read up to now, framing excluded.
  public long received() {
    return received;
  }

  /// The fields behind the last chunk; empty before the end.
  public List<RawHead.Field> trailers() {
    return List.copyOf(trailers);
  }

  /// Reads at least one byte and at most `target.length`; -1 at the body's proper end.
  ///
  /// @throws EOFException if the connection ended before the body did
  public int read(byte[] target) throws IOException {
    if (framing == Framing.CHUNKED && leftBytes == 0 && !ended) {
      nextChunk();
    }
    if (ended) {
      return -1;
    }
    var atMost =
        framing == Framing.UNTIL_CLOSE ? target.length : Math.min(target.length, leftBytes);
    var count = wire.read(target, (int) atMost, deadline());
    if (count < 0) {
      return endOfConnection();
    }
    received += count;
    leftBytes -= count;
    ended = framing == Framing.LENGTH && leftBytes == 0;
    return count;
  }

  private int endOfConnection() throws EOFException {
    if (framing != Framing.UNTIL_CLOSE) {
      throw new EOFException("the connection ended after " + received + " bytes of the body");
    }
    ended = true;
    return -1;
  }

  private void nextChunk() throws IOException {
    if (!firstChunk && !line().isEmpty()) {
      throw new IOException("no line end behind a chunk");
    }
    firstChunk = false;
    var size = line();
    var extension = size.indexOf(';');
    leftBytes = Long.parseLong(extension < 0 ? size : size.substring(0, extension), 16);
    if (leftBytes == 0) {
      ended = true;
      readTrailers();
    }
  }

  private void readTrailers() throws IOException {
    for (var line = line(); !line.isEmpty(); line = line()) {
      var _ = trailers.add(RawHead.field(line));
    }
  }

  private String line() throws IOException {
    var line = wire.until("\r\n", MAX_LINE_BYTES, deadline());
    return line.substring(0, line.length() - 2);
  }

  private Deadline deadline() {
    return Deadline.in(patience);
  }

  /// Reads to the end, holding nothing but a digest. An early end is a value here, not an
  /// exception.
  ///
  /// @throws java.net.SocketTimeoutException if nothing came for the connection's patience
  public Drained drain() throws IOException {
    var digest = Pattern.sha256();
    var buffer = new byte[Wire.BUFFER_BYTES];
    var firstOff = -1L;
    var complete = true;
    try {
      for (int count; (count = read(buffer)) >= 0; ) {
        digest.update(buffer, 0, count);
        var off = firstOff < 0 ? Pattern.firstMismatch(buffer, count, received - count) : -1;
        firstOff = off < 0 ? firstOff : received - count + off;
      }
    } catch (EOFException | java.net.SocketException _) {
      complete = false;
    }
    return new Drained(received, HexFormat.of().formatHex(digest.digest()), firstOff, complete);
  }

  /// Reads to the end and returns all, at most 64 MiB.
  public byte[] bytes() throws IOException {
    var all = new ByteArrayOutputStream();
    var buffer = new byte[Wire.BUFFER_BYTES];
    for (int count; (count = read(buffer)) >= 0; ) {
      all.write(buffer, 0, count);
      if (all.size() > MAX_HELD_BYTES) {
        throw new IOException("more than " + MAX_HELD_BYTES + " bytes: drain() holds none");
      }
    }
    return all.toByteArray();
  }

  /// Reads to the end, as ISO 8859-1.
  public String text() throws IOException {
    return new String(bytes(), ISO_8859_1);
  }
}
