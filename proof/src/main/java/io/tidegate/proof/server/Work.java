package io.tidegate.proof.server;

import static io.tidegate.proof.server.Contender.HELIDON;
import static io.tidegate.proof.server.Contender.JAVA_WEBSOCKET;
import static io.tidegate.proof.server.Contender.JETTY;
import static io.tidegate.proof.server.Contender.NETTY;
import static io.tidegate.proof.server.Contender.NGINX;
import static io.tidegate.proof.server.Contender.NGINX_NOPUSH;
import static io.tidegate.proof.server.Contender.TIDEGATE;
import static io.tidegate.proof.server.Contender.TIDEGATE_FILES;
import static io.tidegate.proof.server.Contender.TIDEGATE_LOOP;
import static io.tidegate.proof.server.Contender.TOMCAT;
import static io.tidegate.proof.server.Contender.UNDERTOW;
import static io.tidegate.proof.server.Contender.VERTX;
import static io.tidegate.proof.server.Contender.VERTX_BLOCKING;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/// What servers are measured at.
public enum Work {
  HELLO("hello", "hello", "/", 13, 64),
  FILE("file", "1 MB file", "/files/1m.bin", 1_000_000, 16),
  /// Loaded by nobody: its WebSockets are opened, and rest.
  IDLE("idle", "idle WebSockets", "/ws", 0, 0);

  private final String key;
  private final String title;
  private final String target;
  private final int bodyBytes;
  private final int connections;

  Work(String key, String title, String target, int bodyBytes, int connections) {
    this.key = key;
    this.title = title;
    this.target = target;
    this.bodyBytes = bodyBytes;
    this.connections = connections;
  }

  /// The work of that key, as the command line names it.
  public static Work parse(String key) {
    return Arrays.stream(values())
        .filter(work -> work.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("'" + key + "' is none of " + keys()));
  }

  static String keys() {
    return Arrays.stream(values()).map(Work::key).collect(Collectors.joining(", "));
  }

  private String key() {
    return key;
  }

  /// How tables call it.
  String title() {
    return connections == 0 ? title : title + ", c=" + connections;
  }

  /// What is asked for.
  String target() {
    return target;
  }

  int bodyBytes() {
    return bodyBytes;
  }

  /// How many are kept.
  int connections() {
    return connections;
  }

  /// Who does it; ratios are to the first.
  List<Contender> contenders() {
    return switch (this) {
      case HELLO ->
          List.of(
              NETTY,
              TIDEGATE_LOOP,
              TIDEGATE,
              HELIDON,
              VERTX_BLOCKING,
              VERTX,
              UNDERTOW,
              JETTY,
              TOMCAT);
      case FILE -> List.of(NGINX, NGINX_NOPUSH, TIDEGATE_FILES);
      case IDLE ->
          List.of(NETTY, TIDEGATE, JAVA_WEBSOCKET, HELIDON, VERTX, UNDERTOW, JETTY, TOMCAT);
    };
  }
}
