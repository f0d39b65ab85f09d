package io.tidegate.hub.survey;

import io.tidegate.net.Loop;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Goes once through the members of a loop, a slice of them at a time, so that others on the loop
/// have their turn between; who comes meanwhile is not looked at.
///
/// All but the waiting belongs to the loop.
public final class Walk<M> implements Runnable {
  /// What is looked at in one turn, and what the last member has beyond it.
  public static final int SLICE = 512;

  /// How members are looked at.
  public interface Path<M> {
    /// The first member; null if there is none. From now on `walk` is to hear of members that
    /// leave.
    @Nullable M first(Walk<M> walk);

    /// The member behind `member`; null if it is the last.
    @Nullable M behind(M member);

    /// Looks at `member`, and returns what that counts of a slice.
    int look(M member);
  }

  private final Loop loop;
  private final Path<M> path;
  private final CountDownLatch done = new CountDownLatch(1);
  private @Nullable M next;
  private volatile boolean isAbandoned;

  private Walk(Loop loop, Path<M> path) {
    this.loop = loop;
    this.path = path;
  }

  /// Begins soon. Any thread.
  public static <M> Walk<M> start(Loop loop, Path<M> path) {
    var walk = new Walk<M>(loop, path);
    if (!loop.later(walk::begin)) walk.done.countDown();
    return walk;
  }

  private void begin() {
    next = path.first(this);
    run();
  }

  /// Goes on where it stands.
  @Override
  public void run() {
    int left = SLICE;
    while (next != null && left > 0 && !isAbandoned) {
      var member = next;
      left -= 1 + path.look(member);
      next = path.behind(member);
    }
    if (next != null && !isAbandoned) loop.after(0, this);
    else done.countDown();
  }

  /// `member` leaves the others: where the walk has come to it, it goes on behind.
  public void left(M member) {
    if (next == member) next = path.behind(member);
  }

  /// Waits for its end until `untilNanos` of the machine's clock, and gives it up then; returns
  /// whether it has ended. Not on a loop.
  public boolean await(long untilNanos) throws InterruptedException {
    try {
      return done.await(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } finally {
      isAbandoned = true;
    }
  }
}
