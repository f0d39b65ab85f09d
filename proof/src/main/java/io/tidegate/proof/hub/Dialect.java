package io.tidegate.proof.hub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;

/// How messages stand in the WebSocket frames of a server.
enum Dialect {
  /// A message is a binary frame; text is the server's own word.
  PLAIN("") {
    @Override
    void frame(Frames.Frame frame, Seat seat) {
      if (!frame.isText()) seat.message(Stamp.of(frame.bytes(), frame.from()));
    }
  },
  /// As [#PLAIN], each behind its position and a line feed: our hub's `ids=true`.
  POSITIONED("") {
    @Override
    void frame(Frames.Frame frame, Seat seat) {
      int end = frame.indexOf(frame.isText() ? ' ' : '\n');
      var position = frame.text(frame.from(), end);
      if (!frame.isText()) seat.message(position, Stamp.of(frame.bytes(), end + 1));
      else if (frame.text(end, frame.to()).startsWith(" gap")) seat.gap(position);
      else seat.begin(position);
    }
  },
  /// NATS: lines of its protocol in binary frames, messages among them.
  NATS("CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB " + HubServer.TOPIC + " 1\r\n") {
    @Override
    void frame(Frames.Frame frame, Seat seat) throws IOException {
      for (int at = frame.from(); at < frame.to(); ) at = operation(frame, at, seat);
    }
  };

  private static final String NATS_PONG = "PONG\r\n";

  private final String greeting;

  Dialect(String greeting) {
    this.greeting = greeting;
  }

  /// What a subscriber says once its WebSocket stands, in a frame; empty if nothing.
  ByteBuffer greeting() {
    return greeting.isEmpty() ? ByteBuffer.allocate(0) : Frames.client(Frames.BINARY, greeting);
  }

  /// Finds the messages in a whole frame of data.
  ///
  /// @throws IOException if it is not what this server says
  abstract void frame(Frames.Frame frame, Seat seat) throws IOException;

  /// Reads the operation of NATS that begins at `at`. Returns where it ends.
  private static int operation(Frames.Frame frame, int at, Seat seat) throws IOException {
    int end = at;
    while (end < frame.to() && frame.bytes().get(end) != '\n') end++;
    if (end == frame.to()) throw new IOException("a line of NATS in two frames");
    switch ((char) frame.bytes().get(at)) {
      case 'M' -> {
        int bytes = lastNumber(frame.bytes(), end - 1);
        if (end + 1 + bytes + 2 > frame.to())
          throw new IOException("a message of NATS in two frames");
        seat.message(Stamp.of(frame.bytes(), end + 1));
        return end + 1 + bytes + 2;
      }
      case 'P' -> {
        if (frame.bytes().get(at + 1) == 'I') seat.say(Frames.client(Frames.BINARY, NATS_PONG));
      }
      case 'I', '+' -> {} // INFO, +OK
      default -> throw new IOException("NATS says " + frame.text(at, end).strip());
    }
    return end + 1;
  }

  /// The number whose last digit stands before `end`.
  private static int lastNumber(ByteBuffer bytes, int end) {
    int from = end;
    while (bytes.get(from - 1) != ' ') from--;
    int number = 0;
    for (int i = from; i < end; i++) number = number * 10 + bytes.get(i) - '0';
    return number;
  }

  /// The request by which a WebSocket is opened.
  static ByteBuffer request(int port, String target) {
    return ByteBuffer.wrap(
        """
        GET %s HTTP/1.1\r
        Host: 127.0.0.1:%d\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        \r
        """
            .formatted(target, port)
            .getBytes(ISO_8859_1));
  }
}
