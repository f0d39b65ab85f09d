package io.tidegate.proof.torture;

import io.tidegate.proof.torture.Attack.Newcomers;
import io.tidegate.proof.torture.PoliteClient.Figures;
import io.tidegate.proof.torture.PolitePair.Noticed;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.net.URI;
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

  private static final Duration REST = Duration.ofSeconds(1);

  private final Ground ground;
  private final Victim victim;
  private final PolitePair visitors;

  /// Of a server in this process that nobody attacks: what they notice is the machine.
  private final PolitePair bystanders;

  private final TestOrigin unattacked;

  Trial(Ground ground, Victim victim) throws IOException {
    this.ground = ground;
    this.victim = victim;
    this.unattacked = TestOrigin.open();
    var aside = "http://127.0.0.1:" + unattacked.address().getPort() + "/bytes/13";
    this.visitors = new PolitePair(ground);
    this.bystanders = new PolitePair(Ground.of(URI.create(aside)));
  }

  @Override
  public void close() {
    visitors.close();
    bystanders.close();
    unattacked.close();
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
  }

  /// Leaves the target alone; what visitors notice then is the measure of an attack.
  private void rest() {
    var _ = visitors.take();
    var _ = Eventually.within(REST, victim::ended);
    visitors.rested();
  }

  /// Lets `peers` loose for `time` and tells what became of the target.
  Verdict judge(Attack attack, int peers, Duration time) throws IOException {
    rest();
    int descriptors = victim.descriptors();
    victim.forgetPeak();
    var tally = new Tally();
    var _ = bystanders.take();
    try (var _ = Mob.start(peers, attack.script().apply(ground), ground.address(), tally)) {
      var _ = Eventually.within(time, victim::ended);
    }
    var noticed = visitors.take();
    var beside = bystanders.take();
    long peak = victim.peakBytes();
    long start = System.nanoTime();
    boolean well = isWell(descriptors);
    var back = Duration.ofNanos(System.nanoTime() - start);
    var polite =
        new Verdict.Polite(
            visitors.usualP99Millis(), noticed.p99Millis(), beside.p99Millis(), back);
    var fault = fault(attack, noticed, well, descriptors);
    return new Verdict(attack, peers, tally.report(), peak, polite, fault);
  }

  private boolean isWell(int descriptors) {
    visitors.countAnew();
    return Eventually.within(
        RECOVERY,
        () ->
            victim.ended()
                || (visitors.inARow() >= WELL
                    && (descriptors == 0
                        || victim.descriptors() <= descriptors + DESCRIPTORS_TO_SPARE)));
  }

  private String fault(Attack attack, Noticed noticed, boolean well, int descriptors) {
    if (victim.ended()) return "its process ended";
    if (noticed.kept().missing() > 0) return missing("kept", noticed.kept());
    if (noticed.fresh().missing() > 0 && attack.newcomers() == Newcomers.ANSWERED)
      return missing("new", noticed.fresh());
    double p99 = noticed.p99Millis();
    if (p99 > SLOW_MILLIS) return String.format(Locale.ROOT, "polite p99 of %.0f ms", p99);
    if (well) return "";
    if (visitors.inARow() < WELL) return "did not come back within " + RECOVERY.toSeconds() + " s";
    return "keeps " + (victim.descriptors() - descriptors) + " descriptors more than before";
  }

  private static String missing(String whose, Figures figures) {
    return "%d of %d on %s connections unanswered: %s"
        .formatted(
            figures.missing(), figures.missing() + figures.answered(), whose, figures.fault());
  }
}
