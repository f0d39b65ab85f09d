package io.tidegate.ledger;

import static io.tidegate.ledger.Purse.DIRECT;
import static io.tidegate.ledger.Purse.HEAP;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Account.Verdict.Refused;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The chunk is 1 % of 10,000: 100 bytes, fetched and kept by halves.
class CreditLineTest {
  private static final Budget ROOMY = new Budget(1_000_000, 1_000_000);

  private final Account root = Ledger.open(new Budget(10_000, 10_000));
  private final Account listener = root.open("listener", ROOMY);
  private final Account line = listener.line("loop 1");
  private final Account connection = line.open("connection", ROOMY);

  @AfterEach
  void nothingIsHeldOnceTheLineIsClosed() {
    line.close();

    assertThat(root.held(DIRECT)).isZero();
    assertThat(root.held(HEAP)).isZero();
  }

  @Test
  void aChargeFetchesHalfAChunkBeyondItself() {
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    assertThat(line.held(DIRECT)).isEqualTo(10);
    assertThat(unused()).isEqualTo(50);
    assertThat(root.held(DIRECT)).isEqualTo(60);
  }

  @Test
  void creditServesTheNextChargesWithoutTheParent() {
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    assertThat(connection.charge(DIRECT, 50)).isTrue();

    assertThat(unused()).isZero();
    assertThat(root.held(DIRECT)).isEqualTo(60);
  }

  @Test
  void whatTheCreditLacksIsFetchedAndTheRestDrawn() {
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    assertThat(connection.charge(DIRECT, 500)).isTrue();

    assertThat(unused()).isEqualTo(50);
    assertThat(root.held(DIRECT)).isEqualTo(560);
  }

  @Test
  void creditAboveAChunkGoesBackDownToHalfOfIt() {
    assertThat(connection.charge(DIRECT, 210)).isTrue();

    connection.release(DIRECT, 50);
    assertThat(unused()).isEqualTo(100);
    connection.release(DIRECT, 1);

    assertThat(unused()).isEqualTo(50);
    assertThat(root.held(DIRECT)).isEqualTo(159 + 50);
  }

  @Test
  void trimmingGivesUnusedCreditBackAndKeepsWhatIsHeld() {
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    line.trim();

    assertThat(unused()).isZero();
    assertThat(root.held(DIRECT)).isEqualTo(10);
    assertThat(line.held(DIRECT)).isEqualTo(10);
  }

  @Test
  void theLastByteOfTheParentIsGrantedThroughALine() {
    assertThat(root.charge(DIRECT, 9_900)).isTrue();

    assertThat(connection.charge(DIRECT, 60)).isTrue();
    assertThat(connection.charge(DIRECT, 40)).isTrue();

    assertThat(connection.reserve(DIRECT, 1)).isEqualTo(new Refused(root, 1));
    root.release(DIRECT, 9_900);
  }

  @Test
  void aRefusedChargeLeavesTheCreditAsItWas() {
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    assertThat(connection.charge(DIRECT, 10_000)).isFalse();

    assertThat(unused()).isEqualTo(50);
    assertThat(root.held(DIRECT)).isEqualTo(60);
  }

  @Test
  void unusedCreditIsAllThatTheRootRefusesEarly() {
    var direct = listener.open("off the loop", ROOMY);
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    assertThat(direct.reserve(DIRECT, 9_941)).isEqualTo(new Refused(root, 1));
    line.trim();

    assertThat(direct.charge(DIRECT, 9_941)).isTrue();
    direct.close();
  }

  @Test
  void aChunkIsNeverLargerThan64KiB() {
    var large = Ledger.open(new Budget(1L << 40, 1L << 40));
    var loop = large.line("loop");

    assertThat(loop.charge(HEAP, 1)).isTrue();

    assertThat(large.held(HEAP)).isEqualTo(1 + 32 * 1024);
    loop.release(HEAP, 1);
    assertThat(large.held(HEAP)).isLessThanOrEqualTo(64 * 1024);
  }

  @Test
  void aLineOfATinyAccountKeepsNoCredit() {
    var tiny = Ledger.open(new Budget(99, 99));
    var loop = tiny.line("loop");

    assertThat(loop.charge(DIRECT, 99)).isTrue();
    assertThat(loop.charge(DIRECT, 1)).isFalse();
    loop.release(DIRECT, 99);

    assertThat(tiny.held(DIRECT)).isZero();
  }

  @Test
  void aHugeReservationOnALineIsRefusedWithoutOverflow() {
    assertThat(line.reserve(DIRECT, Long.MAX_VALUE)).isInstanceOf(Refused.class);

    assertThat(root.held(DIRECT)).isZero();
  }

  @Test
  void aClosedListenerClosesItsLinesToo() {
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    listener.close();

    assertThat(connection.charge(DIRECT, 1)).isFalse();
    assertThat(line.charge(DIRECT, 1)).isFalse();
    assertThat(root.held(DIRECT)).isZero();
  }

  @Test
  void aClosedLineIgnoresReleasesAndTrims() {
    assertThat(connection.charge(DIRECT, 10)).isTrue();

    line.close();
    line.release(DIRECT, 10);
    line.trim();

    assertThat(root.held(DIRECT)).isZero();
    assertThat(line.limit(DIRECT)).isEqualTo(listener.limit(DIRECT));
  }

  private long unused() {
    return Census.of(line).direct().unused();
  }
}
