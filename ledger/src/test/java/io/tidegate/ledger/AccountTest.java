package io.tidegate.ledger;

import static io.tidegate.ledger.Purse.DIRECT;
import static io.tidegate.ledger.Purse.HEAP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.tidegate.ledger.Account.Verdict.Granted;
import io.tidegate.ledger.Account.Verdict.Refused;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AccountTest {
  private final Account root = Ledger.open(new Budget(100, 50));
  private final Account listener = root.open("listener", new Budget(80, 80));
  private final Account connection = listener.open("connection", new Budget(1_000, 1_000));

  @AfterEach
  void nothingIsHeldOnceTheListenerIsClosed() {
    listener.close();

    assertThat(root.held(DIRECT)).isZero();
    assertThat(root.held(HEAP)).isZero();
    assertThat(Census.of(root).children()).isEmpty();
  }

  @Test
  void aChargeIsHeldByTheAccountAndEveryAncestor() {
    assertThat(connection.charge(DIRECT, 30)).isTrue();

    assertThat(connection.held(DIRECT)).isEqualTo(30);
    assertThat(listener.held(DIRECT)).isEqualTo(30);
    assertThat(root.held(DIRECT)).isEqualTo(30);
    assertThat(root.held(HEAP)).isZero();
  }

  @Test
  void aFullParentRefusesAndTheChildKeepsNothing() {
    var verdict = connection.reserve(DIRECT, 81);

    assertThat(verdict).isEqualTo(new Refused(listener, 1));
    assertThat(connection.held(DIRECT)).isZero();
    assertThat(root.peak(DIRECT)).isZero();
  }

  @Test
  void aFullRootRefusesAndNobodyKeepsAnything() {
    var verdict = connection.reserve(HEAP, 53);

    assertThat(verdict).isEqualTo(new Refused(root, 3));
    assertThat(listener.held(HEAP)).isZero();
  }

  @Test
  void theLastByteIsGrantedAndTheNextRefused() {
    assertThat(connection.charge(DIRECT, 80)).isTrue();

    assertThat(connection.charge(DIRECT, 1)).isFalse();
    assertThat(listener.held(DIRECT)).isEqualTo(listener.limit(DIRECT));
  }

  @Test
  void aReservationOfAnySizeIsAnsweredWithoutOverflow() {
    assertThat(connection.reserve(DIRECT, Long.MAX_VALUE))
        .isEqualTo(new Refused(connection, Long.MAX_VALUE - 1_000));
  }

  @Test
  void aReleaseGivesBackOnEveryLevel() {
    assertThat(connection.charge(DIRECT, 30)).isTrue();

    connection.release(DIRECT, 10);

    assertThat(connection.held(DIRECT)).isEqualTo(20);
    assertThat(root.held(DIRECT)).isEqualTo(20);
    assertThat(root.peak(DIRECT)).isEqualTo(30);
    assertThat(connection.peak(DIRECT)).isEqualTo(30);
  }

  @Test
  void releasingMoreThanIsHeldIsABugAndChangesNothing() {
    assertThat(connection.charge(DIRECT, 5)).isTrue();

    assertThatIllegalStateException()
        .isThrownBy(() -> connection.release(DIRECT, 6))
        .withMessageContaining("connection");
    assertThat(root.held(DIRECT)).isEqualTo(5);
  }

  @Test
  void negativeBytesAreRefusedAsABug() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(connection.charge(HEAP, -1)).isTrue());
    assertThatIllegalArgumentException().isThrownBy(() -> connection.release(HEAP, -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> assertThat(connection.reserve(HEAP, -1)).isNull());
  }

  @Test
  void closingGivesBackBothPursesAndLaterCallsDoNothing() {
    assertThat(connection.charge(DIRECT, 30)).isTrue();
    assertThat(connection.charge(HEAP, 7)).isTrue();

    connection.close();
    connection.close();
    connection.release(DIRECT, 30);

    assertThat(root.held(DIRECT)).isZero();
    assertThat(root.held(HEAP)).isZero();
    assertThat(connection.isClosed()).isTrue();
    assertThat(connection.charge(DIRECT, 0)).isFalse();
    assertThat(connection.reserve(DIRECT, 3)).isEqualTo(new Refused(connection, 3));
  }

  @Test
  void closingAnAccountClosesAllBelowIt() {
    var stream = connection.open("stream", new Budget(10, 10));
    var line = connection.line("line");
    assertThat(stream.charge(DIRECT, 4)).isTrue();

    listener.close();

    assertThat(stream.isClosed()).isTrue();
    assertThat(stream.held(DIRECT)).isZero();
    assertThat(stream.charge(HEAP, 1)).isFalse();
    assertThat(line.charge(HEAP, 1)).isFalse();
    assertThat(root.held(DIRECT)).isZero();
  }

  @Test
  void theChildOfAClosedAccountIsBornClosed() {
    connection.close();

    assertThat(connection.open("late", new Budget(10, 10)).isClosed()).isTrue();
    assertThat(connection.line("late").charge(DIRECT, 0)).isFalse();
  }

  @Test
  void aClosedRootRefusesEverything() {
    var other = Ledger.open(new Budget(10, 10));
    var child = other.open("child", new Budget(10, 10));

    other.close();

    assertThat(other.charge(DIRECT, 1)).isFalse();
    assertThat(child.isClosed()).isTrue();
  }

  @Test
  void aLeaseHoldsUntilItIsClosedOnce() {
    var lease = granted(connection.reserve(DIRECT, 40));

    assertThat(lease.bytes()).isEqualTo(40);
    assertThat(lease.purse()).isEqualTo(DIRECT);
    lease.close();
    lease.close();

    assertThat(lease.bytes()).isZero();
    assertThat(root.held(DIRECT)).isZero();
  }

  @Test
  void aSplitLeaseLivesOnItsOwn() {
    var lease = granted(connection.reserve(DIRECT, 40));

    var part = lease.split(15);
    lease.close();

    assertThat(part.bytes()).isEqualTo(15);
    assertThat(root.held(DIRECT)).isEqualTo(15);
    assertThatIllegalArgumentException().isThrownBy(() -> part.split(16).close());
    assertThatIllegalStateException().isThrownBy(() -> lease.split(0).close());
  }

  @Test
  void aLeaseOfAClosedAccountGivesNothingBackTwice() {
    var lease = granted(connection.reserve(DIRECT, 40));
    var other = listener.open("other", new Budget(50, 50));
    assertThat(other.charge(DIRECT, 20)).isTrue();

    connection.close();
    lease.close();

    assertThat(root.held(DIRECT)).isEqualTo(20);
  }

  @Test
  void trimmingAnOrdinaryAccountDoesNothing() {
    assertThat(connection.charge(DIRECT, 1)).isTrue();

    connection.trim();

    assertThat(root.held(DIRECT)).isEqualTo(1);
  }

  private static Lease granted(Account.Verdict verdict) {
    return switch (verdict) {
      case Granted(var lease) -> lease;
      case Refused refused -> throw new AssertionError("refused: " + refused);
    };
  }
}
