package io.tidegate.proof.sleepers;

import io.tidegate.proof.Usage;
import io.tidegate.proof.hub.Latencies;
import io.tidegate.proof.server.LiveHeap;
import io.tidegate.proof.sleepers.Trend.Point;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// One run: a hub, a publisher, those who read, and again and again those who sleep. One thread.
final class Course {
  /// The least that holds a message: who is cut is then seen to have had some.
  private static final int SLEEPER_BUFFER_BYTES = 32 * 1024;

  private static final int WOKEN_AT_ONCE = 50;
  private static final int KERNEL_EVERY = 5;
  private static final int HEAP_EVERY = 60;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration ONE_LOOK = Duration.ofMillis(200);
  private static final Duration SETTLE = Duration.ofSeconds(2);

  private final Plan plan;
  private final HubProcess hub;
  private final Consumer<String> say;

  private Course(Plan plan, HubProcess hub, Consumer<String> say) {
    this.plan = plan;
    this.hub = hub;
    this.say = say;
  }

  /// Runs what `plan` says.
  ///
  /// @param directory an empty one
  /// @param say is told how it goes on
  static Outcome run(Plan plan, Path directory, Consumer<String> say) throws IOException {
    try (var hub = HubProcess.start(plan, directory)) {
      return new Course(plan, hub, say).run();
    }
  }

  private Outcome run() throws IOException {
    try (var readers = new Crowd(hub.port(), HubProcess.TOPIC, 0);
        var publisher = Publisher.start(hub, plan.rate(), plan.bytes())) {
      int half = plan.readers() / 2;
      readers.open(Door.SOCKET, half, true, Duration.ofSeconds(1));
      readers.open(Door.STREAM, plan.readers() - half, true, Duration.ofSeconds(1));
      readers.awaitAll(plan.readers());
      say.accept("warming up for " + plan.warm().toSeconds() + " s");
      watch(plan.warm(), () -> {});
      awaitFullRing();
      var rounds = new ArrayList<Round>();
      for (int i = 0; i < plan.rounds(); i++) rounds.add(round(readers, publisher));
      return end(readers, publisher, rounds);
    }
  }

  /// What is held before is to be what is held always.
  private void awaitFullRing() throws IOException {
    long wanted = plan.ringBytes() - 4L * plan.bytes();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (Sample.take(hub, 0, 0).ringBytes() < wanted) {
      if (System.nanoTime() > end) throw new IOException("the topic's ring does not fill");
      watch(ONE_LOOK, () -> {});
    }
  }

  /// When the last message has been heard.
  private Outcome end(Crowd readers, Publisher publisher, List<Round> rounds) throws IOException {
    publisher.close();
    long head = publisher.head();
    var all = readers.subscribers();
    all.forEach(each -> readers.wake(each, head));
    boolean heard = Eventually.within(PATIENCE, () -> all.stream().allMatch(Subscriber::isDone));
    readers.close();
    long missing = 0;
    for (var each : all) missing += head - each.book().last() + each.book().lost();
    var wrong = all.stream().filter(each -> !each.book().addsUp()).toList();
    var first = wrong.isEmpty() ? "" : wrong.getFirst().book().fault();
    return new Outcome(
        List.copyOf(rounds),
        publisher.accepted(),
        publisher.refused(),
        publisher.late(),
        publisher.failure(),
        new Outcome.Readers(all.size(), missing, wrong.size(), readers.cuts(), heard, first));
  }

  // ---- a round

  private Round round(Crowd readers, Publisher publisher) throws IOException {
    var alone = new Latencies();
    var beside = new Latencies();
    var samples = new ArrayList<Sample>();
    var kernel = new ArrayList<KernelEnds>();
    var heap = new ArrayList<Point>();
    var cutsBefore = hub.cuts();
    var usedAlone = alone(readers, alone);
    var before = Sample.take(hub, 0, plan.readers());
    var kernelBefore = KernelEnds.read(hub.port());
    try (var sleepers = new Crowd(hub.port(), HubProcess.TOPIC, SLEEPER_BUFFER_BYTES)) {
      comeIn(sleepers);
      heap.add(liveHeap());
      readers.hearInto(beside);
      var used = Used.now(hub);
      watch(plan.beside(), new Beside(sleepers, samples, kernel, heap));
      used = Used.now(hub).minus(used);
      readers.hearInto(new Latencies());
      heap.add(liveHeap());
      var fates = wake(sleepers, publisher);
      var cuts = difference(hub.cuts(), cutsBefore);
      sleepers.close();
      var after = awaitGone(before);
      usedAlone = usedAlone.plus(alone(readers, alone));
      return new Round(
          alone,
          beside,
          before,
          samples,
          kernelBefore,
          kernel,
          heap,
          after,
          fates.of(sleepers),
          cuts,
          new Round.Load(usedAlone.hub(), usedAlone.own(), used.hub(), used.own()));
    }
  }

  private Used alone(Crowd readers, Latencies into) throws IOException {
    watch(SETTLE, () -> {});
    readers.hearInto(into);
    var used = Used.now(hub);
    watch(plan.alone().dividedBy(2), new Alone());
    used = Used.now(hub).minus(used);
    readers.hearInto(new Latencies());
    say.accept("alone: p50 %.2f ms, p99 %.2f ms".formatted(into.millis(0.5), into.millis(0.99)));
    return used;
  }

  private void comeIn(Crowd sleepers) throws IOException {
    sleepers.open(Door.SOCKET, Plan.withSpare(plan.sockets()), false, plan.coming());
    sleepers.open(Door.STREAM, Plan.withSpare(plan.streams()), false, plan.coming());
    sleepers.awaitAll(plan.sleepers());
    // until those who came first have been cut, the hub has not what it will have
    watch(plan.coming(), () -> {});
    say.accept(sleepers.standing() + " sleep");
  }

  private Point liveHeap() throws IOException {
    return new Point(System.nanoTime() / 60e9, LiveHeap.of(hub.pid()).bytes());
  }

  /// What is done once a second.
  private interface Look {
    void look() throws IOException;
  }

  /// Looks once a second for `length`.
  private static void watch(Duration length, Look look) throws IOException {
    long end = System.nanoTime() + length.toNanos();
    for (long next = System.nanoTime(); next < end; next += 1_000_000_000) {
      for (long left; (left = next - System.nanoTime()) > 0; ) LockSupport.parkNanos(left);
      look.look();
    }
    for (long left; (left = end - System.nanoTime()) > 0; ) LockSupport.parkNanos(left);
  }

  /// Collects the hub's heap as often as beside sleepers: that is a pause, and both are to have it.
  private final class Alone implements Look {
    private int number;

    @Override
    public void look() throws IOException {
      if (++number % HEAP_EVERY != HEAP_EVERY / 2) return;
      var _ = liveHeap();
    }
  }

  /// Samples beside sleepers.
  private final class Beside implements Look {
    private final Crowd sleepers;
    private final List<Sample> samples;
    private final List<KernelEnds> kernel;
    private final List<Point> heap;
    private int number;

    Beside(Crowd sleepers, List<Sample> samples, List<KernelEnds> kernel, List<Point> heap) {
      this.sleepers = sleepers;
      this.samples = samples;
      this.kernel = kernel;
      this.heap = heap;
    }

    @Override
    public void look() throws IOException {
      var sample = Sample.take(hub, sleepers.standing(), plan.readers());
      samples.add(sample);
      if (number % KERNEL_EVERY == 0) kernel.add(KernelEnds.read(hub.port()));
      if (++number % HEAP_EVERY > 0) return;
      heap.add(liveHeap());
      say.accept(
          "minute %d: %d sleep, %d cut, charged %.1f MiB, direct %.1f MiB, live heap %.1f MiB"
              .formatted(
                  number / HEAP_EVERY,
                  sample.asleep(),
                  sleepers.cuts(),
                  sample.chargedBytes() / Outcome.MEBI,
                  sample.usedDirectBytes() / Outcome.MEBI,
                  heap.getLast().value() / Outcome.MEBI));
    }
  }

  // ---- the end of a round

  /// All read again, some at a time, and then leave.
  private Fates wake(Crowd sleepers, Publisher publisher) {
    int stuck = 0;
    var all = sleepers.subscribers();
    for (int from = 0; from < all.size(); from += WOKEN_AT_ONCE) {
      var some = List.copyOf(all.subList(from, Math.min(all.size(), from + WOKEN_AT_ONCE)));
      long goal = publisher.head() + 1;
      some.forEach(each -> sleepers.wake(each, goal));
      var _ = Eventually.within(PATIENCE, () -> some.stream().allMatch(Subscriber::isDone));
      stuck += (int) some.stream().filter(each -> !each.isDone()).count();
      sleepers.leave(some);
    }
    return new Fates(stuck);
  }

  /// What became of sleepers, once their crowd is closed.
  private record Fates(int stuck) {
    Round.Sleepers of(Crowd sleepers) {
      var all = sleepers.subscribers();
      var wrong = all.stream().filter(each -> !each.book().addsUp()).toList();
      return new Round.Sleepers(
          all.size(),
          sleepers.cuts(),
          sleepers.refusals(),
          sleepers.lastRefusal(),
          all.stream().mapToLong(each -> each.book().published()).sum(),
          all.stream().mapToLong(each -> each.book().received()).sum(),
          all.stream().mapToLong(each -> each.book().lost()).sum(),
          all.stream().mapToLong(each -> each.book().gaps()).sum(),
          wrong.size(),
          (int) all.stream().filter(each -> !each.wasTold()).count(),
          stuck,
          (int) all.stream().filter(each -> is(each, Policy.LIVE, false)).count(),
          (int) all.stream().filter(each -> is(each, Policy.LOSSLESS, true)).count(),
          wrong.isEmpty() ? "" : wrong.getFirst().book().fault());
    }

    private static boolean is(Subscriber each, Policy policy, boolean ended) {
      return each.isDone() && each.policy() == policy && each.wasEnded() == ended;
    }
  }

  /// When the hub has noticed that they have gone, and holds what it held, or never will.
  private Sample awaitGone(Sample before) throws IOException {
    var last = new Sample[] {before};
    var _ =
        Eventually.within(
            PATIENCE,
            () -> {
              try {
                last[0] = Sample.take(hub, 0, plan.readers());
                return last[0].connections() <= before.connections()
                    && last[0].chargedBytes() <= before.chargedBytes() + Goals.TURNS_BYTES;
              } catch (IOException ended) {
                throw new UncheckedIOException(ended);
              }
            });
    return last[0];
  }

  private static Map<String, Long> difference(Map<String, Long> now, Map<String, Long> before) {
    var more = new HashMap<String, Long>();
    now.forEach((reason, count) -> more.put(reason, count - before.getOrDefault(reason, 0L)));
    more.values().removeIf(count -> count == 0);
    return more;
  }

  /// Processor time of the hub and of this process, over a time.
  private record Used(double hubMicros, double ownMicros, double nanos) {
    static Used now(HubProcess hub) throws IOException {
      var own = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
      return new Used(
          Usage.of(List.of(hub.pid())).cpuMicros(), own.toNanos() / 1e3, System.nanoTime());
    }

    Used minus(Used before) {
      return new Used(
          hubMicros - before.hubMicros, ownMicros - before.ownMicros, nanos - before.nanos);
    }

    Used plus(Used other) {
      return new Used(
          hubMicros + other.hubMicros, ownMicros + other.ownMicros, nanos + other.nanos);
    }

    double hub() {
      return hubMicros * 1e5 / nanos;
    }

    double own() {
      return ownMicros * 1e5 / nanos;
    }
  }
}
