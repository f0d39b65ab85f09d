package io.tidegate.http.semantics;

/// Which bytes of something a Range field asks for, RFC 9110 §14. One range is served; a request
/// for several gets the whole, as it may, so overlapping ranges multiply nothing.
///
/// @param first position of the first byte
/// @param length how many, at least 1
public record ByteRange(long first, long length) {
  /// What a Range field stands for.
  public sealed interface Asked {
    /// Everything: there is no range that is understood.
    record Whole() implements Asked {}

    /// This part.
    record Part(ByteRange range) implements Asked {}

    /// Nothing that exists: 416.
    record Unsatisfiable() implements Asked {}
  }

  private static final Asked WHOLE = new Asked.Whole();
  private static final Asked UNSATISFIABLE = new Asked.Unsatisfiable();
  private static final String UNIT = "bytes=";

  /// Most digits of a position.
  private static final int MOST_DIGITS = 18;

  /// What `field`, the value of a Range field, asks for of `size` bytes.
  public static Asked of(String field, long size) {
    if (!field.regionMatches(true, 0, UNIT, 0, UNIT.length()) || field.indexOf(',') >= 0)
      return WHOLE;
    var spec = field.substring(UNIT.length()).strip();
    int dash = spec.indexOf('-');
    if (dash < 0) return WHOLE;
    var from = spec.substring(0, dash).strip();
    var to = spec.substring(dash + 1).strip();
    if (!isNumber(from) || !isNumber(to) || (from.isEmpty() && to.isEmpty())) return WHOLE;
    return from.isEmpty() ? suffix(number(to), size) : between(number(from), to, size);
  }

  private static Asked suffix(long bytes, long size) {
    if (bytes == 0 || size == 0) return UNSATISFIABLE;
    long length = Math.min(bytes, size);
    return new Asked.Part(new ByteRange(size - length, length));
  }

  private static Asked between(long first, String to, long size) {
    long last = to.isEmpty() ? size - 1 : Math.min(number(to), size - 1);
    if (!to.isEmpty() && number(to) < first) return WHOLE;
    if (first >= size) return UNSATISFIABLE;
    return new Asked.Part(new ByteRange(first, last - first + 1));
  }

  private static boolean isNumber(String text) {
    return text.length() <= MOST_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static long number(String digits) {
    return Long.parseLong(digits);
  }

  /// As the value of a Content-Range field, of `size` bytes in all.
  public String contentRange(long size) {
    return "bytes " + first + "-" + (first + length - 1) + "/" + size;
  }
}
