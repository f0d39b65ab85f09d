package io.tidegate.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// Answers `--version`: Tidegate's own version and the Java it runs on, which a bug report needs.
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"tidegate " + number() + " (Java " + Runtime.version() + ")"};
  }

  /// Returns the version that the build wrote into this module.
  static String number() {
    try (var in = Version.class.getResourceAsStream("version.properties")) {
      var properties = new Properties();
      properties.load(Objects.requireNonNull(in, "version.properties"));
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
