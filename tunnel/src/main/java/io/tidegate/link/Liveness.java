package io.tidegate.link;

import io.tidegate.ledger.Rate;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import java.time.Duration;

/// Whether the peer still lives: any byte says so, and after some silence it is asked.
final class Liveness implements AutoCloseable {
  private static final Rate PINGS = new Rate(10, Duration.ofSeconds(1));

  private final Link link;
  private final Loop loop;
  private final long pingAfterNanos;
  private final long deadAfterNanos;
  private final Deadline look;
  private final Rate.Window pings = PINGS.window();
  private long heardNanos;
  private long askedNanos;
  private long roundTripNanos;
  private int asked;
  private boolean unanswered;

  Liveness(Link link, LinkConfig config) {
    this.link = link;
    this.loop = link.loop();
    this.pingAfterNanos = config.pingAfter().toNanos();
    this.deadAfterNanos = config.deadAfter().toNanos();
    this.look = loop.deadline(this::look);
    this.heardNanos = loop.nanos();
    look.inNanos(pingAfterNanos);
  }

  /// A byte of any kind has come.
  void heard() {
    heardNanos = loop.nanos();
  }

  private void look() {
    long silent = loop.nanos() - heardNanos;
    if (silent >= deadAfterNanos) {
      link.cut(CutReason.SILENT);
      return;
    }
    link.acknowledgeAll();
    if (silent >= pingAfterNanos && !unanswered) ask();
    look.inNanos((unanswered ? deadAfterNanos : pingAfterNanos) - silent);
  }

  private void ask() {
    unanswered = true;
    asked++;
    askedNanos = loop.nanos();
    link.outlet().control(Frame.Kind.ASK, Frame.SESSION, asked);
  }

  /// A ping has come, or the answer to one.
  void ping(int flags, int value) {
    if (!pings.tryTake(loop.nanos())) {
      link.violated(CutReason.FLOOD, "more than " + PINGS.count() + " pings a second");
    } else if ((flags & Frame.SYN) != 0) {
      link.outlet().pong(value);
    } else if (unanswered && value == asked) {
      unanswered = false;
      roundTripNanos = loop.nanos() - askedNanos;
      look.inNanos(pingAfterNanos);
    }
  }

  /// Round trip of the last ping, 0 before the first.
  long roundTripNanos() {
    return roundTripNanos;
  }

  @Override
  public void close() {
    look.close();
  }
}
