package io.tidegate.proof.hub;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.TypeConversionException;

/// A server that delivers what is published once to all who subscribe.
public enum Broadcaster {
  TIDEGATE("tidegate", "Tidegate", "/ws/" + HubServer.TOPIC, Dialect.PLAIN),
  NETTY("netty", "Netty, a channel group", "/ws", Dialect.PLAIN),
  NODE("node", "Node, ws", "/ws", Dialect.PLAIN),
  NATS("nats", "nats-server, WebSocket", "/", Dialect.NATS);

  private final String key;
  private final String title;
  private final String path;
  private final Dialect dialect;

  Broadcaster(String key, String title, String path, Dialect dialect) {
    this.key = key;
    this.title = title;
    this.path = path;
    this.dialect = dialect;
  }

  /// The server of that key, as the command line names it.
  public static Broadcaster parse(String key) {
    return Arrays.stream(values())
        .filter(server -> server.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new TypeConversionException("'" + key + "' is none of " + keys()));
  }

  static String keys() {
    return Arrays.stream(values()).map(Broadcaster::key).collect(Collectors.joining(", "));
  }

  String key() {
    return key;
  }

  /// How tables call it.
  String title() {
    return title;
  }

  /// Where its WebSockets are.
  String path() {
    return path;
  }

  Dialect dialect() {
    return dialect;
  }
}
