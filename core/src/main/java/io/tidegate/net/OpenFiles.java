package io.tidegate.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The process's limit on open files.
public final class OpenFiles {
  /// Where the system does not say: macOS' and Windows' sockets have no smaller bound in practice.
  private static final long UNKNOWN = 10_240;

  private OpenFiles() {}

  /// The soft limit, from `/proc` where there is one.
  public static long limit() {
    var limits = Path.of("/proc/self/limits");
    try {
      for (var line : Files.readAllLines(limits)) {
        if (line.startsWith("Max open files"))
          return Long.parseLong(line.substring(26).trim().split("\\s+", 2)[0]);
      }
    } catch (IOException | NumberFormatException unknown) {
      return UNKNOWN;
    }
    return UNKNOWN;
  }
}
