package io.tidegate.http.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/// Writes heads and chunk framing of HTTP/1.1, RFC 9112. Stateless; safe for any thread.
///
/// The framing on the wire is what the caller's [Framing] says and nothing else: Content-Length,
/// Transfer-Encoding, Connection, Keep-Alive and Proxy-Connection among the fields are left out.
/// Only an answer without a body that may still tell its length (to HEAD, or a 304) keeps its
/// Content-Length. Date and every other field are the caller's.
public final class Http1Writer {
  private static final long OURS =
      FieldName.bits(
          FieldName.CONTENT_LENGTH,
          FieldName.TRANSFER_ENCODING,
          FieldName.CONNECTION,
          FieldName.KEEP_ALIVE,
          FieldName.PROXY_CONNECTION);
  private static final long OURS_BUT_LENGTH = OURS & ~FieldName.CONTENT_LENGTH.bit();

  private static final byte[] REQUEST_END = ascii(" HTTP/1.1\r\nHost: ");
  private static final byte[] LENGTH = ascii("Content-Length: ");
  private static final byte[] CHUNKED = ascii("Transfer-Encoding: chunked\r\n");
  private static final byte[] LAST_CHUNK = ascii("0\r\n");
  private static final int CRLF = 0x0d0a;

  /// Exact length of what [#writeChunkEnd] appends.
  public static final int CHUNK_END_BYTES = 2;

  /// What becomes of the connection after the message.
  public enum Then {
    /// It carries the next one; what HTTP/1.1 means when nothing is said.
    REUSE(""),
    /// The same, said aloud for an HTTP/1.0 peer.
    KEEP_ALIVE("Connection: keep-alive\r\n"),
    /// It closes.
    CLOSE("Connection: close\r\n"),
    /// It changes to what the Upgrade field names.
    UPGRADE("Connection: Upgrade\r\n");

    private final String line;

    Then(String line) {
      this.line = line;
    }
  }

  private Http1Writer() {}

  /// Exact length of what [#write(RequestHead, Framing, Then, ByteBuf)] appends.
  public static int sizeOf(RequestHead head, Framing framing, Then then) {
    return head.method().length()
        + 1
        + head.target().length()
        + REQUEST_END.length
        + head.authority().length()
        + 2
        + sizeOf(head.fields(), OURS)
        + sizeOf(framing)
        + then.line.length()
        + 2;
  }

  /// Appends a request's head, Host first.
  ///
  /// @throws IllegalArgumentException if `framing` is [Framing#UNTIL_CLOSE]
  public static void write(RequestHead head, Framing framing, Then then, ByteBuf out) {
    if (framing.kind() == Framing.Kind.UNTIL_CLOSE) {
      throw new IllegalArgumentException("a request's body cannot end with the connection");
    }
    write(head.method(), out);
    out.writeByte(' ');
    write(head.target(), out);
    out.writeBytes(REQUEST_END);
    write(head.authority(), out);
    out.writeShort(CRLF);
    end(head.fields(), OURS, framing, then, out);
  }

  /// Exact length of what [#write(ResponseHead, Framing, Then, ByteBuf)] appends.
  public static int sizeOf(ResponseHead head, Framing framing, Then then) {
    return StatusLine.of(head.status()).length
        + sizeOf(head.fields(), ours(head, framing))
        + sizeOf(framing)
        + then.line.length()
        + 2;
  }

  /// Appends an answer's head.
  public static void write(ResponseHead head, Framing framing, Then then, ByteBuf out) {
    out.writeBytes(StatusLine.of(head.status()));
    end(head.fields(), ours(head, framing), framing, then, out);
  }

  /// Appends the line that opens a chunk of `bytes` payload bytes; [#writeChunkEnd] follows them.
  ///
  /// @throws IllegalArgumentException if `bytes` is not positive: 0 would end the body
  public static void writeChunkStart(int bytes, ByteBuf out) {
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes not positive: " + bytes);
    }
    for (int shift = 28 - Integer.numberOfLeadingZeros(bytes) / 4 * 4; shift >= 0; shift -= 4) {
      out.writeByte(Character.forDigit((bytes >>> shift) & 15, 16));
    }
    out.writeShort(CRLF);
  }

  /// Exact length of what [#writeChunkStart] appends.
  public static int sizeOfChunkStart(int bytes) {
    return (35 - Integer.numberOfLeadingZeros(bytes)) / 4 + 2;
  }

  /// Appends the CRLF behind a chunk's payload.
  public static void writeChunkEnd(ByteBuf out) {
    out.writeShort(CRLF);
  }

  /// Appends the last chunk and `trailers`, which end a chunked body.
  public static void writeLastChunk(Fields trailers, ByteBuf out) {
    out.writeBytes(LAST_CHUNK);
    writeLines(trailers, OURS, out);
    out.writeShort(CRLF);
  }

  /// Exact length of what [#writeLastChunk] appends.
  public static int sizeOfLastChunk(Fields trailers) {
    return LAST_CHUNK.length + sizeOf(trailers, OURS) + 2;
  }

  private static long ours(ResponseHead head, Framing framing) {
    boolean lengthMayStand =
        framing.kind() == Framing.Kind.NONE && head.status() >= 200 && head.status() != 204;
    return lengthMayStand ? OURS_BUT_LENGTH : OURS;
  }

  private static void end(Fields fields, long ours, Framing framing, Then then, ByteBuf out) {
    writeLines(fields, ours, out);
    switch (framing.kind()) {
      case NONE, UNTIL_CLOSE -> {}
      case CHUNKED -> out.writeBytes(CHUNKED);
      case LENGTH -> {
        out.writeBytes(LENGTH);
        writeDecimal(framing.bytes(), out);
        out.writeShort(CRLF);
      }
    }
    write(then.line, out);
    out.writeShort(CRLF);
  }

  private static void writeLines(Fields fields, long ours, ByteBuf out) {
    if (!fields.hasAny(ours)) {
      fields.writeTo(out);
      return;
    }
    for (int i = 0; i < fields.size(); i++) {
      if (((ours >>> fields.knownId(i)) & 1) == 0) {
        fields.writeTo(out, i);
      }
    }
  }

  private static int sizeOf(Fields fields, long ours) {
    if (!fields.hasAny(ours)) {
      return fields.wireBytes();
    }
    int size = 0;
    for (int i = 0; i < fields.size(); i++) {
      if (((ours >>> fields.knownId(i)) & 1) == 0) {
        size += fields.lineLength(i);
      }
    }
    return size;
  }

  private static int sizeOf(Framing framing) {
    return switch (framing.kind()) {
      case NONE, UNTIL_CLOSE -> 0;
      case CHUNKED -> CHUNKED.length;
      case LENGTH -> LENGTH.length + decimalDigits(framing.bytes()) + 2;
    };
  }

  private static int decimalDigits(long value) {
    int digits = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) {
      digits++;
    }
    return digits;
  }

  private static void writeDecimal(long value, ByteBuf out) {
    int digits = decimalDigits(value);
    int at = out.writerIndex();
    out.writeZero(digits);
    long rest = value;
    for (int i = digits - 1; i >= 0; i--) {
      out.setByte(at + i, (int) ('0' + rest % 10));
      rest /= 10;
    }
  }

  private static void write(String text, ByteBuf out) {
    ByteBufUtil.writeAscii(out, text);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
