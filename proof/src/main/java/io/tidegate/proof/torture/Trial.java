package io.tidegate.proof.torture;

import io.tidegate.proof.torture.Attack.Newcomers;
import io.tidegate.proof.torture.PoliteClient.Figures;
import io.tidegate.proof.torture.PoliteClient.Manner;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// Judges attacks on one target: polite clients ask before, during and after each. One thread.
final class Trial implements AutoCloseable {
  /// Answers without a gap by which a target is found to be well.
  private static final int WELL = 5;

  /// A page of a few bytes that takes longer is one that its reader has given up.
  private static final double SLOW_MILLIS = 1_000;

  private static final Duration RECOVERY = Duration.ofSeconds(10);

  /// A pool of threads or files that a target keeps open is not a leak of each attack.
  private static final int DESCRIPTORS_TO_SPARE = 16;

  private final Ground ground;
  private final Victim victim;
  private final PoliteClient kept;
  private final PoliteClient fresh;

  Trial(Ground ground, Victim victim) {
    this.ground = ground;
    this.victim = victim;
    this.kept = new PoliteClient(ground, Manner.KEPT);
    this.fresh = new PoliteClient(ground, Manner.FRESH);
  }

  @Override
  public void close() {
    kept.close();
    fresh.close();
  }

  /// Whether the target answers before anything is done to it.
  boolean begins() {
    return isWell(0);
  }

  /// Lets `peers` loose for `time` without judging: what a virtual machine does for the first time
  /// it does slowly.
  void rehearse(Attack attack, int peers, Duration time) throws IOException {
    try (var _ = Mob.start(peers, attack.script().apply(ground), ground.address(), new Tally())) {
      var _ = Eventually.within(time, victim::ended);
    }
    var _ = isWell(0);
    var _ = kept.take();
    var _ = fresh.take();
    var _ = isWell(0); // its answers are the unloaded ones
  }

  /// Lets `peers` loose for `time` and tells what became of the target.
  Verdict judge(Attack attack, int peers, Duration time) throws IOException {
    double before = Math.max(kept.take().p99Millis(), fresh.take().p99Millis());
    int descriptors = victim.descriptors();
    victim.forgetPeak();
    var tally = new Tally();
    try (var _ = Mob.start(peers, attack.script().apply(ground), ground.address(), tally)) {
      var _ = Eventually.within(time, victim::ended);
    }
    var keptDuring = kept.take();
    var freshDuring = fresh.take();
    long peak = victim.peakBytes();
    long start = System.nanoTime();
    boolean well = isWell(descriptors);
    var back = Duration.ofNanos(System.nanoTime() - start);
    var fault = fault(attack, keptDuring, freshDuring, well, descriptors);
    double during = Math.max(keptDuring.p99Millis(), freshDuring.p99Millis());
    return new Verdict(
        attack, peers, tally.report(), peak, new Verdict.Polite(before, during, back), fault);
  }

  private boolean isWell(int descriptors) {
    kept.countAnew();
    fresh.countAnew();
    return Eventually.within(
        RECOVERY,
        () ->
            victim.ended()
                || (kept.inARow() >= WELL
                    && fresh.inARow() >= WELL
                    && (descriptors == 0
                        || victim.descriptors() <= descriptors + DESCRIPTORS_TO_SPARE)));
  }

  private String fault(
      Attack attack, Figures keptDuring, Figures freshDuring, boolean well, int descriptors) {
    if (victim.ended()) return "its process ended";
    if (keptDuring.missing() > 0) return missing("kept", keptDuring);
    if (freshDuring.missing() > 0 && attack.newcomers() == Newcomers.ANSWERED)
      return missing("new", freshDuring);
    double p99 = Math.max(keptDuring.p99Millis(), freshDuring.p99Millis());
    if (p99 > SLOW_MILLIS) return String.format(Locale.ROOT, "polite p99 of %.0f ms", p99);
    if (well) return "";
    if (kept.inARow() < WELL || fresh.inARow() < WELL)
      return "did not come back within " + RECOVERY.toSeconds() + " s";
    return "keeps " + (victim.descriptors() - descriptors) + " descriptors more than before";
  }

  private static String missing(String whose, Figures figures) {
    return "%d of %d on %s connections unanswered: %s"
        .formatted(
            figures.missing(), figures.missing() + figures.answered(), whose, figures.fault());
  }
}
