package io.tidegate.proof.sleepers;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/// Reads what a hub says to one connection and keeps the book of it. One thread.
interface Reading {
  /// Reads as much of `bytes` as is whole; the rest stays.
  ///
  /// @throws IOException if it is not what a hub says, or its last word
  void read(ByteBuf bytes, Saying back) throws IOException;

  /// What is said to the hub.
  interface Saying {
    /// Sends a few bytes.
    void say(byte[] bytes);
  }
}
