package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder.SensitivityDetector;
import io.netty.util.AsciiString;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.Http2RequestReader;
import io.tidegate.http.message.ResponseHead;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// One connection's HPACK coders, RFC 7541: Netty's, with fields handed over in the order in which
/// they came, and nothing but their size checked there.
///
/// Belongs to the connection's loop. What the tables hold is in the connection's price.
final class Heads {
  /// How a section came out.
  enum Outcome {
    /// All its fields are in the reader.
    READ,
    /// It was larger than may be; the table is right, the fields are not all there.
    TOO_LARGE,
    /// It was no HPACK: nothing after it can be understood.
    BROKEN
  }

  /// Fields that a version without streams needs, and those that we write ourselves.
  private static final Set<FieldName> LEFT_OUT =
      EnumSet.of(
          FieldName.CONNECTION,
          FieldName.KEEP_ALIVE,
          FieldName.PROXY_CONNECTION,
          FieldName.TRANSFER_ENCODING,
          FieldName.UPGRADE,
          FieldName.TE,
          FieldName.CONTENT_LENGTH);

  /// What Netty's encoder keeps with so many slots, whatever the peer allows.
  private static final long ENCODER_TABLE_BYTES = Http2Limits.ENCODER_SLOTS * 64L;

  private static final Map<FieldName, AsciiString> LOWER = lowerNames();
  private static final AsciiString STATUS = AsciiString.cached(":status");
  private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
  private static final AsciiString[] STATUSES = new AsciiString[600];

  static {
    Arrays.setAll(STATUSES, status -> AsciiString.cached(Integer.toString(status)));
  }

  /// What must not be found by guessing at the size of answers, RFC 7541 §7.1.3.
  private static final SensitivityDetector SECRETS =
      (name, value) -> name.length() == 10 && AsciiString.contentEquals(name, "set-cookie");

  private final Decoder decoder;
  private final DefaultHttp2HeadersEncoder encoder =
      new DefaultHttp2HeadersEncoder(SECRETS, true, Http2Limits.ENCODER_SLOTS, 512);

  private long tableBytes = ENCODER_TABLE_BYTES;
  private long leastTableBytes = ENCODER_TABLE_BYTES;

  Heads(Http2Limits limits, Http2RequestReader into) {
    this.decoder = new Decoder(limits.listBytes(), into);
    try {
      decoder.configuration().maxHeaderTableSize(limits.tableBytes());
    } catch (Http2Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static Map<FieldName, AsciiString> lowerNames() {
    var names = new EnumMap<FieldName, AsciiString>(FieldName.class);
    for (var name : FieldName.values())
      names.put(name, AsciiString.cached(name.text().toLowerCase(Locale.ROOT)));
    return names;
  }

  /// Netty's decoder, whose fields go to a reader instead of a map.
  private static final class Decoder extends DefaultHttp2HeadersDecoder {
    private final Passing passing;

    Decoder(int listBytes, Http2RequestReader into) {
      super(false, false, listBytes);
      this.passing = new Passing(into);
    }

    @Override
    protected Http2Headers newHeaders() {
      return passing;
    }
  }

  /// Holds nothing: what is added goes on.
  private static final class Passing extends DefaultHttp2Headers {
    private final Http2RequestReader into;

    Passing(Http2RequestReader into) {
      super(false, 2);
      this.into = into;
    }

    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
      into.add((AsciiString) name, (AsciiString) value);
      return this;
    }
  }

  /// Decodes a whole section into the reader, which the caller has begun.
  Outcome decode(int stream, ByteBuf block) {
    try {
      var _ = decoder.decodeHeaders(stream, block);
      return Outcome.READ;
    } catch (Http2Exception.HeaderListSizeException tooLarge) {
      return Outcome.TOO_LARGE;
    } catch (Http2Exception broken) {
      return Outcome.BROKEN;
    }
  }

  /// The peer keeps a table of at most `bytes` for us; ours is no larger than it was made. Said
  /// with the next head, however often it changes until then: the least of all values, and the
  /// last.
  void peerTable(long bytes) {
    tableBytes = Math.min(bytes, ENCODER_TABLE_BYTES);
    leastTableBytes = Math.min(leastTableBytes, tableBytes);
  }

  private void changeTable() throws Http2Exception {
    var table = encoder.configuration();
    if (leastTableBytes < table.maxHeaderTableSize()) table.maxHeaderTableSize(leastTableBytes);
    if (tableBytes != table.maxHeaderTableSize()) table.maxHeaderTableSize(tableBytes);
    leastTableBytes = tableBytes;
  }

  /// Appends an answer's head, of whose body `framing` tells the length if it is known. With NONE a
  /// length among the fields stays: it is of the body that is not sent.
  void encode(int stream, ResponseHead head, Framing framing, ByteBuf out) {
    var fields = new DefaultHttp2Headers(false, head.fields().size() + 2);
    var _ = fields.add(STATUS, STATUSES[head.status()]);
    boolean keepsLength =
        framing.kind() == Framing.Kind.NONE && head.status() >= 200 && head.status() != 204;
    copy(head.fields(), keepsLength, fields);
    if (framing.kind() == Framing.Kind.LENGTH)
      fields.add(CONTENT_LENGTH, AsciiString.of(Long.toString(framing.bytes())));
    encode(stream, fields, out);
  }

  /// Appends a trailer section.
  void encode(int stream, Fields trailers, ByteBuf out) {
    var fields = new DefaultHttp2Headers(false, trailers.size() + 1);
    copy(trailers, false, fields);
    encode(stream, fields, out);
  }

  private void encode(int stream, Http2Headers fields, ByteBuf out) {
    try {
      changeTable();
      encoder.encodeHeaders(stream, fields, out);
    } catch (Http2Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static void copy(Fields from, boolean keepsLength, Http2Headers to) {
    for (int i = 0; i < from.size(); i++) {
      var known = from.known(i);
      if (known == null) to.add(new AsciiString(from.name(i)).toLowerCase(), value(from, i));
      else if (!LEFT_OUT.contains(known)) to.add(LOWER.get(known), value(from, i));
      else if (keepsLength && known == FieldName.CONTENT_LENGTH)
        to.add(CONTENT_LENGTH, value(from, i));
    }
  }

  private static AsciiString value(Fields from, int i) {
    return new AsciiString(from.value(i));
  }

  /// Gives up what the coders hold outside the heap.
  void close() {
    encoder.close();
  }
}
