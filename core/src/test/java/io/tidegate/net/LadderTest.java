package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({Balanced.class, Quiet.class})
class LadderTest {
  private static final int BUDGET = 1 << 20;

  private int charged;
  private boolean toldHere;

  private static Rig rig(Transport transport, boolean dryRun) {
    var config = new LoopsConfig("test", 1, new Budget(BUDGET, 16 * BUDGET), transport, dryRun);
    return new Rig(config, Ticker.SYSTEM);
  }

  @AfterEach
  void theRungsWereSaid() {
    assertThat(Quiet.expect("Overload") > 0 || toldHere).isTrue();
  }

  /// Charges or gives back until `percent` of the direct purse is granted.
  private void grant(Rig rig, int percent) {
    int now = (int) rig.loops.root().held(Purse.DIRECT);
    int more = (int) ((long) BUDGET * percent / 100) + 1 - now;
    if (percent == 0) more = -charged;
    charged += more;
    if (more < 0) rig.loops.root().release(Purse.DIRECT, -more);
    else assertThat(rig.loops.root().charge(Purse.DIRECT, more)).isTrue();
  }

  @Test
  void eachRungRefusesMoreOfWhatIsGranted() {
    try (var rig = rig(Transport.NIO, false)) {
      var ladder = rig.loops.ladder();
      for (int percent : new int[] {69, 70, 80, 85, 0}) {
        grant(rig, percent);
        assertThat(ladder.allowsGrowth()).isEqualTo(percent < 70);
        assertThat(ladder.allowsKeepAlive()).isEqualTo(percent < 80);
        assertThat(ladder.allowsConnections()).isEqualTo(percent < 85);
        int rung = percent < 70 ? 0 : percent;
        Rig.await("rung " + rung, () -> ladder.rung() == rung);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 26", "128, 61", "1000, 84"})
  void howeverManyHogThereIsRoomForWhoComes(int hogs, int mostPercent) {
    var budget = new Budget(48 << 20, 48 << 20);
    var config = new LoopsConfig("test", 1, budget, Transport.NIO, false);
    try (var rig = new Rig(config, Ticker.SYSTEM)) {
      var ladder = rig.loops.ladder();
      var accounts = new ArrayList<Account>();
      for (int i = 0; i < hogs; i++) accounts.add(rig.loops.root().open("hog " + i, budget));

      while (accounts.stream().anyMatch(hog -> takesMore(ladder, hog))) {}

      assertThat(ladder.grantedPercent()).isBetween(24, mostPercent);
      assertThat(accounts.getLast().held(Purse.DIRECT)).isGreaterThan(3 * 1024);
      var newcomer = rig.loops.root().open("newcomer", budget);
      assertThat(ladder.allowsShare(newcomer, Purse.DIRECT, 4 * 1024)).isTrue();
      assertThat(ladder.allowsConnections()).isTrue();
      accounts.forEach(Account::close);
      newcomer.close();
      Rig.await("eased", () -> ladder.rung() == 0);
    }
    toldHere = true;
  }

  @Test
  void whatIsPromisedIsNotSharedWhetherItIsTakenOrNot() {
    int quarter = 4 * BUDGET;
    try (var rig = rig(Transport.NIO, false)) {
      var root = rig.loops.root();
      var ladder = rig.loops.ladder();
      var handlers = root.open("handlers", new Budget(1, quarter));
      var newcomer = root.open("newcomer", new Budget(1, quarter));
      assertThat(root.charge(Purse.HEAP, quarter)).isTrue();
      long share = ladder.shareLeft(newcomer, Purse.HEAP);

      ladder.promise(handlers);

      long left = share - quarter / Ladder.PARTS;
      assertThat(left).isGreaterThan(Ladder.LEAST_SHARE_BYTES);
      assertThat(ladder.shareLeft(newcomer, Purse.HEAP)).isEqualTo(left);
      assertThat(handlers.charge(Purse.HEAP, quarter / 2)).isTrue();
      assertThat(ladder.shareLeft(newcomer, Purse.HEAP)).isEqualTo(left);
      handlers.close();
      root.release(Purse.HEAP, quarter);
      newcomer.close();
    }
    toldHere = true;
  }

  private static boolean takesMore(Ladder ladder, Account hog) {
    return ladder.allowsShare(hog, Purse.DIRECT, 1024) && hog.charge(Purse.DIRECT, 1024);
  }

  @Test
  void aRungIsLeftFivePointsBelowItsMark() {
    try (var rig = rig(Transport.NIO, false)) {
      var ladder = rig.loops.ladder();
      grant(rig, 85);
      Rig.await("reached", () -> ladder.rung() == 85);
      grant(rig, 80);
      assertThat(ladder.allowsConnections()).isFalse();
      assertThat(sweepsTwice(rig)).isEqualTo(85);
      grant(rig, 79);
      assertThat(ladder.allowsConnections()).isTrue();
      Rig.await("left", () -> ladder.rung() == 80);
      grant(rig, 75);
      assertThat(sweepsTwice(rig)).isEqualTo(80);
      assertThat(ladder.allowsKeepAlive()).isFalse();
      grant(rig, 64);
      Rig.await("left", () -> ladder.rung() == 0);
      assertThat(ladder.allowsGrowth()).isTrue();
      grant(rig, 0);
    }
  }

  /// The rung after the loop has looked at it again, whatever it is.
  private static int sweepsTwice(Rig rig) {
    var loop = rig.loops.loop(0);
    for (int i = 0; i < 2; i++) {
      long before = loop.lastSweepNanos();
      Rig.await("a sweep", () -> loop.lastSweepNanos() != before);
    }
    return rig.loops.ladder().rung();
  }

  @Test
  void aRungIsToldOnceAMinuteAndCountedEachTime() {
    var clock = new FakeTicker();
    var config = new LoopsConfig("test", 1, new Budget(BUDGET, 16 * BUDGET), Transport.NIO, false);
    try (var rig = new Rig(config, clock)) {
      var ladder = rig.loops.ladder();
      for (int i = 0; i < 3; i++) flap(rig);
      assertThat(Quiet.expect("Overload: rung 80")).isEqualTo(1);
      assertThat(ladder.timesReached(80)).isEqualTo(3);
      assertThat(ladder.timesReached(70)).isEqualTo(3);
      assertThat(ladder.timesReached(85)).isZero();

      clock.advance(Duration.ofSeconds(59));
      flap(rig);
      assertThat(Quiet.expect("Overload: rung 80")).isZero();
      clock.advance(Duration.ofSeconds(1));
      flap(rig);
      assertThat(Quiet.expect("Overload: rung 80")).isEqualTo(1);
      grant(rig, 70);
      Rig.await("another rung is told", () -> Quiet.expect("Overload: rung 70") == 1);
      grant(rig, 0);
    }
    toldHere = true;
  }

  private void flap(Rig rig) {
    grant(rig, 80);
    Rig.await("reached", () -> rig.loops.ladder().rung() == 80);
    grant(rig, 0);
    Rig.await("left", () -> rig.loops.ladder().rung() == 0);
  }

  @Test
  void grantedWindowsThatAreEmptyAreNotHeld() {
    try (var rig = rig(Transport.NIO, false)) {
      var ladder = rig.loops.ladder();
      grant(rig, 96);
      rig.loops.loop(0).unfilled(BUDGET / 2);

      assertThat(ladder.grantedPercent()).isEqualTo(96);
      assertThat(ladder.heldPercent()).isEqualTo(46);
      Rig.await("refuses, but cuts nobody", () -> ladder.rung() == 85);
      rig.loops.loop(0).unfilled(-BUDGET / 2);
      grant(rig, 0);
      Rig.await("eased", () -> ladder.rung() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void atNinetyTheSlowestIsCutAndAtNinetyFiveTheLargest(Transport transport) throws Exception {
    var debts = new Debts();
    try (var rig = rig(transport, false);
        var door = rig.door(Recorder::of);
        var stalled = door.call();
        var idle = door.call()) {
      var one = door.next();
      var two = door.next();
      var slowest = portOf(one) == stalled.getLocalPort() ? one : two;
      var other = slowest == one ? two : one;
      var recorder = (Recorder) Rig.on(slowest.loop(), slowest::reader);
      Rig.run(
          slowest.loop(),
          () -> {
            for (int i = 0; i < 200; i++) {
              assertThat(debts.offer(slowest, new byte[100_000])).isTrue();
            }
          });

      grant(rig, 90);

      Rig.await("the slowest is cut", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.OVERLOAD_SLOWEST));
      assertThat(other.isClosed()).isFalse();
      holdThenCutLargest(rig, other, idle);
      grant(rig, 0);
      Rig.await("eased", () -> rig.loops.ladder().rung() == 0);
      assertThat(debts.arePaid()).isTrue();
    }
  }

  @Test
  void atEightyFiveWhoHasTakenNothingForFiveSecondsMakesRoomForNewcomers() throws Exception {
    var debts = new Debts();
    try (var rig = rig(Transport.best(), false);
        var door = rig.door(Recorder::of);
        var stalled = door.call();
        var _ = door.call()) {
      var one = door.next();
      var two = door.next();
      var sleeper = portOf(one) == stalled.getLocalPort() ? one : two;
      var other = sleeper == one ? two : one;
      var recorder = (Recorder) Rig.on(sleeper.loop(), sleeper::reader);
      grant(rig, 86);
      long began = System.nanoTime();
      Rig.run(
          sleeper.loop(),
          () -> {
            for (int i = 0; i < 200; i++) {
              assertThat(debts.offer(sleeper, new byte[100_000])).isTrue();
            }
          });

      Rig.await("the sleeper is cut", recorder::isClosed);

      long took = System.nanoTime() - began;
      assertThat(took).isGreaterThanOrEqualTo(Ladder.STALLED_SECONDS * 1_000_000_000L);
      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.OVERLOAD_SLOWEST));
      assertThat(other.isClosed()).isFalse();
      grant(rig, 0);
      Rig.await("eased", () -> rig.loops.ladder().rung() == 0);
      assertThat(debts.arePaid()).isTrue();
    }
  }

  private void holdThenCutLargest(Rig rig, Connection largest, java.net.Socket peer)
      throws Exception {
    grant(rig, 79);
    Rig.await("eased", () -> rig.loops.ladder().rung() == 80);
    var holding = Rig.on(largest.loop(), () -> Recorder.holding(largest));
    Rig.run(largest.loop(), () -> largest.read(holding));
    peer.getOutputStream().write(new byte[1_000]);
    Rig.await("held", () -> holding.receivedBytes() == 1_000);

    grant(rig, 96);

    Rig.await("the largest is cut", holding::isClosed);
    assertThat(holding.closings()).containsExactly(Optional.of(CutReason.OVERLOAD_LARGEST));
    Rig.runs(largest.loop(), holding::release);
  }

  private static int portOf(Connection connection) {
    return Integer.parseInt(connection.peer().substring(connection.peer().lastIndexOf(':') + 1));
  }

  @Test
  void aDryRunSaysAndDoesNothing() throws Exception {
    try (var rig = rig(Transport.NIO, true);
        var door = rig.door(Recorder::of);
        var _ = door.call()) {
      var connection = door.next();
      grant(rig, 97);
      var ladder = rig.loops.ladder();

      Rig.await("it says so", () -> ladder.rung() == 95);

      assertThat(ladder.allowsGrowth()).isTrue();
      assertThat(ladder.allowsConnections()).isTrue();
      for (int turn = 0; turn < 20; turn++) Rig.run(connection.loop(), () -> {});
      assertThat(connection.isClosed()).isFalse();
      grant(rig, 0);
      Rig.await("eased", () -> ladder.rung() == 0);
    }
  }
}
