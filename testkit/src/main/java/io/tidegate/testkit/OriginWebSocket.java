package io.tidegate.testkit;

import java.io.IOException;
import java.time.Duration;

/// The WebSocket side of a [TestOrigin]: echoes frame by frame, so fragments come back as they
/// went.
final class OriginWebSocket {
  private static final Duration FOR_EVER = Duration.ofDays(1);
  private static final int PROTOCOL_ERROR = 1002;

  private OriginWebSocket() {}

  static void serve(OriginExchange exchange) throws IOException {
    var key = exchange.head().first("Sec-WebSocket-Key");
    if (key == null || !exchange.head().lists("Upgrade", "websocket")) {
      exchange.write(
          "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    exchange.write(accepted(exchange, key));
    exchange.connection().becomeWebSocket();
    exchange.closeAfter();
    if (exchange.segment(1).equals("close")) {
      exchange.write(
          WebSocketFrame.close((int) exchange.number(2, 1000), "as asked").unmaskedBytes());
    }
    echo(exchange);
  }

  private static String accepted(OriginExchange exchange, String key) {
    var protocols = exchange.head().first("Sec-WebSocket-Protocol");
    var protocol =
        protocols == null
            ? ""
            : "Sec-WebSocket-Protocol: " + protocols.split(",", 2)[0].strip() + "\r\n";
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: "
        + RawWebSocket.accept(key)
        + "\r\n"
        + protocol
        + "\r\n";
  }

  private static void echo(OriginExchange exchange) throws IOException {
    while (true) {
      var frame = WebSocketFrame.read(exchange.wire(), Deadline.in(FOR_EVER));
      if (!frame.masked()) {
        exchange.write(WebSocketFrame.close(PROTOCOL_ERROR, "not masked").unmaskedBytes());
        return;
      }
      if (frame.opcode() == WebSocketFrame.PING) {
        exchange.write(WebSocketFrame.of(WebSocketFrame.PONG, frame.payload()).unmaskedBytes());
      } else if (frame.opcode() != WebSocketFrame.PONG) {
        exchange.write(frame.unmaskedBytes());
      }
      if (frame.opcode() == WebSocketFrame.CLOSE) {
        return;
      }
    }
  }
}
