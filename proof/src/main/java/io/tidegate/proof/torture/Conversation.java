package io.tidegate.proof.torture;

import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import java.io.IOException;
import java.time.Duration;

/// One connection of a polite client.
interface Conversation extends AutoCloseable {
  /// Asks once and waits for the answer; returns whether the connection may be asked again.
  ///
  /// @throws IOException if it did not come
  /// @throws IllegalStateException if it was not the right one
  boolean ask() throws IOException;

  @Override
  void close();

  /// How polite clients of a target ask.
  enum Topic {
    /// For the page.
    PAGE,
    /// For the echo of a message: the target has nothing but WebSockets.
    ECHO
  }

  /// Connects to `ground`.
  static Conversation open(Ground ground, Duration patience) throws IOException {
    return switch (ground.topic()) {
      case PAGE -> new Page(ground, RawHttp.open(ground.address(), patience));
      case ECHO ->
          new Echo(RawWebSocket.open(ground.address(), ground.host(), ground.socket()), patience);
    };
  }

  /// A connection that fetches the page.
  record Page(Ground ground, RawHttp http) implements Conversation {
    /// Of what an answer says that is no page.
    private static final int MOST_WORDS = 60;

    @Override
    public boolean ask() throws IOException {
      http.send(ground.get(ground.page()));
      var head = http.finalHead();
      var text = http.body(head, "GET").text();
      if (head.status() != 200) {
        var words = text.strip().substring(0, Math.min(text.strip().length(), MOST_WORDS));
        throw new IllegalStateException("answered %d \"%s\"".formatted(head.status(), words));
      }
      return !head.lists("Connection", "close");
    }

    @Override
    public void close() {
      http.close();
    }
  }

  /// A WebSocket whose messages come back.
  record Echo(RawWebSocket socket, Duration patience) implements Conversation {
    private static final String WORD = "polite";

    @Override
    public boolean ask() throws IOException {
      socket.sendText(WORD);
      var frame = socket.read(patience);
      while (frame.opcode() == WebSocketFrame.PING) frame = socket.read(patience);
      if (frame.opcode() != WebSocketFrame.TEXT)
        throw new IllegalStateException("answered by a frame of opcode " + frame.opcode());
      return true;
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
