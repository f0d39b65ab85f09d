package io.tidegate.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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

  /// What `stream` gives until its end; it is closed then. `bytes` is how many that are, or -1.
  record Stream(InputStream stream, long bytes) implements Content {}

  /// What `writer` writes, as it writes it.
  record Written(Writer writer) implements Content {}

  /// A value for the server's [JsonMapper].
  record Json(Object value) implements Content {}

  /// Writes a body, on the handler's thread.
  @FunctionalInterface
  interface Writer {
    /// Writes to `out`, which blocks while the peer is slow and throws [PeerGoneException] once it
    /// has gone; `flush` sends what was written at once.
    void write(OutputStream out) throws IOException;
  }
}
