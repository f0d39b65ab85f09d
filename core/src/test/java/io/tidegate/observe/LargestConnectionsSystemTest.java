package io.tidegate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.observe.LargestConnections.Found;
import io.tidegate.observe.LargestConnections.Row;
import io.tidegate.testkit.Balanced;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class LargestConnectionsSystemTest {
  private static Account account(ObserveRig rig) {
    return rig.loops.root().open("census", new Budget(1 << 20, 1 << 20));
  }

  private static Found find(ObserveRig rig, Account account, int most) throws Exception {
    var found = new CompletableFuture<Found>();
    var home = rig.loops.loop(0);

    assertThat(LargestConnections.find(rig.loops, account, most, home, found::complete)).isTrue();

    return found.get(20, TimeUnit.SECONDS);
  }

  @Test
  void theLargestHoldersOfAllLoopsComeFirst() throws Exception {
    try (var rig = new ObserveRig(2);
        var account = account(rig)) {
      for (int bytes : new int[] {10, 4_000, 300, 20_000, 1, 70}) rig.client(bytes);
      ObserveRig.await("24,381 bytes held", () -> held(rig) == 24_381);

      var found = find(rig, account, 3);

      assertThat(found.connectionCount()).isEqualTo(6);
      assertThat(found.rows()).extracting(Row::heldBytes).containsExactly(20_000L, 4_000L, 300L);
      assertThat(found.rows()).extracting(Row::readBytes).containsExactly(20_000L, 4_000L, 300L);
      assertThat(found.rows()).allSatisfy(row -> assertThat(row.peer()).startsWith("127.0.0.1:"));
    }
  }

  private static long held(ObserveRig rig) {
    return rig.loops.chargedBytes(Purse.DIRECT);
  }

  @Test
  void aWalkOfManySlicesSeesEveryConnectionOnce() throws Exception {
    int count = 2 * LargestConnections.SLICE + 100;
    try (var rig = new ObserveRig(1);
        var account = account(rig)) {
      for (int i = 0; i < count; i++) rig.client(1);
      rig.awaitConnections(count);

      var found = find(rig, account, LargestConnections.MOST);

      assertThat(found.connectionCount()).isEqualTo(count);
      assertThat(found.rows()).extracting(Row::id).doesNotHaveDuplicates().hasSize(1_000);
    }
  }

  @Test
  void rowsAreChargedBeforeTheyAreKeptAndWithoutRoomNothingIsLookedAt() throws Exception {
    try (var rig = new ObserveRig(1);
        var account = rig.loops.root().open("census", new Budget(1, 100_000))) {
      var home = rig.loops.loop(0);

      assertThat(LargestConnections.find(rig.loops, account, 1_000, home, _ -> {})).isFalse();
      assertThat(account.held(Purse.HEAP)).isZero();
      var _ = find(rig, account, 100);
      assertThat(account.held(Purse.HEAP)).isEqualTo(100 * LargestConnections.ROW_BYTES);
    }
  }

  @Test
  void moreThanTheMostCannotBeAskedFor() throws Exception {
    try (var rig = new ObserveRig(1);
        var account = account(rig)) {
      var home = rig.loops.loop(0);

      assertThatThrownBy(() -> LargestConnections.find(rig.loops, account, 1_001, home, _ -> {}))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aRowsNumberFindsItsConnectionAndNoOther() throws Exception {
    try (var rig = new ObserveRig(1);
        var account = account(rig)) {
      rig.client(1);
      rig.client(2);
      ObserveRig.await("3 bytes held", () -> held(rig) == 3);
      var largest = find(rig, account, 1).rows().getFirst();
      var loop = rig.loops.loop(largest.loop());

      var _ =
          loop.run(() -> {
            var victim = loop.connection(largest.number());
            if (victim != null) victim.reset(CutReason.OPERATOR);
          });

      ObserveRig.await("1 byte held", () -> held(rig) == 1);
      var gone = new CompletableFuture<Boolean>();
      var _ = loop.run(() -> gone.complete(loop.connection(largest.number()) == null));
      assertThat(gone.get(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void onceAllConnectionsAreGoneNothingIsChargedAndNoCreditIsKept() throws Exception {
    try (var rig = new ObserveRig(2)) {
      for (int i = 0; i < 20; i++) rig.client(1_000);
      ObserveRig.await("20,000 bytes held", () -> held(rig) == 20_000);
      assertThat(rig.loops.root().held(Purse.DIRECT)).isGreaterThanOrEqualTo(20_000);

      rig.leave();

      ObserveRig.await(
          "nothing held",
          () -> rig.loops.root().held(Purse.DIRECT) == 0 && rig.loops.root().held(Purse.HEAP) == 0);
      assertThat(rig.loops.unusedCredit(Purse.HEAP)).isZero();
    }
  }
}
