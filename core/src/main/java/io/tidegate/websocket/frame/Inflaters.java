package io.tidegate.websocket.frame;

import java.util.ArrayDeque;
import java.util.zip.Inflater;

/// The inflaters of one event loop that nobody uses now, for the messages that come next.
///
/// At most [#MOST_IDLE] are kept, part of what a loop costs; the rest is ended with its message. On
/// its loop.
public final class Inflaters {
  /// What one inflater costs outside of Java: a window of 32 KiB and zlib's state (measured 40
  /// KiB).
  public static final int PRICE = 44 * 1024;

  private static final int MOST_IDLE = 4;

  private final ArrayDeque<Inflater> idle = new ArrayDeque<>(MOST_IDLE);
  private final byte[] scratch;

  /// Opens an empty store whose users inflate into `scratch`, of 8 KiB at least, within a call.
  public Inflaters(byte[] scratch) {
    this.scratch = scratch;
  }

  byte[] scratch() {
    return scratch;
  }

  Inflater borrow() {
    var next = idle.poll();
    return next == null ? new Inflater(true) : next;
  }

  void giveBack(Inflater used) {
    if (idle.size() == MOST_IDLE) {
      used.end();
      return;
    }
    used.reset();
    idle.push(used);
  }

  /// Frees those that are kept; one that comes back later is kept again.
  public void close() {
    for (var next = idle.poll(); next != null; next = idle.poll()) next.end();
  }
}
