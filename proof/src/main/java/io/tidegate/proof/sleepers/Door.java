package io.tidegate.proof.sleepers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/// By what a subscriber comes in.
enum Door {
  /// A WebSocket, each message behind its position.
  SOCKET(
      "/ws/%s?ids=true&delivery=%s%s",
      """
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Version: 13\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      """) {
    @Override
    Reading read(Book book) {
      return new SocketReading(book);
    }
  },
  /// Server-sent events.
  STREAM("/events/%s?delivery=%s%s", "Accept: text/event-stream\r\n") {
    @Override
    Reading read(Book book) {
      return new StreamReading(book);
    }
  };

  private final String path;
  private final String fields;

  Door(String path, String fields) {
    this.path = path;
    this.fields = fields;
  }

  /// The request that opens it, to go on behind what `book` has.
  byte[] request(int port, String topic, Policy policy, Book book) {
    var resume = book.position().isEmpty() ? "" : "&resume=" + book.position();
    var target = path.formatted(topic, policy.word(), resume);
    return "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n"
        .formatted(target, port, fields)
        .getBytes(ISO_8859_1);
  }

  /// Reads what comes behind the head of the answer.
  abstract Reading read(Book book);
}
