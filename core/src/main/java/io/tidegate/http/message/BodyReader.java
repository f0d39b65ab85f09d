package io.tidegate.http.message;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Finds the payload of a message's body in what arrives, RFC 9112 §6 and §7, without copying it
/// unless its chunks are small: then they are moved together where they lie.
///
/// Chunk syntax is strict: a size of hexadecimal digits alone and below 2^31, CRLF and nothing else
/// at line ends, extensions bounded over the whole message and ignored. Trailers are scanned like
/// the fields of a head and kept apart from them; one that would frame or route is refused. Never
/// throws on what a peer sent. One per connection, used again for each message by [#begin]; on its
/// loop only.
public final class BodyReader {
  private static final int LENGTH = 0;
  private static final int UNTIL_CLOSE = 1;
  private static final int SIZE_START = 2;
  private static final int SIZE = 3;
  private static final int EXTENSION = 4;
  private static final int QUOTED = 5;
  private static final int ESCAPED = 6;
  private static final int SIZE_LINE_FEED = 7;
  private static final int CHUNK = 8;
  private static final int CHUNK_RETURN = 9;
  private static final int CHUNK_LINE_FEED = 10;
  private static final int TRAILER_START = 11;
  private static final int LAST_LINE_FEED = 12;
  private static final int TRAILER = 13;
  private static final int DONE = 14;
  private static final int FAILED = 15;

  /// Chunks below this many bytes are moved together: each piece that is passed on costs some
  /// microseconds, and a peer that sends a byte a chunk must not buy 10,000 of them with one read.
  private static final int SMALL_CHUNK = 256;

  private static final int MAX_SIZE_DIGITS = 16;
  private static final int FIRST_TRAILER_BYTES = 256;
  private static final byte[] NO_BYTES = {};

  /// Fields with a meaning before the body or for one hop, RFC 9110 §6.5.1.
  static final long NEVER_TRAILERS =
      FieldName.bits(
          FieldName.HOST,
          FieldName.CONTENT_LENGTH,
          FieldName.TRANSFER_ENCODING,
          FieldName.CONNECTION,
          FieldName.KEEP_ALIVE,
          FieldName.UPGRADE,
          FieldName.TE,
          FieldName.TRAILER,
          FieldName.EXPECT,
          FieldName.AUTHORIZATION,
          FieldName.COOKIE,
          FieldName.SET_COOKIE);

  private final HeadLimits limits;
  private final IntPredicate reserve;

  private int state = DONE;
  private long remaining;
  private int digits;
  private int extensionBytes;
  private int heldBytes;
  private long payloadBytes;
  private @Nullable FieldLines lines;
  private byte[] buffer = NO_BYTES;
  private int buffered;

  /// Bytes at the reader index, behind the payload that was last returned, that mean nothing more.
  private int spent;

  private Fields trailers = Fields.EMPTY;
  private @Nullable BadMessage failed;

  /// A reader that asks `reserve` for room, in bytes, before it holds any part of a trailer
  /// section; refused, the body fails. Nothing else is held.
  public BodyReader(HeadLimits limits, IntPredicate reserve) {
    this.limits = limits;
    this.reserve = reserve;
  }

  /// Begins the body of the next message and forgets the trailers of the last; give back
  /// [#heldBytes()] before.
  public void begin(Framing framing) {
    remaining = framing.bytes();
    extensionBytes = 0;
    heldBytes = 0;
    payloadBytes = 0;
    lines = null;
    buffer = NO_BYTES;
    buffered = 0;
    spent = 0;
    trailers = Fields.EMPTY;
    failed = null;
    state =
        switch (framing.kind()) {
          case NONE -> DONE;
          case LENGTH -> framing.bytes() == 0 ? DONE : LENGTH;
          case CHUNKED -> SIZE_START;
          case UNTIL_CLOSE -> UNTIL_CLOSE;
        };
  }

  /// Consumes framing from `in` and returns how many bytes at its reader index are payload. May
  /// move bytes of what is readable.
  ///
  /// The caller takes exactly that many bytes out of `in` before it calls again. 0 means that `in`
  /// has no more payload: it is used up, or the body [#isDone()], or it [#failed()]. Bytes behind
  /// the body are left.
  public int next(ByteBuf in) {
    in.skipBytes(spent);
    spent = 0;
    while (in.isReadable()) {
      switch (state) {
        case DONE, FAILED -> {
          return 0;
        }
        case LENGTH -> {
          return payload((int) Math.min(remaining, in.readableBytes()));
        }
        case CHUNK -> {
          int bytes = payload((int) Math.min(remaining, in.readableBytes()));
          return bytes < SMALL_CHUNK ? gather(in, bytes) : bytes;
        }
        case UNTIL_CLOSE -> {
          return payload(in.readableBytes());
        }
        case TRAILER -> trailer(in);
        default -> framing(in.readByte());
      }
    }
    return 0;
  }

  /// Moves the small chunks that follow the `bytes` of the first behind it. Stops where the body's
  /// end may begin, so that it is found with nothing of it left.
  private int gather(ByteBuf in, int bytes) {
    int to = in.readerIndex() + bytes;
    int from = to;
    while (from < in.writerIndex() && isBetweenChunks()) {
      framing(in.getByte(from++));
      if (state != CHUNK) continue;
      int more = (int) Math.min(remaining, in.writerIndex() - from);
      if (more >= SMALL_CHUNK) break;
      for (int i = 0; i < more; i++) {
        var _ = in.setByte(to++, in.getByte(from++));
      }
      var _ = payload(more);
    }
    spent = from - to;
    return to - in.readerIndex();
  }

  private int payload(int bytes) {
    payloadBytes += bytes;
    if (state != UNTIL_CLOSE) {
      remaining -= bytes;
      if (remaining == 0) {
        state = state == LENGTH ? DONE : CHUNK_RETURN;
      }
    }
    return bytes;
  }

  private boolean isBetweenChunks() {
    return state >= SIZE_START && state <= CHUNK_LINE_FEED && state != CHUNK;
  }

  private void framing(byte b) {
    switch (state) {
      case SIZE_START, SIZE -> size(b);
      case EXTENSION, QUOTED, ESCAPED -> extension(b);
      case SIZE_LINE_FEED -> expect(b, '\n', remaining == 0 ? TRAILER_START : CHUNK);
      case CHUNK_RETURN -> expect(b, '\r', CHUNK_LINE_FEED);
      case CHUNK_LINE_FEED -> expect(b, '\n', SIZE_START);
      case TRAILER_START -> {
        if (b == '\r') {
          state = LAST_LINE_FEED;
        } else {
          beginTrailer(b);
        }
      }
      default -> expect(b, '\n', DONE);
    }
  }

  private void expect(byte b, char expected, int next) {
    if (b == expected) {
      state = next;
    } else {
      fail(400, "chunk does not end with CRLF");
    }
  }

  private void size(byte b) {
    int digit = b < 0 ? -1 : Character.digit((char) b, 16);
    if (digit >= 0) {
      digits = state == SIZE_START ? 1 : digits + 1;
      remaining = (state == SIZE_START ? 0 : remaining << 4) | digit;
      state = SIZE;
      if (digits > MAX_SIZE_DIGITS || remaining > Integer.MAX_VALUE) {
        fail(400, "chunk size too large");
      }
    } else if (state == SIZE_START) {
      fail(400, "chunk size is not a hexadecimal number");
    } else if (b == '\r') {
      state = SIZE_LINE_FEED;
    } else if (b == ';') {
      countExtension();
      state = EXTENSION;
    } else {
      fail(400, "chunk size is not a hexadecimal number");
    }
  }

  /// A quoted string does not hide a line end; one left open there is refused.
  private void extension(byte b) {
    countExtension();
    if (state == FAILED) {
      return;
    }
    if (b == '\r' && state == EXTENSION) {
      state = SIZE_LINE_FEED;
    } else if (!Octets.isValue(b)) {
      fail(400, "control byte in a chunk extension");
    } else if (state == ESCAPED) {
      state = QUOTED;
    } else if (b == '"') {
      state = state == QUOTED ? EXTENSION : QUOTED;
    } else if (b == '\\' && state == QUOTED) {
      state = ESCAPED;
    }
  }

  private void countExtension() {
    if (++extensionBytes > limits.chunkExtensionBytes()) {
      fail(413, "chunk extensions too long");
    }
  }

  private void beginTrailer(byte first) {
    lines = new FieldLines(limits.fields());
    lines.begin(0);
    state = TRAILER;
    if (grow()) {
      buffer[buffered++] = first;
      scanTrailer(lines);
    }
  }

  /// Appends what may belong to the section, scans it, and leaves the rest in `in`.
  private void trailer(ByteBuf in) {
    if (lines == null) {
      throw new IllegalStateException("no trailer section was begun");
    }
    if (buffered == buffer.length && !grow()) {
      return;
    }
    int taken = Math.min(in.readableBytes(), buffer.length - buffered);
    in.getBytes(in.readerIndex(), buffer, buffered, taken);
    int before = buffered;
    buffered += taken;
    scanTrailer(lines);
    in.skipBytes(state == DONE ? lines.at() - before : taken);
  }

  private void scanTrailer(FieldLines section) {
    switch (section.scan(buffer, 0, buffered)) {
      case NEED_MORE -> {}
      case BAD -> {
        failed = section.bad();
        state = FAILED;
      }
      case HEAD -> endTrailer(section);
    }
  }

  private void endTrailer(FieldLines section) {
    if (section.hasAny(NEVER_TRAILERS)) {
      fail(400, "field not allowed in trailers");
      return;
    }
    if (reserve(buffered + 8 * section.size())) {
      trailers = section.toFields(buffer, 0, -1);
      state = DONE;
    }
  }

  private boolean grow() {
    int bytes = Math.min(Math.max(FIRST_TRAILER_BYTES, 2 * buffer.length), limits.trailerBytes());
    if (bytes <= buffered) {
      fail(431, "trailers too long");
      return false;
    }
    if (!reserve(bytes - buffer.length)) {
      return false;
    }
    buffer = Arrays.copyOf(buffer, bytes);
    return true;
  }

  private boolean reserve(int bytes) {
    if (!reserve.test(bytes)) {
      fail(503, "no room for trailers");
      return false;
    }
    heldBytes += bytes;
    return true;
  }

  private void fail(int status, String reason) {
    failed = new BadMessage(status, reason);
    state = FAILED;
  }

  /// Tells that the peer ended its side: true if the body is complete with that.
  public boolean end() {
    if (state == UNTIL_CLOSE) {
      state = DONE;
    }
    return state == DONE;
  }

  /// True if the body's last byte, its trailers included, has been seen.
  public boolean isDone() {
    return state == DONE;
  }

  /// Why the body cannot be read on, or null. The connection closes; no next message is looked for.
  public @Nullable BadMessage failed() {
    return failed;
  }

  /// The trailer fields; empty until [#isDone()].
  public Fields trailers() {
    return trailers;
  }

  /// Bytes of payload found so far.
  public long payloadBytes() {
    return payloadBytes;
  }

  /// What was granted by `reserve` since [#begin]; the owner's to give back.
  public int heldBytes() {
    return heldBytes;
  }
}
