package io.tidegate.link;

import io.tidegate.net.Deadline;
import java.time.Duration;

/// Looks once a second at a stream that waits for its peer, and ends it when nothing has moved for
/// the stall deadline. Made for the few streams that come to wait.
final class StallWatch implements AutoCloseable {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final LinkStream stream;
  private final long mostNanos;
  private final Deadline deadline;
  private int moves;
  private long sinceNanos;

  StallWatch(LinkStream stream) {
    this.stream = stream;
    this.mostNanos = stream.link().config().stall().toNanos();
    this.deadline = stream.loop().deadline(this::look);
  }

  /// The stream has come to wait.
  void begin() {
    if (deadline.isArmed()) return;
    note();
    deadline.in(LOOK);
  }

  private void note() {
    moves = stream.moves();
    sinceNanos = stream.loop().nanos();
  }

  private void look() {
    if (!stream.mayStall()) return;
    if (!stream.waitsForPeer() || stream.moves() != moves) note();
    if (stream.loop().nanos() - sinceNanos >= mostNanos) stream.stalled();
    else deadline.in(LOOK);
  }

  @Override
  public void close() {
    deadline.close();
  }
}
