package io.tidegate.server;

import java.io.IOException;

/// Between values and JSON: the embedder's library of choice, such as two lines around Jackson's.
/// Called on handlers' threads, and for [Handler#onLoop] on the loop. What it throws is answered
/// like what the handler throws.
///
/// A server without one ([ServerConfig#json]) answers 500 where it should write or read JSON.
public interface JsonMapper {
  /// Refuses: for servers that were given no mapper.
  JsonMapper NONE =
      new JsonMapper() {
        @Override
        public byte[] write(Object value) {
          throw new IllegalStateException(
              "no JsonMapper was given to this server, and it should answer "
                  + value.getClass().getName());
        }

        @Override
        public <T> T read(byte[] json, Class<T> type) {
          throw new IllegalStateException("no JsonMapper was given to this server");
        }
      };

  /// `value` as UTF-8.
  byte[] write(Object value) throws IOException;

  /// A value of `type` out of UTF-8, of at most the size that the call was read with.
  ///
  /// @throws IOException if `json` is none or does not fit; the peer is answered 400
  <T> T read(byte[] json, Class<T> type) throws IOException;
}
