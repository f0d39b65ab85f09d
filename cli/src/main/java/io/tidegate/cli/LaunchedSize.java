package io.tidegate.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads `--memory` and makes sure that this JVM was really started with it.
///
/// Only the launcher can obey it, since the flags of a JVM cannot change once it runs. It says what
/// it did in a property.
final class LaunchedSize implements ITypeConverter<Size> {
  /// The size that the launcher made flags of.
  static final String PROPERTY = "tidegate.memory";

  LaunchedSize() {}

  @Override
  public Size convert(String text) {
    var launched = System.getProperty(PROPERTY, "");
    if (launched.isEmpty() || !Size.parse(launched).equals(size(text))) {
      throw new TypeConversionException(
          "this JVM was not started with it; start through ./tidegate or tidegate.cmd, and give it once");
    }
    return size(text);
  }

  private static Size size(String text) {
    try {
      return Size.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
