package io.tidegate.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.FakeTicker;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Who gets room in a hub that is full, and what goes for it.
@ExtendWith(Balanced.class)
class RoomTest {
  private static final int DIRECT = 100 << 10;
  private static final HubConfig CONFIG =
      HubConfig.DEFAULT
          .withBudget(new Budget(DIRECT, 1 << 20))
          .withTopic("cam", new TopicKind.Latest(30 << 10))
          .withTopic("*", new TopicKind.Log(70 << 10, 1_000, Duration.ofMinutes(1), 30 << 10));

  private static Publication of(int bytes) {
    return Publication.text("x".repeat(bytes));
  }

  private static boolean publish(HubRig rig, String topic, int bytes) {
    return rig.hub.publish(topic, of(bytes)).isAccepted();
  }

  // ---- topics

  @Test
  void namesThatNobodyPublishesToAreFreeOnceTheirReadersHaveGone() {
    try (var rig = new HubRig(CONFIG.withMaxTopics(10).withMaxSubscriptions(2))) {
      for (int i = 0; i < 20; i++) {
        var reader = rig.subscribe("name" + i, Delivery.dropToLive(), Start.live());
        var _ =
            rig.on(() -> {
              reader.outlet.close();
              return true;
            });
      }

      assertThat(rig.hub.figures().topics()).isZero();
      assertThat(rig.held(Purse.HEAP)).isEqualTo(HubLoop.HEAP_BYTES);
    }
  }

  @Test
  void whoIsRefusedInATopicThatHeMadeLeavesNone() {
    try (var rig = new HubRig(CONFIG)) {
      var refused =
          rig.on(() -> rig.join(rig.outlet()).subscribe("a", Delivery.conflate(), Start.live()));

      assertThat(refused).isEqualTo(new Subscribed.Refused(Subscribed.Refusal.UNFIT_DELIVERY));
      assertThat(rig.hub.head("a")).isNull();
    }
  }

  @Test
  void whatHasAPastOutlastsItsReaders() {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("a", Delivery.dropToLive(), Start.live());
      assertThat(publish(rig, "a", 10)).isTrue();
      var before = rig.hub.head("a");
      var _ =
          rig.on(() -> {
            reader.outlet.close();
            return true;
          });

      assertThat(rig.hub.head("a")).isEqualTo(before);
    }
  }

  @Test
  void whatIsWatchedHoldsNobodysEndUp() {
    var ticker = new FakeTicker();
    var unused = Duration.ofSeconds(60);
    try (var rig = new HubRig(CONFIG.withUnusedAfter(unused), ticker)) {
      var _ = rig.subscribe("watched", Delivery.dropToLive(), Start.live());
      assertThat(publish(rig, "left", 10)).isTrue();
      ticker.advance(Duration.ofSeconds(1));
      assertThat(publish(rig, "left", 10)).isTrue();
      ticker.advance(unused.minusSeconds(1));
      rig.hub.topics().endUnused(ticker.nanos());
      assertThat(rig.hub.head("left")).isNotNull();

      ticker.advance(Duration.ofSeconds(2));
      rig.hub.topics().endUnused(ticker.nanos());

      assertThat(rig.hub.head("left")).isNull();
      assertThat(rig.hub.head("watched")).isNotNull();
    }
  }

  // ---- messages

  @Test
  void whatIsTooOldMakesRoomThoughNobodyPublishesThereAnyMore() {
    var ticker = new FakeTicker();
    try (var rig = new HubRig(CONFIG, ticker)) {
      for (var name : List.of("a", "b", "c")) {
        assertThat(publish(rig, name, 30 << 10)).isTrue();
        var _ = rig.subscribe(name, Delivery.dropToLive(), Start.live());
      }
      assertThat(publish(rig, "d", 30 << 10)).isFalse();

      ticker.advance(Duration.ofMinutes(2));

      Eventually.await(
          HubRig.PATIENCE, () -> rig.hub.figures().toString(), () -> publish(rig, "d", 30 << 10));
    }
  }

  @Test
  void aPublicationThatIsRefusedTakesNothingWithIt() {
    try (var rig = new HubRig(CONFIG)) {
      for (int i = 0; i < 10; i++) assertThat(publish(rig, "b", 100)).isTrue();
      var before = Objects.requireNonNull(rig.hub.beforeKept("b"));
      for (int i = 0; i < 2; i++) assertThat(publish(rig, "a", 30 << 10)).isTrue();
      assertThat(publish(rig, "c", 30 << 10)).isTrue();

      assertThat(rig.hub.publish("b", of(30 << 10))).isEqualTo(new Published.Full());

      assertThat(rig.hub.beforeKept("b")).isEqualTo(before);
      assertThat(before.offset()).isZero();
    }
  }

  @Test
  void onlyAsMuchGoesAsMakesRoom() {
    try (var rig = new HubRig(CONFIG)) {
      for (int i = 0; i < 2; i++) assertThat(publish(rig, "a", 30 << 10)).isTrue();
      for (int i = 0; i < 36; i++) assertThat(publish(rig, "b", 1 << 10)).isTrue();
      assertThat(rig.held(Purse.DIRECT)).isEqualTo(DIRECT);

      assertThat(publish(rig, "b", 4 << 10)).isTrue();

      assertThat(Objects.requireNonNull(rig.hub.beforeKept("b")).offset()).isEqualTo(4);
    }
  }

  @Test
  void aTopicGoesOnThoughTheHubHasNoRoomForMoreSlots() {
    var config =
        HubConfig.DEFAULT
            .withBudget(new Budget(1 << 20, 64 << 10))
            .withTopic("*", new TopicKind.Log(1 << 20, 100_000, Duration.ofMinutes(1), 1 << 10));
    try (var rig = new HubRig(config)) {
      for (int i = 0; i < 64; i++) assertThat(publish(rig, "a", 1)).isTrue();
      var account = rig.hub.account();
      long left = account.limit(Purse.HEAP) - account.held(Purse.HEAP);
      int taken = (int) left - 2 * KeptEntry.heapBytesOf(of(1));
      assertThat(account.charge(Purse.HEAP, taken)).isTrue();
      for (int i = 0; i < 200; i++) assertThat(publish(rig, "a", 1)).as("message %d", i).isTrue();

      assertThat(rig.hub.topics(1).getFirst().kept()).isBetween(50, 64);
      account.release(Purse.HEAP, taken);
    }
  }

  @Test
  void readersAreGivenWhatATopicOfAFullHubTakes() {
    try (var rig = new HubRig(CONFIG)) {
      for (int i = 0; i < 2; i++) assertThat(publish(rig, "a", 30 << 10)).isTrue();
      while (rig.held(Purse.DIRECT) + 1_024 <= DIRECT) assertThat(publish(rig, "b", 500)).isTrue();
      var reader = rig.subscribe("b", Delivery.lossless(), Start.live(), new LineFormat(true));

      for (int i = 1; i <= 100; i++) {
        assertThat(publish(rig, "b", 500)).isTrue();
        assertThat(reader.takeAll()).as("cut: %s", reader.outlet.cutReason()).hasSize(i);
      }
    }
  }

  @Test
  void whoIsLosslessAndFindsNoMemoryIsToldSo() {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("b", Delivery.lossless(), Start.live(), new LineFormat(true));
      var account = rig.hub.account();
      int bytes = KeptEntry.directBytesOf(500);
      int taken = (int) (account.limit(Purse.DIRECT) - account.held(Purse.DIRECT)) - bytes;
      assertThat(account.charge(Purse.DIRECT, taken)).isTrue();

      assertThat(publish(rig, "b", 500)).isTrue();
      rig.settle();

      assertThat(reader.outlet.cutReason()).isEqualTo(CutReason.MEMORY_REFUSED);
      account.release(Purse.DIRECT, taken);
    }
  }

  @Test
  void whoKeepsALittleAndSleepsGoesWhenOthersAreRefusedForIt() {
    try (var rig = new HubRig(CONFIG)) {
      var sleeper = rig.subscribe("cam", Delivery.latestOnly(), Start.live());
      assertThat(publish(rig, "cam", 20 << 10)).isTrue();
      rig.settle();
      assertThat(publish(rig, "cam", 10)).isTrue();
      rig.settle();
      for (int i = 0; i < 2; i++) assertThat(publish(rig, "a", 30 << 10)).isTrue();
      assertThat(rig.hub.figures().leftBytes()).isBetween(20L << 10, DIRECT / 2L);

      Eventually.await(
          HubRig.PATIENCE, () -> rig.hub.figures().toString(), () -> publish(rig, "b", 30 << 10));

      assertThat(sleeper.outlet.cutReason()).isEqualTo(CutReason.OVERLOAD_SLOWEST);
      assertThat(rig.hub.figures().cut()).isEqualTo(1);
    }
  }
}
