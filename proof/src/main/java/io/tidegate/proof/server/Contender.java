package io.tidegate.proof.server;

import io.tidegate.proof.peers.Stack;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/// A server that is measured.
public enum Contender {
  NGINX("nginx", "nginx, sendfile"),
  /// As many who serve files have it, which is not always for the better.
  NGINX_NOPUSH("nginx-nopush", "nginx, sendfile and tcp_nopush"),
  NETTY("netty", Stack.NETTY.title()),
  TIDEGATE_LOOP("tidegate-loop", "Tidegate, on the loop"),
  TIDEGATE("tidegate", "Tidegate"),
  /// In a process of its own, as every other has one for each work.
  TIDEGATE_FILES("tidegate-files", "Tidegate, files"),
  HELIDON("helidon", Stack.HELIDON.title()),
  VERTX("vertx", Stack.VERTX.title()),
  /// Its handlers may block, as ours do.
  VERTX_BLOCKING("vertx-blocking", Stack.VERTX.title() + ", virtual threads"),
  UNDERTOW("undertow", Stack.UNDERTOW.title()),
  JETTY("jetty", Stack.JETTY.title()),
  TOMCAT("tomcat", Stack.TOMCAT.title()),
  JAVA_WEBSOCKET("java-websocket", Stack.JAVA_WEBSOCKET.title());

  private final String key;
  private final String title;

  Contender(String key, String title) {
    this.key = key;
    this.title = title;
  }

  /// The contender of that key, as the command line names it.
  public static Contender parse(String key) {
    return Arrays.stream(values())
        .filter(contender -> contender.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("'" + key + "' is none of " + keys()));
  }

  static String keys() {
    return Arrays.stream(values()).map(Contender::key).collect(Collectors.joining(", "));
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
    return this != NGINX && this != NGINX_NOPUSH;
  }
}
