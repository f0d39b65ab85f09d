package io.tidegate.websocket.frame;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/// Mask keys that a peer cannot foresee, RFC 6455 §10.3: drawn from the system's secure source, 256
/// at a time.
///
/// Holds 1 KiB, so one event loop's clients share one. Safe for any thread.
public final class MaskKeys {
  private final SecureRandom source;
  private final ByteBuffer drawn = ByteBuffer.allocate(1_024).limit(0);

  /// Opens keys from the platform's own [SecureRandom].
  public MaskKeys() {
    this(new SecureRandom());
  }

  MaskKeys(SecureRandom source) {
    this.source = source;
  }

  /// Returns a key that was never returned before by design of the source.
  synchronized int next() {
    if (!drawn.hasRemaining()) {
      source.nextBytes(drawn.array());
      drawn.clear();
    }
    return drawn.getInt();
  }
}
