package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ParkingTest {
  private static final long A_SECOND = 1_000_000_000;
  private static final Route IN_TURN = Route.roundRobin();

  private final Account root = Ledger.open(new Budget(1, 1_000));
  private final Parking parking = new Parking(root, 600, Duration.ofSeconds(5));
  private final Routing routing = new Routing(1);

  @AfterEach
  void nothingIsHeldAfterwards() {
    parking.close();
    assertThat(root.held(Purse.HEAP)).isZero();
    assertThat(parking.bytes()).isZero();
  }

  private Sent park(String text, long nowNanos) {
    return parking.park(new Parcel.Text(text, null), IN_TURN, nowNanos);
  }

  private static HandPool.HandLine line() {
    var pool = new HandPool(PoolConfig.of(HandPool.HERE, 1));
    pool.awaitReady(1);
    return pool.at(0);
  }

  @Test
  void whatWaitsIsChargedWithItsEntry() {
    assertThat(park("0123456789", 0)).isEqualTo(new Sent.Queued(148));
    assertThat(root.held(Purse.HEAP)).isEqualTo(148);
    assertThat(parking.count()).isEqualTo(1);
  }

  @Test
  void atItsBoundNoMoreIsTaken() {
    for (int i = 0; i < 4; i++) assertThat(park("x", 0).isTaken()).isTrue();

    assertThat(park("x", 0)).isEqualTo(new Sent.Dropped(Sent.Cause.FULL));
    assertThat(parking.dropped()).isEqualTo(1);
    assertThat(root.held(Purse.HEAP)).isEqualTo(4 * 130);
  }

  @Test
  void whatCannotBeChargedIsNotTaken() {
    assertThat(root.charge(Purse.HEAP, 900)).isTrue();

    assertThat(park("x", 0)).isEqualTo(new Sent.Dropped(Sent.Cause.MEMORY));

    root.release(Purse.HEAP, 900);
  }

  @Test
  void whatWaitsTooLongIsDropped() {
    var _ = park("old", 0);
    var _ = park("new", 3 * A_SECOND);

    assertThat(parking.expire(5 * A_SECOND)).isEqualTo(1);
    assertThat(parking.count()).isEqualTo(1);
    assertThat(parking.dropped()).isEqualTo(1);
  }

  @Test
  void whatWaitsIsSentInItsOrderOnceSomebodyIsReady() {
    var _ = park("a", 0);
    var _ = park("b", 0);
    var _ = park("c", 0);
    parking.sendBy(routing);
    assertThat(parking.count()).isEqualTo(3);
    var line = line();

    routing.put(0, line);
    parking.sendBy(routing);

    assertThat(line.sent).isEqualTo(List.of("a", "b", "c"));
    assertThat(parking.isEmpty()).isTrue();
    assertThat(parking.dropped()).isZero();
  }

  @Test
  void whereTheMemberIsFullItWaitsOnUnlessItsSenderWouldNot() {
    var line = line();
    line.waits = 2_000;
    routing.put(0, line);
    var _ = parking.park(new Parcel.Text("newest", Slow.dropNewest()), IN_TURN, 0);
    var _ = park("patient", 0);

    parking.sendBy(routing);

    assertThat(parking.count()).isEqualTo(1);
    assertThat(parking.dropped()).isEqualTo(1);
    line.waits = 0;
    parking.sendBy(routing);
    assertThat(line.sent).isEqualTo(new ArrayList<>(List.of("patient")));
  }

  @Test
  void bytesThatAreKeptAreNotTheirSendersAnyMore() {
    var mine = new byte[] {1, 2, 3};
    var kept = (Parcel.Bytes) new Parcel.Bytes(ByteBuffer.wrap(mine), null).kept();
    mine[0] = 9;

    assertThat(kept.bytes().get(0)).isEqualTo((byte) 1);
  }

  @Test
  void onceClosedItKeepsNothing() {
    var _ = park("x", 0);
    parking.close();

    assertThat(parking.isEmpty()).isTrue();
    assertThat(park("y", 0).isTaken()).isFalse();
  }
}
