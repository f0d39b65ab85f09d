package io.tidegate.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BatchTest {
  private static final HubConfig CONFIG =
      HubConfig.DEFAULT.withTopic(
          "log", new TopicKind.Log(256 << 10, 1_000, Duration.ofMinutes(1), 16 << 10));
  private static final LineFormat WHOLE = new LineFormat(true);

  /// Before anybody is served.
  private static void publish(HubRig rig, int count, int bytes) {
    var message = Publication.text("x".repeat(bytes));
    var accepted =
        rig.on(() -> {
          int sum = 0;
          for (int i = 0; i < count; i++) if (rig.hub.publish("log", message).isAccepted()) sum++;
          return sum;
        });
    assertThat(accepted).isEqualTo(count);
  }

  private static List<Long> offsets(HubRig.Reader reader) {
    return reader.takeAll().stream().map(LineFormat.Line::offset).toList();
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void smallMessagesThatFollowOneAnotherLeaveInOnePieceAndAreCountedOneByOne() {
    try (var rig = new HubRig(CONFIG)) {
      var live = rig.subscribe("log", Delivery.dropToLive(), Start.live(), WHOLE);
      var lossless = rig.subscribe("log", Delivery.lossless(), Start.live(), WHOLE);

      publish(rig, 20, 100);

      for (var reader : List.of(live, lossless)) {
        assertThat(offsets(reader)).isEqualTo(upTo(20));
        assertThat(reader.outlet.pieces()).isEqualTo(1);
        assertThat(reader.subscription.delivered()).isEqualTo(20);
      }
      assertThat(rig.hub.figures().delivered()).isEqualTo(40);
    }
  }

  @Test
  void whatIsPutTogetherIsBoundedAndChargedNoLongerThanItIsHandedOut() {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("log", Delivery.dropToLive(), Start.live(), WHOLE);
      publish(rig, 1, 100);
      assertThat(offsets(reader)).isEqualTo(upTo(1));
      long one = rig.held(Purse.DIRECT);

      publish(rig, 199, 100);
      assertThat(offsets(reader)).isEqualTo(upTo(200));

      assertThat(rig.held(Purse.DIRECT)).isBetween(200 * one - 200, 200 * one + 2 * 200);
      assertThat(reader.outlet.pieces()).isBetween(3, 5); // 22 kB, at most 16 KiB in one
    }
  }

  @Test
  void aSubscriberWithAFilterOrElsewhereIsGivenItsOwn() {
    try (var rig = new HubRig(CONFIG)) {
      var all = rig.subscribe("log", Delivery.dropToLive(), Start.live(), WHOLE);
      publish(rig, 5, 100);
      assertThat(offsets(all)).isEqualTo(upTo(5));
      var even =
          rig.on(() -> {
            var outlet = rig.outlet();
            var _ =
                rig.join(outlet, WHOLE)
                    .subscribe(
                        "log",
                        Delivery.dropToLive(),
                        Start.kept(),
                        entry -> entry.position().offset() % 2 == 0);
            return outlet;
          });

      publish(rig, 5, 100);

      assertThat(offsets(all)).isEqualTo(upTo(10));
      rig.settle();
      var seen =
          rig.on(() -> {
            while (even.take(Integer.MAX_VALUE) > 0) {}
            return LineFormat.read(even.taken());
          });
      assertThat(seen).extracting(LineFormat.Line::offset).containsExactly(2L, 4L, 6L, 8L, 10L);
    }
  }

  @Test
  void aHubWithoutRoomForABatchHandsMessagesOutOneByOne() {
    var config =
        HubConfig.DEFAULT
            .withBudget(new Budget(12 << 10, 1 << 20))
            .withTopic("log", new TopicKind.Log(8 << 10, 100, Duration.ofMinutes(1), 1 << 10));
    try (var rig = new HubRig(config)) {
      var reader = rig.subscribe("log", Delivery.dropToLive(), Start.live(), WHOLE);

      publish(rig, 10, 100);

      assertThat(offsets(reader)).isEqualTo(upTo(10));
      assertThat(reader.outlet.pieces()).isEqualTo(10);
    }
  }
}
