package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static final Route IN_TURN = Route.roundRobin();

  private final Routing routing = new Routing(8);
  private final List<Fake> lines = new ArrayList<>();

  /// Takes all as long as it is open.
  private static final class Fake implements Line {
    final List<String> sent = new ArrayList<>();
    boolean isOpen = true;
    long waits;

    @Override
    public boolean isOpen() {
      return isOpen;
    }

    @Override
    public long waitingBytes() {
      return waits;
    }

    @Override
    public long roundTripNanos() {
      return 0;
    }

    @Override
    public Sent send(Parcel parcel) {
      if (!isOpen) return new Sent.Closed(CutReason.PEER_GONE);
      sent.add(((Parcel.Text) parcel).text());
      return new Sent.Now();
    }

    @Override
    public void close(int code, String reason) {}

    @Override
    public void cut() {}

    @Override
    public void interrupt() {}
  }

  private void ready(int... seats) {
    for (int seat : seats) {
      var line = new Fake();
      lines.add(line);
      routing.put(seat, line);
    }
  }

  private boolean send(String text, Route route) {
    return routing.send(new Parcel.Text(text, null), route) != null;
  }

  private int taker(String text) {
    for (int i = 0; i < lines.size(); i++) if (lines.get(i).sent.contains(text)) return i;
    return -1;
  }

  @Test
  void nobodyTakesAMessageWhereNobodyIsReady() {
    assertThat(send("a", IN_TURN)).isFalse();
    assertThat(routing.broadcast(new Parcel.Text("a", null))).isZero();
  }

  @Test
  void theMembersTakeTurnsWhereverTheySit() {
    ready(1, 4, 6);

    for (int i = 0; i < 24; i++) assertThat(send("m" + i, IN_TURN)).isTrue();

    assertThat(lines).allSatisfy(line -> assertThat(line.sent).hasSizeGreaterThanOrEqualTo(3));
    assertThat(lines.stream().mapToInt(line -> line.sent.size()).sum()).isEqualTo(24);
  }

  @Test
  void whoHasLeastWaitingIsAsked() {
    ready(0, 3, 7);
    lines.get(0).waits = 50;
    lines.get(1).waits = 10;
    lines.get(2).waits = 20;

    for (int i = 0; i < 9; i++) assertThat(send("m" + i, Route.leastQueued())).isTrue();

    assertThat(lines.get(1).sent).hasSize(9);
  }

  @Test
  void aKeyKeepsItsSeatThroughRotationAndComesBackToIt() {
    ready(0, 1, 2, 3, 4, 5, 6, 7);
    var before = seatsOfKeys();

    routing.put(3, new Fake()); // a successor
    assertThat(send("sticky", Route.sticky("k"))).isTrue();
    routing.put(3, lines.get(3));
    routing.remove(5, lines.get(5));
    var without = seatsOfKeys();
    routing.put(5, lines.get(5));

    assertThat(seatsOfKeys()).isEqualTo(before);
    before.forEach((key, seat) -> {
      var now = Objects.requireNonNull(without.get(key));
      if (seat == 5) assertThat(now).isNotEqualTo(5);
      else assertThat(now).isEqualTo(seat);
    });
    assertThat(before.values()).contains(0, 1, 2, 3, 4, 5, 6, 7);
  }

  private Map<String, Integer> seatsOfKeys() {
    var seats = new HashMap<String, Integer>();
    for (int i = 0; i < 100; i++) {
      var key = "key" + i;
      lines.forEach(line -> line.sent.clear());
      assertThat(send(key, Route.sticky(key))).isTrue();
      seats.put(key, taker(key));
    }
    return seats;
  }

  @Test
  void whoIsFoundClosedIsPassedOverAndForgotten() {
    ready(0, 1);
    lines.getFirst().isOpen = false;

    for (int i = 0; i < 4; i++) assertThat(send("m" + i, IN_TURN)).isTrue();

    assertThat(routing.ready()).isEqualTo(1);
    assertThat(lines.getLast().sent).hasSize(4);
  }

  @Test
  void allThatAreReadyTakeABroadcast() {
    ready(0, 2, 5);

    assertThat(routing.broadcast(new Parcel.Text("all", null))).isEqualTo(3);
    assertThat(lines).allSatisfy(line -> assertThat(line.sent).containsExactly("all"));
  }

  @Test
  void whoHasLeftDoesNotTakeItsSuccessorAway() {
    ready(2);
    var old = lines.getFirst();
    ready(2);

    routing.remove(2, old);

    assertThat(routing.ready()).isEqualTo(1);
    assertThat(send("x", IN_TURN)).isTrue();
    assertThat(taker("x")).isEqualTo(1);
  }
}
