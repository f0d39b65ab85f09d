package io.tidegate.net;

/// Who is charged for bytes that wait in somebody else's queue, and is told when they wait no
/// longer.
///
/// The source of bytes pays for them until the sink has released them: written to the kernel, or
/// discarded. That is also when flow control credit goes back, so a stalled sink stops exactly its
/// own source. Called on the loop of the sink.
@FunctionalInterface
public interface Payer {
  /// Nobody waits for these bytes: the sink's owner wrote them itself, and they are small.
  Payer NOBODY = bytes -> {};

  /// `bytes` of this payer are held no longer.
  void released(int bytes);

  /// Whether it pays once for bytes that wait in many queues, all of each piece that it offers: who
  /// keeps a copy of those has it charged to the queue's own account.
  default boolean isShared() {
    return false;
  }
}
