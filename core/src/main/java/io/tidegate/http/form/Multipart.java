package io.tidegate.http.form;

import io.tidegate.http.semantics.HttpError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The parts of a `multipart/form-data` body, RFC 7578, in the order in which they arrive: each is
/// read, or skipped by asking for the next, and none waits in memory.
///
/// At most 128 parts, each with a head of at most 8 KiB.
public final class Multipart {
  private static final int MOST_PARTS = 128;
  private static final int MOST_HEAD_BYTES = 8 * 1024;
  private static final int WINDOW_BYTES = 16 * 1024;

  /// Longest boundary, RFC 2046 §5.1.1.
  private static final int MOST_BOUNDARY_CHARS = 70;

  private final Charge charge;
  private final InputStream in;
  private final byte[] delimiter;
  private final byte[] window;
  private int from;
  private int to;
  private int parts;
  private @Nullable Part current;
  private boolean ended;

  /// Whoever pays for what a reader keeps.
  @FunctionalInterface
  public interface Charge {
    /// Takes `bytes` until the call is over.
    ///
    /// @throws HttpError 503 if there is no room
    void take(int bytes);
  }

  /// Reads the parts of `in` between lines of `boundary`. 16 KiB are charged here.
  public Multipart(InputStream in, String boundary, Charge charge) {
    this.in = in;
    this.charge = charge;
    charge.take(WINDOW_BYTES);
    this.window = new byte[WINDOW_BYTES];
    this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII);
    // a first line that is the boundary has no line end before it
    window[0] = '\r';
    window[1] = '\n';
    to = 2;
  }

  /// The boundary that `type`, the value of a Content-Type field, names.
  ///
  /// @throws HttpError 415 if it is none of `multipart/form-data`, 400 if it names no boundary
  public static String boundary(@Nullable String type) {
    if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("multipart/form-data"))
      throw new HttpError(415, "not multipart/form-data");
    var boundary = parameter(type, "boundary");
    if (boundary == null
        || boundary.isEmpty()
        || boundary.length() > MOST_BOUNDARY_CHARS
        || !boundary.chars().allMatch(c -> c >= ' ' && c < 0x7f))
      throw new HttpError(400, "no boundary");
    return boundary;
  }

  /// The value of parameter `name` of a field's value, without its quotes; null if there is none.
  static @Nullable String parameter(String value, String name) {
    for (int at = value.indexOf(';'); at >= 0 && at < value.length(); ) {
      int next = value.indexOf(';', at + 1);
      int sign = value.indexOf('=', at, next < 0 ? value.length() : next);
      if (sign < 0) { // a word without a value hides nothing behind it
        at = next;
        continue;
      }
      var found = value.substring(at + 1, sign).strip();
      int start = sign + 1;
      while (start < value.length() && value.charAt(start) == ' ') start++;
      boolean quoted = start < value.length() && value.charAt(start) == '"';
      int end = quoted ? endOfQuoted(value, start) : value.indexOf(';', start);
      if (end < 0) end = value.length();
      if (found.equalsIgnoreCase(name))
        return quoted
            ? value.substring(start + 1, end).replace("\\\"", "\"").replace("\\\\", "\\")
            : value.substring(start, end).strip();
      at = value.indexOf(';', end);
    }
    return null;
  }

  private static int endOfQuoted(String value, int start) {
    for (int i = start + 1; i < value.length(); i++) {
      if (value.charAt(i) == '\\') i++;
      else if (value.charAt(i) == '"') return i;
    }
    throw new HttpError(400, "a quote without an end");
  }

  /// The next part, null behind the last. What of the one before was not read is skipped.
  ///
  /// @throws HttpError 400 if the body is malformed or has more than 128 parts, 413 as the body
  ///   does
  public @Nullable Part next() throws IOException {
    if (ended) return null;
    skipCurrent();
    if (ended || !beginsPart()) {
      ended = true;
      return null;
    }
    if (++parts > MOST_PARTS) throw new HttpError(400, "more than " + MOST_PARTS + " parts");
    current = Part.of(charge, head(), new PartStream());
    return current;
  }

  private void skipCurrent() throws IOException {
    var stream = current == null ? new PartStream() : current.stream();
    var _ = stream.transferTo(java.io.OutputStream.nullOutputStream());
  }

  /// What follows the delimiter: `--` and the end; or a line end and a part, behind what blanks a
  /// transport may have put there, RFC 2046 §5.1.1.
  private boolean beginsPart() throws IOException {
    from += delimiter.length;
    need(2);
    boolean end = window[from] == '-' && window[from + 1] == '-';
    if (!end) skipBlanks();
    if (!end && !isLineEnd(from)) throw new HttpError(400, "malformed boundary");
    from += 2;
    return !end;
  }

  private void skipBlanks() throws IOException {
    while (window[from] == ' ' || window[from] == '\t') {
      from++;
      need(2);
    }
  }

  /// The lines up to the empty one.
  private String head() throws IOException {
    for (int length = 0; length <= MOST_HEAD_BYTES; length++) {
      need(length + 4);
      if (!isLineEnd(from + length) || !isLineEnd(from + length + 2)) continue;
      var head = new String(window, from, length, StandardCharsets.UTF_8);
      from += length + 4;
      return head;
    }
    throw new HttpError(400, "a part's head exceeds " + MOST_HEAD_BYTES + " bytes");
  }

  private boolean isLineEnd(int at) {
    return window[at] == '\r' && window[at + 1] == '\n';
  }

  /// Has at least `bytes` in the window.
  private void need(int bytes) throws IOException {
    while (to - from < bytes) {
      if (!fill()) throw new HttpError(400, "the body ends inside a part");
    }
  }

  private boolean fill() throws IOException {
    if (from > 0 && (to == window.length || from == to)) {
      System.arraycopy(window, from, window, 0, to - from);
      to -= from;
      from = 0;
    }
    int read = in.read(window, to, window.length - to);
    if (read > 0) to += read;
    return read >= 0;
  }

  /// Bytes at the window's start that are surely the part's, `most` at most, so that reading costs
  /// what is read; 0 at the delimiter.
  private int certain(int most) {
    int end = (int) Math.min(to, (long) from + most);
    for (int i = from; i < end; i++) {
      if (window[i] == '\r' && mayBeDelimiter(i)) return i - from;
    }
    return end - from;
  }

  private boolean mayBeDelimiter(int at) {
    int length = Math.min(delimiter.length, to - at);
    return java.util.Arrays.equals(window, at, at + length, delimiter, 0, length);
  }

  /// One part's bytes, up to the delimiter.
  private final class PartStream extends InputStream {
    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int most) throws IOException {
      if (most == 0) return 0;
      if (ended || (current != null && current.stream() != this)) return -1;
      int bytes = certain(most);
      while (bytes == 0) {
        if (to - from >= delimiter.length) return -1;
        need(to - from + 1);
        bytes = certain(most);
      }
      System.arraycopy(window, from, into, at, bytes);
      from += bytes;
      return bytes;
    }
  }
}
