package io.tidegate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Credit against a model: whatever the order, none is lost and none is given twice.
class ReceiveWindowTest {
  private static final int FIRST = 16 * 1024;
  private static final int MOST = 256 * 1024;
  private static final Loops LOOPS =
      Loops.open(new LoopsConfig("window", 1, new Budget(1 << 20, 1 << 20), Transport.NIO, false));
  private static final Loop LOOP = LOOPS.loop(0);

  private final Account root = Ledger.open(new Budget(1 << 20, 1 << 20));
  private final Account account = root.open("stream", new Budget(1 << 20, 1 << 20));
  private final ReceiveWindow window = new ReceiveWindow(LOOP, account, MOST);

  @AfterAll
  static void stop() {
    LOOPS.close();
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(root.held(Purse.DIRECT)).isZero();
    assertThat(LOOP.unfilled()).isZero();
  }

  /// The peer's side: what it may send, and frames that are on their way.
  private final class Peer {
    private int credit = FIRST;
    private int coming;
    private int held;
    private long moved;

    void step(Random random) {
      switch (random.nextInt(4)) {
        case 0 -> announce(random.nextInt(credit + 1));
        case 1 -> deliver(random.nextInt(coming + 1));
        case 2 -> release(random.nextInt(held + 1));
        default -> release(held);
      }
      if (window.isDue()) credit += window.grant(() -> random.nextInt(3) > 0);
      check();
    }

    void announce(int bytes) {
      assertThat(window.announce(bytes)).isTrue();
      credit -= bytes;
      coming += bytes;
    }

    void deliver(int bytes) {
      window.delivered(bytes);
      coming -= bytes;
      held += bytes;
    }

    void release(int bytes) {
      window.released(bytes);
      held -= bytes;
      moved += bytes;
    }

    void check() {
      assertThat(window.available()).isEqualTo(credit);
      assertThat(window.outstanding()).isEqualTo(held);
      assertThat(credit + coming + held).isLessThanOrEqualTo(window.granted());
      // what has come back and was not granted again is less than half of the window
      assertThat(2 * (window.granted() - credit - coming - held)).isLessThan(window.granted() + 1);
      assertThat(account.held(Purse.DIRECT)).isEqualTo(window.granted());
      assertThat(LOOP.unfilled()).isEqualTo(window.granted() - held);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void creditIsNeitherLostNorGivenTwice(long seed) {
    var random = new Random(seed);
    assertThat(window.open(FIRST)).isTrue();
    var peer = new Peer();

    for (int i = 0; i < 20_000; i++) peer.step(random);

    assertThat(peer.moved).isGreaterThan(10_000_000);
    assertThat(window.granted()).isEqualTo(MOST);
    window.close();
    peer.release(peer.held);
  }

  @Test
  void nothingPastTheWindowIsTaken() {
    assertThat(window.open(FIRST)).isTrue();
    assertThat(window.announce(FIRST - 1)).isTrue();

    assertThat(window.announce(2)).isFalse();

    assertThat(window.announce(1)).isTrue();
    window.close();
  }

  @Test
  void moreThanWasDeliveredCannotBeReleased() {
    assertThat(window.open(FIRST)).isTrue();
    assertThat(window.announce(10)).isTrue();
    window.delivered(10);

    assertThatIllegalStateException().isThrownBy(() -> window.released(11));

    window.released(10);
    window.close();
  }

  @Test
  void itGrowsOnlyAfterFourWindowsWereTaken() {
    assertThat(window.open(FIRST)).isTrue();
    for (int i = 0; i < 8; i++) {
      assertThat(window.granted()).isEqualTo(FIRST);
      assertThat(window.announce(FIRST / 2)).isTrue();
      window.delivered(FIRST / 2);
      window.released(FIRST / 2);
      int delta = window.grant(() -> true);
      assertThat(delta).isEqualTo(i < 7 ? FIRST / 2 : FIRST / 2 + FIRST);
    }

    assertThat(window.granted()).isEqualTo(2 * FIRST);
    window.close();
  }

  @Test
  void whatIsHeldAtTheEndStaysChargedUntilItIsReleased() {
    assertThat(window.open(FIRST)).isTrue();
    assertThat(window.announce(1000)).isTrue();
    window.delivered(700);

    window.close();

    assertThat(account.held(Purse.DIRECT)).isEqualTo(700);
    assertThat(LOOP.unfilled()).isZero();
    assertThat(window.isDue()).isFalse();
    window.released(700);
  }
}
