package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.Backoff;
import io.tidegate.client.pool.Member.Ending;
import io.tidegate.client.pool.PoolListener.Event;
import io.tidegate.ledger.Rate;
import io.tidegate.net.CutReason;
import io.tidegate.websocket.frame.CloseFrame;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a pool's supervisor decides, by a clock that is moved by hand.
class SupervisorTest {
  private static final Duration LOAD_BALANCERS_CUT = Duration.ofSeconds(30);
  private static final PoolConfig FOUR = PoolConfig.of(HandPool.HERE, 4);

  private @Nullable HandPool pool;

  private HandPool open(PoolConfig config) {
    var opened = new HandPool(config);
    pool = opened;
    return opened;
  }

  @AfterEach
  void nothingIsHeldAfterwards() {
    if (pool != null) pool.end();
  }

  @Test
  void allMembersComeUpAtTheRateThatWasAskedFor() {
    var pool = open(PoolConfig.of(HandPool.HERE, 100).withConnects(new Rate(20, sec(1))));

    pool.pass(sec(4));
    var after4 = pool.attempts;
    pool.pass(sec(2));

    assertThat(after4).isBetween(78L, 85L);
    assertThat(pool.routing.ready()).isEqualTo(100);
    assertThat(pool.told(Event.Ready.class)).hasSize(100);
  }

  @Test
  void aLoadBalancersCutLeaves95PercentReadyAtEverySample() {
    var pool = open(PoolConfig.of(HandPool.HERE, 500).withTimes(lifetime(Duration.ofHours(1), 5)));
    pool.cutAfter = LOAD_BALANCERS_CUT;
    pool.awaitReady(500);
    int least = 500;
    long most = 0;

    for (int second = 0; second < 600; second++) {
      long before = pool.attempts;
      for (int i = 0; i < 4; i++) {
        pool.tick();
        least = Math.min(least, pool.routing.ready());
      }
      most = Math.max(most, pool.attempts - before);
    }

    assertThat(least).as("least of 500").isGreaterThanOrEqualTo(475);
    assertThat(most).as("attempts in a second").isLessThanOrEqualTo(2 * 500 / 30);
    assertThat(pool.state().totals().lost()).isGreaterThan(9_000);
  }

  @Test
  void rotationBelowTheCutLeavesAllReadyAtEverySample() {
    var pool = open(PoolConfig.of(HandPool.HERE, 500).withTimes(lifetime(sec(27), 2)));
    pool.cutAfter = LOAD_BALANCERS_CUT;
    pool.awaitReady(500);
    int least = 500;

    for (int i = 0; i < 4 * 600; i++) {
      pool.tick();
      least = Math.min(least, pool.routing.ready());
    }

    assertThat(least).isEqualTo(500);
    assertThat(pool.state().totals().lost()).isZero();
    assertThat(pool.state().totals().rotated()).isBetween(600L * 500 / 27, 600L * 500 / 20);
  }

  @Test
  void anHourOfRotationIsSpreadEvenly() {
    var pool = open(PoolConfig.of(HandPool.HERE, 500).withTimes(lifetime(sec(600), 5)));
    pool.awaitReady(500);
    pool.pass(sec(700));
    for (var line : List.copyOf(pool.lines)) line.end(new CloseFrame(1006, "")); // all at once
    pool.awaitReady(500);
    long[] windows = new long[360];

    for (int i = 0; i < windows.length; i++) {
      long before = pool.state().totals().rotated();
      pool.pass(sec(10));
      windows[i] = pool.state().totals().rotated() - before;
    }

    double mean = java.util.Arrays.stream(windows).average().orElseThrow();
    assertThat(mean).isBetween(8.0, 9.0);
    assertThat(java.util.Arrays.stream(windows).max().orElseThrow())
        .isLessThanOrEqualTo((long) (2 * mean));
    assertThat(windows).doesNotContain(0);
  }

  @Test
  void noConnectionOutlivesItsLifetime() {
    var pool = open(PoolConfig.of(HandPool.HERE, 50).withTimes(lifetime(sec(60), 5)));
    pool.awaitReady(50);
    long oldest = 0;

    for (int i = 0; i < 4 * 600; i++) {
      pool.tick();
      for (var line : pool.lines) oldest = Math.max(oldest, pool.ticker.nanos() - line.openedNanos);
    }

    assertThat(Duration.ofNanos(oldest)).isBetween(sec(50), sec(61));
  }

  @Test
  void aRefusedTargetIsCalledLessAndLessAndNothingIsKept() {
    var pool = open(PoolConfig.of(HandPool.HERE, 500));
    pool.meets = _ -> HandPool.refused();

    pool.pass(sec(10));
    long begun = pool.attempts;
    long held = pool.root.held(io.tidegate.ledger.Purse.HEAP);
    pool.pass(sec(590));

    assertThat(begun).isLessThan(50);
    assertThat(pool.attempts - begun).as("in 10 minutes").isBetween(10L, 120L);
    assertThat(held).isLessThan(4_096);
    assertThat(pool.root.held(io.tidegate.ledger.Purse.HEAP)).isLessThan(4_096);
    assertThat(pool.state().endpoints().getFirst().held()).isTrue();
    assertThat(pool.state().last()).isInstanceOf(Ending.Failed.class);
  }

  @Test
  void allComeBackAtOnceWhenARefusedTargetAnswersAgain() {
    var pool = open(PoolConfig.of(HandPool.HERE, 100));
    pool.meets = _ -> HandPool.refused();
    pool.pass(sec(300));

    pool.meets = _ -> null;
    pool.pass(sec(61)); // one that probes
    assertThat(pool.told(Event.EndpointBack.class)).hasSize(1);
    pool.pass(sec(14));

    assertThat(pool.routing.ready()).isEqualTo(100);
  }

  @Test
  void whatEndsAtOnceIsTriedLessAndLess() {
    var pool = open(FOUR);
    pool.cutAfter = Duration.ofMillis(500);

    pool.pass(sec(600));

    assertThat(pool.attempts).isLessThan(4 * 50);
  }

  @Test
  void restartsAreBoundedAWindowAndReportedOnce() {
    var pool =
        open(
            FOUR.withRestarts(new Rate(10, sec(60)))
                .withBackoff(Backoff.DEFAULT.withStable(sec(1))));
    pool.cutAfter = sec(2); // longer than it takes to be stable: each is restarted at once

    pool.pass(sec(59));
    var inAWindow = pool.attempts;
    var told = pool.told(Event.RestartsHeld.class).size();
    var held = pool.state().restartsHeld();
    pool.pass(sec(60));

    assertThat(inAWindow).isLessThanOrEqualTo(4 + 10);
    assertThat(told).isEqualTo(1);
    assertThat(held).isTrue();
    assertThat(pool.attempts).isBetween(15L, 4L + 30);
  }

  @Test
  void anEndpointThatFailsLosesItsShareToTheOthersAndGetsItBackByRotation() {
    var there = URI.create("ws://b.example/live");
    var pool =
        open(
            PoolConfig.of(HandPool.HERE, 40)
                .withEndpoints(
                    new PoolConfig.Endpoint(HandPool.HERE, 3), new PoolConfig.Endpoint(there, 1))
                .withTimes(lifetime(sec(120), 2)));
    pool.awaitReady(40);
    assertThat(connections(pool)).containsExactly(30, 10);

    pool.meets = uri -> uri.equals(there) ? HandPool.refused() : null;
    for (var line : List.copyOf(pool.lines))
      if (line.tenure.target.uri().equals(there)) line.end(new CloseFrame(1006, ""));
    pool.pass(sec(60));
    assertThat(connections(pool)[0]).isGreaterThanOrEqualTo(40);
    assertThat(pool.routing.ready()).isEqualTo(40);
    pool.meets = _ -> null;
    pool.pass(sec(400));

    assertThat(connections(pool)[0]).isBetween(29, 32);
    assertThat(connections(pool)[1]).isBetween(9, 12);
  }

  private static int[] connections(HandPool pool) {
    return pool.state().endpoints().stream()
        .mapToInt(PoolState.EndpointState::connections)
        .toArray();
  }

  @Test
  void aRetryAfterIsHonouredWithinItsBound() {
    var pool = open(PoolConfig.of(HandPool.HERE, 50).withLongestRetryAfter(sec(100)));
    pool.meets = _ -> HandPool.status(503, false, sec(40));
    pool.pass(sec(1));
    var first = pool.attempts;
    pool.pass(sec(38));
    assertThat(pool.attempts).isEqualTo(first);
    pool.meets = _ -> HandPool.status(503, false, Duration.ofDays(2));
    pool.pass(sec(13)); // 40 s and up to a quarter
    var second = pool.attempts;
    pool.pass(sec(100));
    pool.meets = _ -> null;
    pool.pass(sec(60));

    assertThat(second).isBetween(first + 1, first + 3);
    assertThat(pool.routing.ready()).isEqualTo(50);
  }

  @Test
  void aRestartingServerIsLeftAloneFor5To30Seconds() {
    var pool = open(FOUR.withConnects(new Rate(100, sec(1))));
    pool.pass(sec(20));

    for (var line : List.copyOf(pool.lines)) line.end(new CloseFrame(1012, "restart"));
    pool.pass(sec(5));
    var early = pool.attempts;
    pool.pass(sec(26));

    assertThat(early).isEqualTo(4);
    assertThat(pool.routing.ready()).isEqualTo(4);
  }

  @Test
  void afterTryAgainLaterAnotherEndpointIsCalledAtOnce() {
    var there = URI.create("ws://b.example/live");
    var pool =
        open(
            FOUR.withEndpoints(
                new PoolConfig.Endpoint(HandPool.HERE, 1), new PoolConfig.Endpoint(there, 1)));
    pool.pass(sec(20));

    var line = pool.at(0);
    line.end(new CloseFrame(1013, "full"));
    pool.pass(sec(2));

    assertThat(pool.routing.ready()).isEqualTo(4);
    assertThat(pool.at(0).tenure.target).isNotSameAs(line.tenure.target);
  }

  @Test
  void aLastingFailureIsReportedAndTriedAtTheCapAlone() {
    var pool = open(PoolConfig.of(HandPool.HERE, 100));
    pool.meets = _ -> HandPool.status(404, true, null);

    pool.pass(sec(1));
    var first = pool.attempts;
    pool.pass(sec(599));

    assertThat(pool.told(Event.EndpointHeld.class)).allMatch(Event.EndpointHeld::lasting);
    assertThat(pool.attempts - first).isBetween(9L, 22L);
    assertThat(pool.refreshes).isEmpty();
  }

  @Test
  void whatIsRefusedHereTellsNothingOfTheEndpoint() {
    var pool = open(FOUR.withCircuitFailures(1));
    pool.meets = _ -> HandPool.refusedHere();

    pool.pass(sec(300));
    var begun = pool.attempts;
    pool.meets = _ -> null;
    pool.pass(sec(61));

    assertThat(pool.told(Event.EndpointHeld.class)).isEmpty();
    assertThat(begun).as("attempts in 5 minutes").isBetween(30L, 120L);
    assertThat(pool.routing.ready()).isEqualTo(4);
  }

  @Test
  void aProbeThatIsRefusedHereIsFollowedByAnother() {
    var pool = open(FOUR.withCircuitFailures(1));
    pool.meets = _ -> HandPool.refused();
    pool.pass(sec(2));
    assertThat(pool.state().endpoints().getFirst().held()).isTrue();

    pool.meets = _ -> HandPool.refusedHere();
    pool.pass(sec(120));
    pool.meets = _ -> null;
    pool.pass(sec(70));

    assertThat(pool.told(Event.EndpointHeld.class)).hasSize(1);
    assertThat(pool.routing.ready()).isEqualTo(4);
  }

  @Test
  void aMemberCutForWantOfOurOwnIsReplacedAtOnceAndItsEndpointNotHeld() {
    var pool = open(FOUR.withCircuitFailures(1).withConnects(new Rate(100, sec(1))));
    pool.pass(sec(20));

    for (var line : List.copyOf(pool.lines)) {
      line.end(new CloseFrame(1013, "memory refused"), CutReason.MEMORY_REFUSED);
    }
    pool.pass(sec(2));
    for (var line : List.copyOf(pool.lines)) { // long before they are stable
      line.end(new CloseFrame(1013, "too many requests at work"), CutReason.HANDLER_LIMIT);
    }
    pool.pass(sec(2));

    assertThat(pool.told(Event.EndpointHeld.class)).isEmpty();
    assertThat(pool.told(Event.Ready.class)).hasSize(12);
    assertThat(pool.routing.ready()).isEqualTo(4);
  }

  @Test
  void aRefusedTokenIsFetchedAnewNowAndThenAndAFreshOneTriedAtOnce() {
    var pool = open(FOUR);
    pool.meets = _ -> HandPool.status(401, true, null);
    pool.pass(sec(120));
    assertThat(pool.refreshes).hasSizeBetween(2, 5).containsOnly(HandPool.HERE);

    pool.meets = _ -> null;
    pool.supervisor.refreshed(pool.supervisorTarget());
    pool.pass(sec(5));

    assertThat(pool.routing.ready()).isEqualTo(4);
  }

  @Test
  void attemptsWithTheOldTokenThatFailAfterTheNewOneCameHoldNobody() {
    var pool = open(FOUR.withConnects(new Rate(100, sec(1))));
    pool.meets = _ -> HandPool.status(401, true, null);
    pool.tick();
    var first = pool.begun.getFirst().tenure;
    assertThat(pool.begun).hasSize(4);

    pool.supervisor.failed(first, HandPool.status(401, true, null));
    pool.ticker.advance(Duration.ofMillis(5));
    pool.supervisor.refreshed(first.target);
    pool.hear(); // the other three
    pool.meets = _ -> null;
    pool.pass(sec(5));

    assertThat(pool.refreshes).hasSize(1);
    assertThat(pool.routing.ready()).isEqualTo(4);
  }

  @Test
  void hooksThatDoNotReturnCostTheirOwnConnection() {
    var pool = open(FOUR.withTimes(PoolConfig.Times.DEFAULT.withHooks(sec(3))));
    pool.hooksReturn = false;
    pool.tick();
    pool.tick();
    var line = pool.lines.getFirst();
    assertThat(pool.routing.ready()).isZero();
    assertThat(pool.state().opening()).isPositive();

    pool.hooksReturn = true;
    pool.pass(sec(12));

    assertThat(line.interrupts).isEqualTo(1);
    assertThat(line.closedWith).startsWith("1011");
    assertThat(pool.routing.ready()).isEqualTo(4);
    assertThat(pool.told(Event.Lost.class))
        .anyMatch(lost -> lost.why() instanceof Ending.HookFailed);
  }

  @Test
  void aHandlerThatThrowsCostsItsOwnConnection() {
    var pool = open(FOUR);
    pool.pass(sec(20));

    pool.supervisor.threw(pool.at(2).tenure, new Ending.HandlerFailed("boom"));
    var rest = pool.routing.ready();
    pool.pass(sec(2));

    assertThat(rest).isEqualTo(3);
    assertThat(pool.routing.ready()).isEqualTo(4);
    assertThat(pool.supervisor.members().get(2).last()).isEqualTo(new Ending.HandlerFailed("boom"));
    assertThat(pool.supervisor.members().get(1).last()).isNull();
  }

  @Test
  void aMemberThatClosesWhileItsHandlerIsBusyIsReplacedAndTheHandlerGivenUp() {
    var pool = open(FOUR.withTimes(PoolConfig.Times.DEFAULT.withGrace(sec(4))));
    pool.pass(sec(20));
    var line = pool.at(1);

    line.isOpen = false; // and nobody is told
    pool.lines.remove(line);
    pool.pass(sec(3));
    var ready = pool.routing.ready();
    pool.pass(sec(9));

    assertThat(ready).isEqualTo(4);
    assertThat(line.interrupts).isEqualTo(1);
    assertThat(pool.state().totals().stuck()).isEqualTo(1);
    assertThat(pool.state().leaving()).isZero();
  }

  @Test
  void aMemberThatDoesNotCloseWithinItsGraceIsCutAndCounted() {
    var pool = open(FOUR.withTimes(lifetime(sec(40), 2).withGrace(sec(4))));
    pool.closesAreAnswered = false;
    pool.awaitReady(4);

    pool.pass(sec(60));

    assertThat(pool.state().totals().cut()).isGreaterThanOrEqualTo(4);
    assertThat(pool.told(Event.Cut.class)).isNotEmpty();
    assertThat(pool.state().totals().stuck()).isZero();
    assertThat(pool.routing.ready()).isEqualTo(4);
  }

  @Test
  void anAttemptThatIsNeverAnsweredIsGivenUp() {
    var pool = open(FOUR.withTimes(PoolConfig.Times.DEFAULT.withOpening(sec(5))));
    pool.supervisor.tick();
    var members = pool.supervisor.members();
    assertThat(members.getFirst().state()).isEqualTo(Member.State.OPENING);

    pool.forget();
    pool.pass(sec(10));

    assertThat(pool.routing.ready()).isEqualTo(4);
    assertThat(pool.told(Event.Lost.class).getFirst().why().text()).contains("not open in");
  }

  @Test
  void aSuccessorThatCannotBeOpenedLeavesTheOldMemberInItsPlace() {
    var pool = open(FOUR.withTimes(lifetime(sec(40), 2)));
    pool.awaitReady(4);
    pool.meets = _ -> HandPool.refused();

    pool.pass(sec(120));
    var ready = pool.routing.ready();
    pool.meets = _ -> null;
    pool.pass(sec(120));

    assertThat(ready).isEqualTo(4);
    assertThat(pool.state().totals().rotated()).isGreaterThanOrEqualTo(4);
    assertThat(pool.state().totals().lost()).isZero();
  }

  @Test
  void aSuccessorIsToldWhosePlaceItTakes() {
    var pool = open(FOUR.withTimes(lifetime(sec(40), 10)));
    pool.awaitReady(4);
    var old = pool.at(3);

    while (pool.at(3) == old) pool.tick();

    assertThat(pool.at(3).old).isSameAs(old);
    assertThat(old.isOpen).isTrue();
    pool.pass(sec(11));
    assertThat(old.isOpen).isFalse();
    assertThat(old.closedWith).isEqualTo("1001 rotated");
  }

  @Test
  void aPoolWithoutMemoryWaitsAndSaysSo() {
    var pool = open(PoolConfig.of(HandPool.HERE, 20));
    int all = (64 << 20) - 3 * Supervisor.TENURE_BYTES;
    assertThat(pool.root.charge(io.tidegate.ledger.Purse.HEAP, all)).isTrue();

    pool.pass(sec(10));
    var ready = pool.routing.ready();
    var why = pool.state().last();
    pool.root.release(io.tidegate.ledger.Purse.HEAP, all);
    pool.pass(sec(90));

    assertThat(ready).isEqualTo(3);
    assertThat(why).isEqualTo(new Ending.NoMemory());
    assertThat(pool.routing.ready()).isEqualTo(20);
  }

  @Test
  void closingClosesAllWith1001AndOpensNoMore() {
    var pool = open(FOUR);
    pool.pass(sec(20));
    var line = pool.at(0);

    pool.supervisor.close();
    pool.pass(sec(2));
    var attempts = pool.attempts;
    pool.pass(sec(60));

    assertThat(line.closedWith).isEqualTo("1001 closing");
    assertThat(pool.attempts).isEqualTo(attempts);
    assertThat(pool.supervisor.isOver()).isTrue();
    assertThat(pool.routing.ready()).isZero();
  }

  private static PoolConfig.Times lifetime(Duration life, int drainSeconds) {
    return PoolConfig.Times.DEFAULT.withLifetime(life, sec(drainSeconds));
  }

  private static Duration sec(int seconds) {
    return Duration.ofSeconds(seconds);
  }
}
