package io.tidegate.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What a subscriber hands over, where that fails half-way.
@ExtendWith(Balanced.class)
class HandedOverTest {
  private static final HubConfig CONFIG =
      HubConfig.DEFAULT
          .withMaxTopics(2)
          .withMaxSubscriptions(1)
          .withTopic("*", new TopicKind.Log(256 << 10, 1_000, Duration.ofMinutes(1), 16 << 10));

  private static final int MESSAGES = 300;
  private static final LineFormat WHOLE = new LineFormat(true);

  @Test
  void whoHasBegunToReadAMessageIsNotToldAnythingBehindIt() {
    try (var rig = new HubRig(CONFIG)) {
      var begun = rig.subscribe("log", Delivery.dropToLive(), Start.live(), WHOLE);
      var before = rig.subscribe("log", Delivery.dropToLive(), Start.live(), WHOLE);
      for (var reader : List.of(begun, before)) {
        var account = reader.outlet.account();
        int left = (int) (account.limit(Purse.DIRECT) - account.held(Purse.DIRECT));
        assertThat(account.charge(Purse.DIRECT, left)).isTrue();
        reader.outlet.own(() -> account.release(Purse.DIRECT, left));
      }
      var _ = rig.on(() -> begun.outlet.takesNow(10));

      assertThat(rig.hub.publish("log", Publication.text("x".repeat(500))).isAccepted()).isTrue();
      rig.settle();

      assertThat(begun.outlet.cutReason()).isEqualTo(CutReason.MEMORY_REFUSED);
      assertThat(begun.outlet.wasReset()).isTrue();
      assertThat(before.outlet.cutReason()).isEqualTo(CutReason.MEMORY_REFUSED);
      assertThat(before.outlet.wasReset()).isFalse();
    }
  }

  @Test
  void aFilterThatThrowsEndsItsReaderAlone() {
    try (var rig = new HubRig(CONFIG)) {
      var faulty = rig.outlet();
      var _ =
          rig.on(() ->
              rig.join(faulty)
                  .subscribe(
                      "log",
                      Delivery.dropToLive(),
                      Start.live(),
                      _ -> {
                        throw new IllegalStateException("a fault");
                      }));
      var sound = rig.subscribe("log", Delivery.dropToLive(), Start.live());

      assertThat(rig.hub.publish("log", Publication.text("x")).isAccepted()).isTrue();

      assertThat(sound.takeAll()).hasSize(1);
      assertThat(faulty.cutReason()).isEqualTo(CutReason.INTERNAL);
      assertThat(sound.outlet.cutReason()).isNull();
    }
  }

  /// Belongs to its loop.
  private static final class Looks {
    private final HubRig rig;
    private int inTurn;
    private int most;
    private int all;

    Looks(HubRig rig) {
      this.rig = rig;
    }

    boolean look() {
      all++;
      most = Math.max(most, ++inTurn);
      long until = System.nanoTime() + 100_000;
      while (System.nanoTime() < until) Thread.onSpinWait();
      return false;
    }

    /// The loop has come to others.
    void turns() {
      inTurn = 0;
      if (all < MESSAGES) rig.loop.after(0, this::turns);
    }
  }

  @Test
  void aFilterThatLooksForLongHoldsNobodyElseUp() {
    try (var rig = new HubRig(CONFIG)) {
      var looks = new Looks(rig);
      for (int i = 0; i < MESSAGES; i++)
        assertThat(rig.hub.publish("log", Publication.text("x")).isAccepted()).isTrue();
      var _ =
          rig.on(() -> {
            looks.turns();
            return rig.join(rig.outlet())
                .subscribe("log", Delivery.dropToLive(), Start.kept(), _ -> looks.look());
          });

      Eventually.await(
          HubRig.PATIENCE, () -> "all are looked at", () -> rig.on(() -> looks.all) == MESSAGES);
      assertThat(rig.on(() -> looks.most)).as("in one turn").isLessThanOrEqualTo(4);
    }
  }

  @Test
  void whoMayHaveNoMoreSubscriptionsMakesNoTopics() {
    try (var rig = new HubRig(CONFIG)) {
      var refused =
          rig.on(() -> {
            var subscriber = rig.join(rig.outlet());
            var first = subscriber.subscribe("a", Delivery.dropToLive(), Start.live());
            assertThat(first).isInstanceOf(Subscribed.Open.class);
            return subscriber.subscribe("b", Delivery.dropToLive(), Start.live());
          });

      assertThat(refused)
          .isEqualTo(new Subscribed.Refused(Subscribed.Refusal.TOO_MANY_SUBSCRIPTIONS));
      assertThat(rig.hub.head("b")).isNull();
    }
  }
}
