package io.tidegate.hub;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// A hub on one loop for one test, whose peers take what the test says.
final class HubRig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final Hub hub;
  final Loops loops;
  final Loop loop;
  final AtomicLong offered = new AtomicLong();
  private final LineFormat format = new LineFormat(false);

  HubRig(HubConfig config, Ticker ticker) {
    hub = Hub.open(config, ticker);
    loops = loops("hub");
    loop = loops.loop(0);
  }

  /// One loop, of which a test knows the end.
  static Loops loops(String name) {
    return Loops.open(
        new LoopsConfig(name, 1, new Budget(64 << 20, 64 << 20), Transport.best(), false));
  }

  HubRig(HubConfig config) {
    this(config, Ticker.SYSTEM);
  }

  /// One peer and its only subscription.
  final class Reader {
    final HandOutlet outlet;
    final Subscription subscription;

    private Reader(HandOutlet outlet, Subscription subscription) {
      this.outlet = outlet;
      this.subscription = subscription;
    }

    /// Takes up to `most` bytes, one turn of the hub after the other, and returns what it has read
    /// since its beginning.
    List<LineFormat.Line> take(int most) {
      int left = most;
      settle();
      while (left > 0) {
        int wanted = left;
        int took = on(() -> outlet.take(wanted));
        if (took == 0) break;
        left -= took;
        settle();
      }
      return on(() -> LineFormat.read(outlet.taken()));
    }

    List<LineFormat.Line> takeAll() {
      return take(Integer.MAX_VALUE);
    }
  }

  Reader subscribe(String topic, Delivery delivery, Start start) {
    return subscribe(topic, delivery, start, format);
  }

  Reader subscribe(String topic, Delivery delivery, Start start, WireFormat as) {
    return on(() -> {
      var outlet = outlet();
      var subscriber = join(outlet, as);
      var open = (Subscribed.Open) subscriber.subscribe(topic, delivery, start);
      return new Reader(outlet, open.subscription());
    });
  }

  HandOutlet outlet() {
    return new HandOutlet(loop, loops.root(), offered);
  }

  /// Makes a subscriber of `outlet`; on the loop.
  Subscriber join(HandOutlet outlet, WireFormat as) {
    return Objects.requireNonNull(hub.join(outlet, as));
  }

  /// Makes a subscriber of `outlet`, in this rig's format; on the outlet's loop.
  Subscriber join(HandOutlet outlet) {
    return join(outlet, format);
  }

  /// Runs `task` on the loop and waits for it.
  <T> T on(Supplier<T> task) {
    var done = new CompletableFuture<T>();
    var _ =
        loop.later(() -> {
          try {
            var _ = done.complete(task.get());
          } catch (Throwable fault) {
            var _ = done.completeExceptionally(fault);
          }
        });
    try {
      return done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception fault) {
      throw new IllegalStateException(fault);
    }
  }

  /// Lets the hub hand out what can be handed out: who asks from the loop stands behind its turns.
  void settle() {
    for (int i = 0; i < 3; i++) {
      var turned = new CompletableFuture<Boolean>();
      var _ = loop.later(() -> loop.after(0, () -> turned.complete(true)));
      var _ = turned.join();
    }
  }

  long held(Purse purse) {
    return hub.account().held(purse);
  }

  @Override
  public void close() {
    hub.close();
    try {
      Eventually.await(
          PATIENCE,
          () -> "outlets hold " + loops.root(),
          () -> loops.chargedBytes(Purse.DIRECT) == 0 && loops.chargedBytes(Purse.HEAP) == 0);
    } finally {
      loops.close();
    }
  }
}
