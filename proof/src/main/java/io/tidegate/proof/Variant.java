package io.tidegate.proof;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/// One way from the load to the origin.
enum Variant {
  DIRECT("direct", "direct"),
  NGINX_1("nginx1", "nginx, 1 hop"),
  NGINX_2("nginx2", "nginx, 2 hops"),
  HAPROXY("haproxy1", "haproxy, 1 hop"),
  TIDEGATE("tidegate", "Tidegate"),
  TIDEGATE_WEBSOCKET("tidegate-ws", "Tidegate, link in a WebSocket");

  private final String key;
  private final String title;

  Variant(String key, String title) {
    this.key = key;
    this.title = title;
  }

  /// The variant of that key, as the command line names it.
  static Variant parse(String key) {
    return Arrays.stream(values())
        .filter(variant -> variant.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("'" + key + "' is none of " + keys()));
  }

  static String keys() {
    return Arrays.stream(values()).map(Variant::key).collect(Collectors.joining(", "));
  }

  String key() {
    return key;
  }

  /// How tables call it.
  String title() {
    return title;
  }

  /// Whether it needs a long warm-up before it is measured.
  boolean onJvm() {
    return this == TIDEGATE || this == TIDEGATE_WEBSOCKET;
  }
}
