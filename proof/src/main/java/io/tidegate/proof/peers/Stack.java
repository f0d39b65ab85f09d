package io.tidegate.proof.peers;

import io.tidegate.proof.Children;
import io.tidegate.proof.ServerProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The servers of other stacks that are measured and attacked, each with its defaults.
public enum Stack {
  NETTY("netty", "Netty", "netty-codec-http", NettyPeer.class),
  HELIDON("helidon", "Helidon SE", "helidon-webserver", HelidonPeer.class),
  VERTX("vertx", "Vert.x", "vertx-core", VertxPeer.class),
  JETTY("jetty", "Jetty", "jetty-server", JettyPeer.class),
  UNDERTOW("undertow", "Undertow", "undertow-core", UndertowPeer.class),
  TOMCAT("tomcat", "Tomcat", "tomcat-embed-core", TomcatPeer.class),
  JAVA_WEBSOCKET("java-websocket", "Java-WebSocket", "Java-WebSocket", JavaWebSocketPeer.class);

  private final String key;
  private final String title;
  private final String artifact;
  private final Class<?> program;

  Stack(String key, String title, String artifact, Class<?> program) {
    this.key = key;
    this.title = title;
    this.artifact = artifact;
    this.program = program;
  }

  /// As the command line names it.
  public String key() {
    return key;
  }

  /// How tables call it.
  public String title() {
    return title;
  }

  /// Whether it answers requests; else it has nothing but WebSockets.
  public boolean speaksHttp() {
    return this != JAVA_WEBSOCKET;
  }

  /// Starts it on a free port, in a JVM with these options; `manner` is its program's, if any.
  public ServerProcess start(Children children, List<String> jvmOptions, String... manner)
      throws IOException {
    var arguments = new ArrayList<>(List.of(program.getName(), "0"));
    arguments.addAll(List.of(manner));
    return ServerProcess.java(children, jvmOptions, arguments);
  }

  /// The version in the name of its jar on the class path, `?` if there is none.
  public String version() {
    var start = artifact + "-";
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).getFileName().toString())
        .filter(name -> name.matches(java.util.regex.Pattern.quote(start) + "\\d.*\\.jar"))
        .map(name -> name.substring(start.length(), name.length() - ".jar".length()))
        .findFirst()
        .orElse("?");
  }

  /// All of them with their versions, in one line.
  public static String described() {
    return Arrays.stream(values())
        .map(stack -> stack.title + " " + stack.version())
        .collect(Collectors.joining(", "));
  }
}
