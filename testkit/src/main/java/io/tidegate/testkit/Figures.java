package io.tidegate.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// What tests have measured, a line each in `target/figures.txt`, for whoever wants to read it: a
/// test's output is for what fails. Safe for any thread.
public final class Figures {
  private static final Path FILE = Path.of("target", "figures.txt");

  private Figures() {}

  /// Adds a line.
  public static synchronized void note(String figures) {
    try {
      var _ = Files.createDirectories(FILE.getParent());
      var _ =
          Files.writeString(
              FILE, figures + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
