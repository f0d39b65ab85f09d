package io.tidegate.hub;

import io.netty.buffer.ByteBuf;

/// A message in its topic's ring, as formats see it.
public sealed interface Entry permits KeptEntry {
  /// The topic's name.
  String topic();

  /// Where it stands.
  Position position();

  /// What was published, without its bytes, which are [#payload].
  Publication publication();

  /// When it was published, in milliseconds since 1970.
  long publishedMillis();

  /// Its bytes; the entry's own, valid during the call, and not to be changed or released.
  ByteBuf payload();

  /// A copy of its bytes, for formats that write them otherwise than they are.
  byte[] copyPayload();
}
