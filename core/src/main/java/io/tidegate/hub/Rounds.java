package io.tidegate.hub;

import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The rounds of a keyed topic's readers that are under way. In a round a reader is given every
/// key's value as of one moment, so that no key can flee from it for ever by being updated faster
/// than it reads: what is replaced meanwhile stays in the ring until the round is over.
///
/// Guarded by its topic.
final class Rounds {
  /// Most rounds at once: a further one takes the place of the oldest, whose readers then miss what
  /// has been replaced, until their next.
  static final int MOST = 16;

  /// These, their queue, this.
  static final int HEAP_BYTES = MOST * 40 + 128;

  /// When there are as many as may be, readers who come so soon after one another share a round.
  private static final long SHARED_NANOS = Duration.ofMillis(250).toNanos();

  private final ArrayDeque<Round> open = new ArrayDeque<>(MOST + 1);

  /// A moment, and how many read as of it.
  static final class Round {
    private final long end;
    private final long begunNanos;
    private int readers;

    private Round(long end, long begunNanos) {
      this.end = end;
      this.begunNanos = begunNanos;
    }

    /// The topic's last offset at that moment.
    long end() {
      return end;
    }
  }

  /// Begins the round of a reader that has seen all up to `position`, where the topic stands at
  /// `head`; [#leave] ends it.
  Round enter(long position, long head, long nowNanos) {
    var newest = open.peekLast();
    if (newest == null || !suits(newest, position, head, nowNanos)) {
      if (open.size() == MOST) {
        var _ = open.remove();
      }
      newest = new Round(head, nowNanos);
      open.add(newest);
    }
    newest.readers++;
    return newest;
  }

  private boolean suits(Round newest, long position, long head, long nowNanos) {
    if (newest.end == head) return true;
    return open.size() == MOST
        && newest.end > position
        && nowNanos - newest.begunNanos < SHARED_NANOS;
  }

  /// A reader's round is over.
  void leave(Round round) {
    if (--round.readers > 0) return;
    var _ = open.remove(round);
  }

  /// The end of the newest: what lies behind it nobody needs once it is replaced. 0 if there is
  /// none.
  long newestEnd() {
    var newest = open.peekLast();
    return newest == null ? 0 : newest.end;
  }

  /// Whether no round is as of a moment before `offset`.
  boolean noneBefore(long offset) {
    @Nullable Round oldest = open.peekFirst();
    return oldest == null || oldest.end >= offset;
  }
}
