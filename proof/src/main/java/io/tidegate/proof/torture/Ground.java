package io.tidegate.proof.torture;

import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/// Where an attack happens: a target's address and its paths.
///
/// @param page what polite clients ask for, a small answer
/// @param large a long answer
/// @param upload what takes a body
/// @param events what streams events
/// @param socket what opens WebSockets
/// @param topic what polite clients ask for
record Ground(
    InetSocketAddress address,
    String host,
    String page,
    String large,
    String upload,
    String events,
    String socket,
    Conversation.Topic topic) {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// The target of `url`, with the paths of a testbed.
  ///
  /// @throws IllegalArgumentException if it is not of the scheme `http`, or names no host
  static Ground of(URI url) {
    if (!"http".equals(url.getScheme()) || url.getHost() == null)
      throw new IllegalArgumentException("not http://HOST[:PORT][/PAGE]: " + url);
    int port = url.getPort() < 0 ? 80 : url.getPort();
    var host = url.getHost() + ":" + port;
    var path = url.getRawPath();
    return new Ground(
        new InetSocketAddress(url.getHost(), port),
        host,
        path == null || path.isEmpty() ? "/" : path,
        "/bytes/100000000",
        "/echo",
        "/events",
        "/ws",
        Conversation.Topic.PAGE);
  }

  Ground withPaths(String large, String upload, String events, String socket) {
    return new Ground(address, host, page, large, upload, events, socket, topic);
  }

  /// This target, which has nothing but WebSockets.
  Ground withNothingButWebSockets() {
    return new Ground(address, host, page, large, upload, events, socket, Conversation.Topic.ECHO);
  }

  /// The head of a request but for its last empty line.
  String head(String method, String path, String... fields) {
    var lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    return method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + lines;
  }

  /// A whole request without a body.
  String get(String path, String... fields) {
    return head("GET", path, fields) + "\r\n";
  }

  /// A whole request for a WebSocket.
  String upgrade(String... fields) {
    return head(
            "GET",
            socket,
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        + (fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n")
        + "\r\n";
  }

  /// What the target offers, by asking it.
  Set<Attack.Needs> offers() {
    var offers = EnumSet.noneOf(Attack.Needs.class);
    if (topic == Conversation.Topic.PAGE) offers.add(Attack.Needs.HTTP1);
    if (opensWebSocket("")) offers.add(Attack.Needs.WEBSOCKET);
    if (opensWebSocket("permessage-deflate")) offers.add(Attack.Needs.DEFLATE);
    if (streamsEvents()) offers.add(Attack.Needs.EVENTS);
    if (speaksHttp2()) offers.add(Attack.Needs.HTTP2);
    return offers;
  }

  private boolean opensWebSocket(String extension) {
    var fields =
        extension.isEmpty()
            ? new String[0]
            : new String[] {"Sec-WebSocket-Extensions: " + extension};
    try (var opened = RawWebSocket.open(address, host, socket, fields)) {
      var agreed = opened.answer().first("Sec-WebSocket-Extensions");
      return extension.isEmpty() || (agreed != null && agreed.contains(extension));
    } catch (IOException _) {
      return false;
    }
  }

  private boolean streamsEvents() {
    try (var http = RawHttp.open(address, PATIENCE)) {
      http.send(get(events));
      var head = http.finalHead();
      return head.status() == 200 && head.lists("Content-Type", "text/event-stream");
    } catch (IOException _) {
      return false;
    }
  }

  private boolean speaksHttp2() {
    try (var peer = HostilePeer.open(address)) {
      peer.send(Http2Attacks.PREFACE);
      return peer.read(9, PATIENCE)[3] == Http2Attacks.SETTINGS;
    } catch (IOException _) {
      return false;
    }
  }
}
