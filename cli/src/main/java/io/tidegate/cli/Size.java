package io.tidegate.cli;

import java.util.regex.Pattern;

/// A number of bytes, as written on the command line: `512k`, `64m`, `2g`, or plain bytes.
///
/// Units are powers of 1,024 and may be in capitals; there are no fractions and no signs.
///
/// @param bytes at least 1, at most 2^53 so that every JSON reader can hold it
public record Size(long bytes) {
  private static final long MAX_BYTES = 1L << 53;
  private static final Pattern FORM = Pattern.compile("([0-9]{1,16})([kKmMgG]?)");

  /// @throws IllegalArgumentException if `bytes` is outside its bounds
  public Size {
    if (bytes < 1 || bytes > MAX_BYTES) {
      throw new IllegalArgumentException("a size is 1 byte to 8192 TiB: " + bytes);
    }
  }

  /// Reads a size.
  ///
  /// @throws IllegalArgumentException with an example when `text` is not one
  public static Size parse(String text) {
    var form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "not a size: '" + text + "'; write it like 512k, 64m or 2g");
    }
    var shift = shift(form.group(2));
    var number = Long.parseLong(form.group(1));
    if (number > MAX_BYTES >> shift) {
      throw new IllegalArgumentException("a size is 1 byte to 8192 TiB: " + text);
    }
    return new Size(number << shift);
  }

  private static int shift(String unit) {
    return switch (unit) {
      case "k", "K" -> 10;
      case "m", "M" -> 20;
      case "g", "G" -> 30;
      default -> 0;
    };
  }

  /// Returns the shortest text that [#parse] reads back as this size.
  @Override
  public String toString() {
    if (bytes % (1 << 30) == 0) {
      return (bytes >> 30) + "g";
    }
    if (bytes % (1 << 20) == 0) {
      return (bytes >> 20) + "m";
    }
    return bytes % (1 << 10) == 0 ? (bytes >> 10) + "k" : Long.toString(bytes);
  }
}
