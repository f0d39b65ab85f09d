package io.tidegate.files;

import org.jspecify.annotations.Nullable;

/// A content coding in which a file may lie beside itself, the smallest first.
enum Coding {
  BROTLI("br", ".br"),
  ZSTANDARD("zstd", ".zst"),
  GZIP("gzip", ".gz");

  private final String token;
  private final String suffix;

  Coding(String token, String suffix) {
    this.token = token;
    this.suffix = suffix;
  }

  /// As a Content-Encoding field has it.
  String token() {
    return token;
  }

  /// What such a file's name ends in.
  String suffix() {
    return suffix;
  }

  /// Whether `accepted`, the value of an Accept-Encoding field, lists it by name, and not as
  /// unwanted, RFC 9110 §12.5.3.
  boolean isTakenBy(@Nullable String accepted) {
    if (accepted == null) return false;
    for (var element : accepted.split(",", -1)) {
      var parts = element.split(";", 2);
      if (!parts[0].strip().equalsIgnoreCase(token)) continue;
      return parts.length == 1 || !parts[1].strip().matches("(?i)q\\s*=\\s*0(\\.0{0,3})?");
    }
    return false;
  }
}
