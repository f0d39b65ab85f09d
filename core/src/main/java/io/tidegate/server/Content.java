package io.tidegate.server;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.websocket.WebSockets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Path;

/// What an [Answer] carries.
public sealed interface Content {
  /// No body.
  record Nothing() implements Content {}

  /// Bytes that nobody changes any more.
  final class Bytes implements Content {
    private final byte[] bytes;

    /// The content is `bytes` itself, not a copy.
    public Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] bytes() {
      return bytes;
    }
  }

  /// A file, sent whole or by the range that is asked for.
  record File(Path path) implements Content {}

  /// A resource of the class path, an entry of a jar, sent like a file.
  record Resource(URL url) implements Content {}

  /// What `stream` gives until its end; it is closed then. It may be read by several threads, one
  /// after the other, since none is kept for a peer that takes its time. `bytes` is how many that
  /// are, or -1.
  record Stream(InputStream stream, long bytes) implements Content {}

  /// What `writer` writes, as it writes it.
  record Written(Writer writer) implements Content {}

  /// A value for the server's [JsonMapper].
  record Json(Object value) implements Content {}

  /// A stream that goes on when the handler has returned, such as events.
  ///
  /// The server asks on the handler's thread: first [#begin], run on the loop once the head is out,
  /// then [#use].
  non-sealed interface Live extends Content {
    /// The head is out: from now on bytes can be offered to `exchange`, which must be finished some
    /// time. On the loop.
    void begin(Exchange exchange);

    /// Goes on with the stream on the handler's thread.
    default void use() throws Exception {}

    /// The server closes, or the connection has been open for long enough: the stream is to end as
    /// soon as its peer can make sense of that. Behind what `exchange` was offered, if nothing else
    /// is said here. On the loop.
    default void draining(Exchange exchange) {
      exchange.finish(Fields.EMPTY);
    }
  }

  /// The word that the connection becomes something else, as `to` decides.
  record Upgrade(To to) implements Content {
    /// Judges the request and answers it.
    @FunctionalInterface
    public interface To {
      /// Called on the loop, and answers `exchange` by itself.
      void accept(WebSockets sockets, Exchange exchange);
    }
  }

  /// Writes a body, on the handler's thread.
  @FunctionalInterface
  interface Writer {
    /// Writes to `out`, which blocks while the peer is slow and throws [PeerGoneException] once it
    /// has gone; `flush` sends what was written at once.
    void write(OutputStream out) throws IOException;
  }
}
