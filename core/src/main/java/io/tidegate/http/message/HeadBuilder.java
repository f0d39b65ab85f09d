package io.tidegate.http.message;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/// Puts heads together in one scratch array that is used again and again.
///
/// Begin with [#request], [#response] or [#fields], append, and end with the matching `build…`,
/// which returns exact arrays. One per loop or thread; its scratch keeps the size of the largest
/// head. At most [#MAX_BYTES] of lines fit.
///
/// Nothing that is appended can end a line or a head: names must be tokens, and values hold no
/// control character but tabs.
public final class HeadBuilder {
  /// Most bytes of field lines in one head: offsets are 16 bits wide.
  public static final int MAX_BYTES = 65_535;

  /// Chooses fields to copy.
  @FunctionalInterface
  public interface Choice {
    /// True if field `i` of `fields` is to be copied.
    boolean takes(Fields fields, int i);
  }

  /// Tells the build's checks that a result is for chaining and may be dropped.
  @Target(ElementType.METHOD)
  @Retention(RetentionPolicy.CLASS)
  private @interface CanIgnoreReturnValue {}

  private static final Set<String> OF_SERVER =
      Set.of("content-length", "transfer-encoding", "connection", "date", "host");

  private byte[] bytes;
  private long[] index;
  private int length;
  private int size;
  private int status;
  private String method = "";
  private String target = "";
  private String authority = "";

  /// An empty builder with 1 KiB of scratch.
  public HeadBuilder() {
    this(1024, 16);
  }

  private HeadBuilder(int bytes, int fields) {
    this.bytes = new byte[bytes];
    this.index = new long[fields];
  }

  /// An empty builder for one short head, such as most answers have: 256 bytes of scratch.
  public static HeadBuilder ofShort() {
    return new HeadBuilder(256, 8);
  }

  /// Looks at a field of an answer, as [#field(String, String)] does, and keeps nothing.
  ///
  /// @throws IllegalArgumentException as there, or if it is one that the server writes itself
  public static void checkOfAnswer(String name, String value) {
    if (OF_SERVER.contains(name.toLowerCase(Locale.ROOT)))
      throw new IllegalArgumentException(name + " is written by the server");
    int line = name.length() + value.length() + 4;
    var _ = new HeadBuilder(Math.min(1024, line), 1).field(name, value);
  }

  /// Begins a request; `target` as in [RequestHead#target()] and `authority` as in
  /// [RequestHead#authority()].
  ///
  /// @throws IllegalArgumentException if one of them could not be scanned back
  @CanIgnoreReturnValue
  public HeadBuilder request(String method, String target, String authority) {
    if (method.isEmpty() || !method.chars().allMatch(Octets::isMethod)) {
      throw new IllegalArgumentException("not a method: " + method);
    }
    if (target.isEmpty() || !target.chars().allMatch(Octets::isTarget)) {
      throw new IllegalArgumentException("not a request target");
    }
    if (!authority.isEmpty() && Authority.parse(authority) == null) {
      throw new IllegalArgumentException("not an authority");
    }
    this.method = method;
    this.target = target;
    this.authority = authority;
    return fields();
  }

  /// Begins an answer.
  @CanIgnoreReturnValue
  public HeadBuilder response(int status) {
    this.status = status;
    return fields();
  }

  /// Begins fields alone, as for trailers.
  @CanIgnoreReturnValue
  public HeadBuilder fields() {
    length = 0;
    size = 0;
    return this;
  }

  /// Appends a field; each character of `value` is one byte (ISO-8859-1), space around it is
  /// dropped.
  ///
  /// @throws IllegalArgumentException if the value holds a character that may not stand there, or
  ///   no room is left
  @CanIgnoreReturnValue
  public HeadBuilder field(FieldName name, String value) {
    return append(name.bytes(), name.id(), value);
  }

  /// Appends a field whose name is not, or need not be, a [FieldName].
  ///
  /// @throws IllegalArgumentException if the name is no token, is Host, or as above
  @CanIgnoreReturnValue
  public HeadBuilder field(String name, String value) {
    byte[] octets = new byte[name.length()];
    for (int i = 0; i < octets.length; i++) {
      char c = name.charAt(i);
      octets[i] = (byte) c;
      if (c > 0x7f || !Octets.isToken((byte) c)) {
        throw new IllegalArgumentException("not a field name");
      }
    }
    if (octets.length == 0) {
      throw new IllegalArgumentException("empty field name");
    }
    return append(octets, FieldName.idOf(octets, 0, octets.length), value);
  }

  /// Copies field `i` of `from` as it is.
  ///
  /// @throws IllegalArgumentException if no room is left
  @CanIgnoreReturnValue
  public HeadBuilder copy(Fields from, int i) {
    long field = from.field(i);
    int line = Fields.lineLengthOf(field);
    room(line);
    System.arraycopy(from.bytes(), Fields.startOf(field), bytes, length, line);
    add(Fields.nameLengthOf(field), Fields.valueLengthOf(field), Fields.knownOf(field));
    return this;
  }

  /// Copies the fields of `from` that `choice` takes, in order.
  ///
  /// @throws IllegalArgumentException if no room is left
  @CanIgnoreReturnValue
  public HeadBuilder copy(Fields from, Choice choice) {
    for (int i = 0; i < from.size(); i++) {
      if (choice.takes(from, i)) {
        copy(from, i);
      }
    }
    return this;
  }

  /// Ends a request.
  public RequestHead buildRequest() {
    return new RequestHead(method, target, authority, buildFields());
  }

  /// Ends an answer.
  ///
  /// @throws IllegalArgumentException if its status is not in 100..599
  public ResponseHead buildResponse() {
    return new ResponseHead(status, buildFields());
  }

  /// Ends fields alone.
  public Fields buildFields() {
    return size == 0
        ? Fields.EMPTY
        : new Fields(Arrays.copyOf(bytes, length), Arrays.copyOf(index, size));
  }

  private HeadBuilder append(byte[] name, int knownId, String value) {
    if (knownId == FieldName.HOST.id()) {
      throw new IllegalArgumentException("Host is the request's authority, not a field");
    }
    int from = 0;
    int to = value.length();
    while (from < to && isSpace(value.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(value.charAt(to - 1))) {
      to--;
    }
    room(name.length + (to - from) + 4);
    System.arraycopy(name, 0, bytes, length, name.length);
    int p = length + name.length;
    bytes[p++] = ':';
    bytes[p++] = ' ';
    for (int i = from; i < to; i++) {
      char c = value.charAt(i);
      if (c > 0xff || !Octets.isValue((byte) c)) {
        throw new IllegalArgumentException("character not allowed in a field value: " + (int) c);
      }
      bytes[p++] = (byte) c;
    }
    bytes[p++] = '\r';
    bytes[p] = '\n';
    add(name.length, to - from, knownId);
    return this;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  private void add(int nameLength, int valueLength, int knownId) {
    index[size++] = Fields.field(length, nameLength, valueLength, knownId);
    length += nameLength + valueLength + 4;
  }

  /// Makes room for one more line of `more` bytes.
  private void room(int more) {
    if (more > MAX_BYTES - length) {
      throw new IllegalArgumentException("fields exceed " + MAX_BYTES + " bytes");
    }
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
    if (size == index.length) {
      index = Arrays.copyOf(index, 2 * size);
    }
  }
}
