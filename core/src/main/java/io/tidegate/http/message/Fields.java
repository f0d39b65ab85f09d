package io.tidegate.http.message;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The fields of a head or a trailer section, in order, with no protocol version in them.
///
/// Held in one exact array of lines `Name: value\r\n`, names in the case that came and values
/// without surrounding space, beside one word per field: writing HTTP/1 is one copy, and asking
/// allocates nothing until a `String` is asked for. Fields are numbered from 0 to [#size()]. A name
/// is a token and a value holds no control byte but tabs, whoever made them.
///
/// The host is not among the fields of a request: see [RequestHead#authority()]. Immutable.
public final class Fields {
  /// No fields.
  public static final Fields EMPTY = new Fields(new byte[0], new long[0]);

  /// This object and the headers of its two arrays, on a 64-bit machine.
  private static final int OBJECT_BYTES = 32 + 16 + 16;

  private final byte[] bytes;

  /// Four lanes of 16 bits each: start of the line, length of the name, of the value, known name.
  private final long[] index;

  private final long known;

  /// Both arrays are this object's from now on.
  Fields(byte[] bytes, long[] index) {
    this.bytes = bytes;
    this.index = index;
    long bits = 0;
    for (long field : index) {
      bits |= 1L << knownOf(field);
    }
    this.known = bits;
  }

  static long field(int start, int nameLength, int valueLength, int knownId) {
    return start | ((long) nameLength << 16) | ((long) valueLength << 32) | ((long) knownId << 48);
  }

  static int startOf(long field) {
    return (int) field & 0xffff;
  }

  static int nameLengthOf(long field) {
    return (int) (field >>> 16) & 0xffff;
  }

  static int valueLengthOf(long field) {
    return (int) (field >>> 32) & 0xffff;
  }

  static int knownOf(long field) {
    return (int) (field >>> 48);
  }

  static int lineLengthOf(long field) {
    return nameLengthOf(field) + valueLengthOf(field) + 4;
  }

  /// How many fields there are.
  public int size() {
    return index.length;
  }

  /// Length of all lines together as HTTP/1 writes them.
  public int wireBytes() {
    return bytes.length;
  }

  /// What this object really holds, in bytes, to be charged.
  public int heldBytes() {
    return OBJECT_BYTES + bytes.length + 8 * index.length;
  }

  /// True if there is a field of this name; one comparison.
  public boolean has(FieldName name) {
    return (known & name.bit()) != 0;
  }

  boolean hasAny(long bits) {
    return (known & bits) != 0;
  }

  /// Number of the first field of this name, or -1.
  public int first(FieldName name) {
    return has(name) ? next(name, -1) : -1;
  }

  /// Number of the first field of this name behind number `after`, or -1.
  public int next(FieldName name, int after) {
    for (int i = after + 1; i < index.length; i++) {
      if (is(i, name)) {
        return i;
      }
    }
    return -1;
  }

  /// How many fields have this name.
  public int count(FieldName name) {
    int count = 0;
    for (int i = first(name); i >= 0; i = next(name, i)) {
      count++;
    }
    return count;
  }

  /// True if field `i` has this name.
  public boolean is(int i, FieldName name) {
    return knownOf(index[i]) == name.id();
  }

  /// The name of field `i` if it is one that this library acts on.
  public @Nullable FieldName known(int i) {
    int id = knownOf(index[i]);
    return id == FieldName.OTHER ? null : FieldName.of(id);
  }

  int knownId(int i) {
    return knownOf(index[i]);
  }

  /// True if field `i` has this name, ignoring case.
  public boolean nameIs(int i, String name) {
    long field = index[i];
    return Octets.equalsIgnoreCase(bytes, startOf(field), nameLengthOf(field), name);
  }

  /// True if the name of field `i` holds `c`; the edge asks for `_`.
  public boolean nameContains(int i, char c) {
    int start = startOf(index[i]);
    for (int p = start; p < start + nameLengthOf(index[i]); p++) {
      if (bytes[p] == (byte) c) {
        return true;
      }
    }
    return false;
  }

  /// True if the value of field `i` is `value` (ASCII), ignoring case.
  public boolean valueIs(int i, String value) {
    return Octets.equalsIgnoreCase(bytes, valueStart(i), valueLengthOf(index[i]), value);
  }

  /// The name of field `i` as it came.
  public String name(int i) {
    return text(startOf(index[i]), nameLengthOf(index[i]));
  }

  /// The value of field `i`, each byte one character (ISO-8859-1).
  public String value(int i) {
    return text(valueStart(i), valueLengthOf(index[i]));
  }

  /// The value of the first field of this name, each byte one character.
  public @Nullable String value(FieldName name) {
    int i = first(name);
    return i < 0 ? null : value(i);
  }

  /// The value of the first field of this name, ignoring case, each byte one character.
  public @Nullable String value(String name) {
    for (int i = 0; i < index.length; i++) {
      if (nameIs(i, name)) {
        return value(i);
      }
    }
    return null;
  }

  /// True if a field of this name lists `token`, ignoring case, RFC 9110 §5.6.1. What follows an
  /// element that is no token (as in a quoted string) is not looked at.
  public boolean listHas(FieldName name, String token) {
    var list = new TokenList();
    for (int i = first(name); i >= 0; i = next(name, i)) {
      for (list.over(bytes, valueStart(i), valueEnd(i)); list.next(); ) {
        if (list.is(token)) {
          return true;
        }
      }
    }
    return false;
  }

  /// True if a Connection field names field `i`, which then belongs to this hop alone, RFC 9110
  /// §7.6.1.
  public boolean isNamedByConnection(int i) {
    if (!has(FieldName.CONNECTION)) {
      return false;
    }
    var list = new TokenList();
    int length = nameLengthOf(index[i]);
    int start = startOf(index[i]);
    for (int c = first(FieldName.CONNECTION); c >= 0; c = next(FieldName.CONNECTION, c)) {
      for (list.over(bytes, valueStart(c), valueEnd(c)); list.next(); ) {
        if (list.length() == length
            && Octets.equalsIgnoreCase(bytes, start, bytes, list.start(), length)) {
          return true;
        }
      }
    }
    return false;
  }

  /// Appends all lines to `out`, which must have room for [#wireBytes()].
  void writeTo(ByteBuf out) {
    out.writeBytes(bytes);
  }

  /// Appends the line of field `i` to `out`.
  void writeTo(ByteBuf out, int i) {
    out.writeBytes(bytes, startOf(index[i]), lineLength(i));
  }

  int lineLength(int i) {
    return lineLengthOf(index[i]);
  }

  long field(int i) {
    return index[i];
  }

  byte[] bytes() {
    return bytes;
  }

  int valueStart(int i) {
    return startOf(index[i]) + nameLengthOf(index[i]) + 2;
  }

  int valueEnd(int i) {
    return valueStart(i) + valueLengthOf(index[i]);
  }

  private String text(int from, int length) {
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }

  /// True for the same lines in the same order, names compared byte by byte.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Fields that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// The lines as they are written. May hold what a peer sent: escape it before it reaches a log.
  @Override
  public String toString() {
    return text(0, bytes.length);
  }
}
