package io.tidegate.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Reads a token from a file: its first line, of which 4 KiB count.
final class FirstLine {
  private static final int MOST_BYTES = 4096;

  private FirstLine() {}

  /// @throws IOException if it cannot be read
  static String of(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var text = new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
      return text.lines().findFirst().orElse("").strip();
    }
  }
}
