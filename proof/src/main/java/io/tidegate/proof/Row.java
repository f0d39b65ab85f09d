package io.tidegate.proof;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/// One load: a body of the origin fetched over a number of connections that are kept open.
enum Row {
  SMALL_1("13b-1", "13 B", 13, 1),
  SMALL_64("13b-64", "13 B", 13, 64),
  SMALL_256("13b-256", "13 B", 13, 256),
  PAGE_64("100k-64", "100 kB", 100_000, 64),
  BULK_16("10m-16", "10 MB", 10_000_000, 16);

  private final String key;
  private final String bodyName;
  private final int bodyBytes;
  private final int connections;

  Row(String key, String bodyName, int bodyBytes, int connections) {
    this.key = key;
    this.bodyName = bodyName;
    this.bodyBytes = bodyBytes;
    this.connections = connections;
  }

  /// The row of that key, as the command line names it.
  static Row parse(String key) {
    return Arrays.stream(values())
        .filter(row -> row.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("'" + key + "' is none of " + keys()));
  }

  static String keys() {
    return Arrays.stream(values()).map(Row::key).collect(Collectors.joining(", "));
  }

  String key() {
    return key;
  }

  int bodyBytes() {
    return bodyBytes;
  }

  int connections() {
    return connections;
  }

  /// What is requested of the origin.
  String target() {
    return "/" + bodyBytes;
  }

  /// How tables call it.
  String title() {
    return bodyName + ", c=" + connections;
  }
}
