package io.tidegate.proof.hub;

import io.tidegate.proof.ServerProcess;
import io.tidegate.proof.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Subscribers of our hub that are away until as many messages have been published, and then all
/// come back at once and go on where they were, while publishing goes on.
///
/// @param clients how many
/// @param behind the most messages that one of them had missed when they came back
/// @param deliveries messages that they were given until each had what it had missed
/// @param lost messages that one of them never got
/// @param gaps that they were told of
/// @param repeated messages that one of them got twice
/// @param cpuMicros user and system time of the server's process meanwhile
/// @param p50Millis from the first connect until half of them had what they had missed
/// @param lastMillis the same for the last of them
record Storm(
    int clients,
    long behind,
    long deliveries,
    long lost,
    long gaps,
    long repeated,
    long cpuMicros,
    double p50Millis,
    double lastMillis) {
  /// What a listener's backlog of 4,096 takes beside others.
  private static final int AT_ONCE = 2_048;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Any message. Its topic's position, which a subscriber is told before, is none: a publisher
  /// that waits for its subscribers may be silent still, and for good once they leave.
  private static final long FIRST = 1;

  /// @throws IOException if one is refused, or has not all within 60 s
  static Storm run(ServerProcess running, HubPlan plan) throws IOException {
    var path = Broadcaster.TIDEGATE.path() + "?ids=true";
    try (var audience = new Audience(running.port(), path, Dialect.POSITIONED)) {
      audience.aim(FIRST);
      audience.open(plan.stormers() + 1, false);
      var watcher = audience.seats().getFirst();
      var away = audience.seats().subList(1, audience.seats().size());
      await(audience, () -> away.stream().allMatch(Seat::hasReached)); // all told: one publishes
      long least = away.stream().mapToLong(Seat::last).min().orElseThrow();
      long most = away.stream().mapToLong(Seat::last).max().orElseThrow();
      away.forEach(Seat::leave);
      await(audience, () -> watcher.last() >= most + HubPlan.STORM_GAP);
      return comeBack(audience, away, running.process().pid(), watcher.last() - least);
    }
  }

  private static Storm comeBack(Audience audience, List<Seat> away, long pid, long behind)
      throws IOException {
    audience.aim(audience.seats().getFirst().last());
    audience.forget();
    long before = Usage.of(List.of(pid)).cpuMicros();
    long begin = System.nanoTime();
    audience.open(away, AT_ONCE);
    await(audience, () -> away.stream().allMatch(Seat::hasReached));
    long cpu = Usage.of(List.of(pid)).cpuMicros() - before;
    var times = new Latencies();
    for (var seat : away) times.add(seat.reachedNanos() - begin);
    if (audience.refusals() > 0)
      throw new IOException(audience.refusals() + " of the hub's clients were refused");
    var tally = audience.tally();
    return new Storm(
        away.size(),
        behind,
        tally.latencies().count(),
        tally.missed(),
        tally.gaps(),
        tally.repeatedCount(),
        cpu,
        times.millis(0.5),
        times.millis(1));
  }

  private static void await(Audience audience, java.util.function.BooleanSupplier what)
      throws IOException {
    if (audience.listenUntil(what, PATIENCE)) return;
    var tally = audience.tally();
    throw new IOException(
        "not all subscribers have what they missed after 60 s: %d of %d stand, %d were cut, message %d is the goal; the last that some saw: %s"
            .formatted(
                audience.awake(),
                audience.seats().size(),
                tally.cuts(),
                audience.goal(),
                audience.seats().stream()
                    .collect(
                        Collectors.groupingBy(Seat::last, TreeMap::new, Collectors.counting()))));
  }

  double cpuMicrosPerDelivery() {
    return (double) cpuMicros / deliveries;
  }
}
