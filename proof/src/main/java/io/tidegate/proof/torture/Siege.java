package io.tidegate.proof.torture;

import io.tidegate.proof.torture.Attack.Needs;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/// The attacks on one target, one after the other. One thread.
final class Siege implements AutoCloseable {
  /// As many sockets as a process has descriptors for, where that is not raised.
  static final int MOST_PEERS = 15_000;

  /// Beyond a target's limit, so that it is met.
  private static final int BEYOND = 64;

  private final Victim victim;
  private final Force force;
  private final Set<Needs> offers;
  private final Trial trial;

  /// How many attack at once, and for how long.
  ///
  /// @param warmUp for how long they attack before, unjudged
  record Force(int peers, Duration time, Duration warmUp) {}

  private Siege(Victim victim, Force force, Set<Needs> offers, Trial trial) {
    this.victim = victim;
    this.force = force;
    this.offers = offers;
    this.trial = trial;
  }

  /// Asks what `ground` offers, and for a page.
  ///
  /// @throws IOException if the target answers nobody
  static Siege begin(Ground ground, Victim victim, Force force) throws IOException {
    var siege = new Siege(victim, force, ground.offers(), new Trial(ground, victim));
    if (siege.trial.begins()) return siege;
    siege.close();
    throw new IOException("no polite answers from " + ground.host() + ": nothing to attack");
  }

  /// Whether `attack` can be made.
  boolean isOpenTo(Attack attack) {
    return count(attack) > 0
        && (attack.needs() == Needs.DESCRIPTORS || offers.contains(attack.needs()));
  }

  Verdict judge(Attack attack) throws IOException {
    if (!force.warmUp.isZero()) trial.rehearse(attack, count(attack), force.warmUp);
    return trial.judge(attack, count(attack), force.time);
  }

  /// Whether the target has ended, as far as that is known.
  boolean isOver() {
    return victim.ended();
  }

  /// How many peers; none if the attack cannot be made.
  private int count(Attack attack) {
    if (attack.needs() != Needs.DESCRIPTORS) return Math.min(force.peers, attack.most());
    long most = victim.mostDescriptors();
    return most == 0 || most + BEYOND > MOST_PEERS ? 0 : (int) most + BEYOND;
  }

  @Override
  public void close() {
    trial.close();
  }
}
