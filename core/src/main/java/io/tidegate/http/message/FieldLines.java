package io.tidegate.http.message;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Scans field lines up to the empty line, RFC 9112 §5, byte by byte and each byte once.
///
/// All offsets are relative to the message's first byte, so the bytes may move between calls. Holds
/// a few words per field seen and none of the bytes.
final class FieldLines {
  private static final int LINE = 0;
  private static final int NAME = 1;
  private static final int SPACE = 2;
  private static final int VALUE = 3;
  private static final int LINE_FEED = 4;
  private static final int LAST_LINE_FEED = 5;

  private static final int FIRST_FIELDS = 12;

  private final int maxFields;

  /// Four lanes of 16 bits each: name from, name to, value from, value to.
  private long[] spans = new long[FIRST_FIELDS];

  private byte[] ids = new byte[FIRST_FIELDS];
  private int size;
  private long known;
  private int state;
  private int at;
  private int nameFrom;
  private int nameTo;
  private int valueFrom;
  private int valueTo;
  private @Nullable BadMessage bad;

  FieldLines(int maxFields) {
    this.maxFields = maxFields;
  }

  /// Begins a section at offset `at`.
  void begin(int at) {
    this.at = at;
    size = 0;
    known = 0;
    state = LINE;
    bad = null;
  }

  /// Looks at the bytes up to index `to`; HEAD is the end of the section, whose last byte is the
  /// one before [#at()]. `base` is the index of the message's first byte.
  Scan scan(byte[] bytes, int base, int to) {
    int p = base + at;
    while (p < to) {
      switch (state) {
        case LINE -> {
          if (bytes[p] == '\r') {
            state = LAST_LINE_FEED;
            p++;
          } else if (size == maxFields) {
            return bad(431, "too many fields");
          } else {
            nameFrom = p - base;
            state = NAME;
          }
        }
        case NAME -> {
          while (p < to && Octets.isToken(bytes[p])) {
            p++;
          }
          if (p < to) {
            nameTo = p - base;
            if (bytes[p] != ':' || nameTo == nameFrom) {
              return bad(400, "field name is not a token followed by a colon");
            }
            state = SPACE;
            p++;
          }
        }
        case SPACE -> {
          while (p < to && Octets.isSpace(bytes[p])) {
            p++;
          }
          if (p < to) {
            valueFrom = p - base;
            state = VALUE;
          }
        }
        case VALUE -> {
          p = Octets.skipValue(bytes, p, to);
          if (p < to) {
            if (bytes[p] != '\r') {
              return bad(400, "control byte in a field value");
            }
            valueTo = p - base;
            state = LINE_FEED;
            p++;
          }
        }
        case LINE_FEED -> {
          if (bytes[p] != '\n') {
            return bad(400, "carriage return without line feed");
          }
          p++;
          add(bytes, base);
          state = LINE;
        }
        default -> {
          if (bytes[p] != '\n') {
            return bad(400, "carriage return without line feed");
          }
          at = p + 1 - base;
          return Scan.HEAD;
        }
      }
    }
    at = p - base;
    return Scan.NEED_MORE;
  }

  private void add(byte[] bytes, int base) {
    int end = valueTo;
    while (end > valueFrom && Octets.isSpace(bytes[base + end - 1])) {
      end--;
    }
    if (size == spans.length) {
      int more = Math.min(2 * size, maxFields);
      spans = Arrays.copyOf(spans, more);
      ids = Arrays.copyOf(ids, more);
    }
    int id = FieldName.idOf(bytes, base + nameFrom, nameTo - nameFrom);
    known |= 1L << id;
    ids[size] = (byte) id;
    spans[size++] =
        nameFrom | ((long) nameTo << 16) | ((long) valueFrom << 32) | ((long) end << 48);
  }

  private Scan bad(int status, String reason) {
    bad = new BadMessage(status, reason);
    return Scan.BAD;
  }

  /// What was wrong, after BAD.
  @Nullable BadMessage bad() {
    return bad;
  }

  /// Offset of the next byte to look at.
  int at() {
    return at;
  }

  int size() {
    return size;
  }

  boolean hasAny(long bits) {
    return (known & bits) != 0;
  }

  int id(int i) {
    return ids[i];
  }

  int nameFrom(int i) {
    return (int) spans[i] & 0xffff;
  }

  int nameTo(int i) {
    return (int) (spans[i] >>> 16) & 0xffff;
  }

  int valueFrom(int i) {
    return (int) (spans[i] >>> 32) & 0xffff;
  }

  int valueTo(int i) {
    return (int) (spans[i] >>> 48) & 0xffff;
  }

  /// Size of the scratch at its most: it grows with the fields seen, and what it is charged at must
  /// not.
  int heldBytes() {
    return 9 * Math.max(FIRST_FIELDS, maxFields);
  }

  /// Copies all fields but number `without` (-1 for none) into exact arrays.
  Fields toFields(byte[] bytes, int base, int without) {
    int count = without < 0 ? size : size - 1;
    if (count == 0) {
      return Fields.EMPTY;
    }
    int length = 0;
    for (int i = 0; i < size; i++) {
      if (i != without) {
        length += nameTo(i) - nameFrom(i) + valueTo(i) - valueFrom(i) + 4;
      }
    }
    byte[] lines = new byte[length];
    long[] index = new long[count];
    int out = 0;
    int field = 0;
    for (int i = 0; i < size; i++) {
      if (i != without) {
        int name = nameTo(i) - nameFrom(i);
        int value = valueTo(i) - valueFrom(i);
        index[field++] = Fields.field(out, name, value, ids[i]);
        out = copyLine(bytes, base, i, lines, out);
      }
    }
    return new Fields(lines, index);
  }

  private int copyLine(byte[] bytes, int base, int i, byte[] lines, int out) {
    int name = nameTo(i) - nameFrom(i);
    int value = valueTo(i) - valueFrom(i);
    System.arraycopy(bytes, base + nameFrom(i), lines, out, name);
    int p = out + name;
    lines[p++] = ':';
    lines[p++] = ' ';
    System.arraycopy(bytes, base + valueFrom(i), lines, p, value);
    p += value;
    lines[p++] = '\r';
    lines[p++] = '\n';
    return p;
  }
}
