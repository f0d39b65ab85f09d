package io.tidegate.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class HubTest {
  private static final TopicKind.Log SMALL_LOG =
      new TopicKind.Log(64 << 10, 10, Duration.ofMinutes(1), 16 << 10);
  private static final HubConfig CONFIG =
      HubConfig.DEFAULT
          .withTopic("log/*", SMALL_LOG)
          .withTopic("keyed", TopicKind.Keyed.DEFAULT)
          .withTopic("cam/*", new TopicKind.Latest(256 << 10));

  private static List<Long> offsets(List<LineFormat.Line> lines) {
    return lines.stream().map(LineFormat.Line::offset).toList();
  }

  private static Position at(Published outcome) {
    return ((Published.Accepted) outcome).at();
  }

  // ---- publishing

  @Test
  void whatCannotBePublishedIsRefusedByAValueThatSaysWhy() {
    var config =
        CONFIG
            .withMaxTopics(2)
            .withTopic(
                TopicRule.of("slow", SMALL_LOG)
                    .withPublishRate(new Rate(1, Duration.ofSeconds(7))));
    try (var rig = new HubRig(config)) {
      var hub = rig.hub;

      assertThat(hub.publish("nowhere", Publication.text("x")))
          .isEqualTo(new Published.NoSuchTopic());
      assertThat(hub.publish("log/a/b", Publication.text("x")))
          .isEqualTo(new Published.NoSuchTopic());
      assertThat(hub.publish("log/a", Publication.binary(new byte[(16 << 10) + 1])))
          .isEqualTo(new Published.TooLarge(16 << 10));
      assertThat(hub.publish("log/a", Publication.removal("k")))
          .isInstanceOf(Published.Unfit.class);
      assertThat(hub.publish("slow", Publication.text("x")).isAccepted()).isTrue();
      assertThat(hub.publish("slow", Publication.text("x")))
          .isEqualTo(new Published.RateLimited(Duration.ofSeconds(7)));
      assertThat(hub.publish("log/b", Publication.text("x")))
          .isEqualTo(new Published.TooManyTopics());
      hub.close();
      assertThat(hub.publish("log/a", Publication.text("x"))).isEqualTo(new Published.Closed());
    }
  }

  @Test
  void aFullHubRefusesAndATopicLetsItsOwnOldestGoFirst() {
    var config =
        HubConfig.DEFAULT
            .withBudget(new Budget(100 << 10, 1 << 20))
            .withTopic("*", new TopicKind.Log(70 << 10, 100, Duration.ofMinutes(1), 30 << 10));
    try (var rig = new HubRig(config)) {
      var large = Publication.binary(new byte[30 << 10]);
      for (int i = 0; i < 2; i++) assertThat(rig.hub.publish("a", large).isAccepted()).isTrue();

      assertThat(rig.hub.publish("b", large).isAccepted()).isTrue();
      assertThat(rig.hub.publish("c", large)).isEqualTo(new Published.Full());
      assertThat(rig.hub.publish("a", large).isAccepted()).isTrue();
      assertThat(rig.hub.account().held(Purse.DIRECT)).isLessThanOrEqualTo(100 << 10);
    }
  }

  @Test
  void aTopicThatNobodyUsesEndsAndGivesAllBack() {
    var ticker = new FakeTicker();
    try (var rig = new HubRig(CONFIG.withUnusedAfter(Duration.ofSeconds(60)), ticker)) {
      var first = at(rig.hub.publish("log/a", Publication.text("x")));
      var reader = rig.subscribe("log/b", Delivery.dropToLive(), Start.live());

      ticker.advance(Duration.ofSeconds(61));
      rig.hub.topics().endUnused(ticker.nanos());

      assertThat(rig.hub.head("log/a")).isNull();
      assertThat(rig.hub.head("log/b")).isNotNull();
      assertThat(at(rig.hub.publish("log/a", Publication.text("x"))).epoch())
          .isNotEqualTo(first.epoch());
      var _ =
          rig.on(() -> {
            reader.outlet.close();
            return true;
          });
      ticker.advance(Duration.ofSeconds(130));
      rig.hub.topics().endUnused(ticker.nanos());
      ticker.advance(Duration.ofSeconds(130));
      rig.hub.topics().endUnused(ticker.nanos());
      assertThat(rig.held(Purse.HEAP)).isEqualTo(HubLoop.HEAP_BYTES);
      assertThat(rig.held(Purse.DIRECT)).isZero();
    }
  }

  @Test
  void theFirstRuleForANameHolds() {
    assertThat(TopicRule.of("a/*/c", SMALL_LOG).matches("a/b/c")).isTrue();
    assertThat(TopicRule.of("a/*/c", SMALL_LOG).matches("a//c")).isFalse();
    assertThat(TopicRule.of("a/*", SMALL_LOG).matches("a/b/c")).isFalse();
    assertThat(TopicRule.of("a/**", SMALL_LOG).matches("a/b/c")).isTrue();
    assertThat(TopicRule.of("a/**", SMALL_LOG).matches("a")).isFalse();
    assertThat(TopicRule.of("a/**", SMALL_LOG).matches("a/")).isFalse();
    assertThat(TopicRule.of("a", SMALL_LOG).matches("ab")).isFalse();
    assertThat(TopicRule.of("ab", SMALL_LOG).matches("a")).isFalse();
    assertThat(TopicRule.of("**", SMALL_LOG).matches("a/b")).isTrue();
    assertThatThrownBy(() -> TopicRule.of("a*", SMALL_LOG))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TopicRule.of("**/a", SMALL_LOG))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aPositionIsReadAsItIsWrittenAndNothingElseIs() {
    var position = new Position(0xabc123L, 42);

    assertThat(position).hasToString("abc123-42");
    assertThat(Position.parse("abc123-42")).isEqualTo(position);
    for (var wrong :
        new String[] {
          "",
          "-",
          "abc123",
          "abc123-",
          "-42",
          "xyz-1",
          "a-b",
          "0-1",
          "a--1",
          "1-99999999999999999999",
          "a".repeat(40) + "-1"
        }) assertThat(Position.parse(wrong)).as(wrong).isNull();
  }

  // ---- delivering

  @Test
  void messagesAreWrittenOncePerFormatAndSharedByAll() {
    try (var rig = new HubRig(CONFIG)) {
      var readers =
          java.util.stream.IntStream.range(0, 50)
              .mapToObj(_ -> rig.subscribe("log/a", Delivery.lossless(), Start.live()))
              .toList();
      var before = rig.held(Purse.DIRECT);

      var _ = rig.hub.publish("log/a", Publication.text("x".repeat(4_000)));
      rig.settle();

      assertThat(rig.held(Purse.DIRECT) - before).isBetween(4_000L, 5_000L);
      for (var reader : readers) assertThat(offsets(reader.takeAll())).containsExactly(1L);
    }
  }

  @Test
  void whoFallsBehindIsToldExactlyHowManyItMissedAndGoesOnWithTheNewest() {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("log/a", Delivery.dropToLive(), Start.live());
      for (int i = 0; i < 100; i++) {
        var _ = rig.hub.publish("log/a", Publication.text("x".repeat(5_000)));
        rig.settle();
      }

      var lines = reader.takeAll();

      assertThat(lines.stream().filter(line -> line.kind() == 'M').map(LineFormat.Line::offset))
          .endsWith(100L);
      long lost = lines.stream().mapToLong(LineFormat.Line::lost).sum();
      assertThat(lost).isGreaterThan(80);
      assertThat(reader.subscription.dropped()).isEqualTo(lost);
      assertThat(reader.subscription.delivered() + lost).isEqualTo(100);
    }
  }

  @Test
  void aLosslessReaderThatFallsBehindIsCut() {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("log/a", Delivery.lossless(), Start.live());
      for (int i = 0; i < 100; i++) {
        var _ = rig.hub.publish("log/a", Publication.text("x".repeat(5_000)));
        rig.settle();
      }

      var _ = reader.takeAll();

      assertThat(rig.on(() -> reader.outlet.cutReason())).isEqualTo(CutReason.OUTBOUND_FULL);
      assertThat(reader.subscription.isOpen()).isFalse();
      assertThat(rig.hub.figures().cut()).isEqualTo(1);
    }
  }

  @Test
  void aSleeperHoldsACursorAndTwoFramesHoweverManyArePublished() {
    try (var rig = new HubRig(CONFIG)) {
      var sleeper = rig.subscribe("cam/1", Delivery.latestOnly(), Start.live());
      for (int i = 0; i < 50; i++) {
        var _ = rig.hub.publish("cam/1", Publication.binary(new byte[100_000]));
        rig.settle();
        assertThat(rig.held(Purse.DIRECT)).isLessThan(250_000);
      }

      assertThat(rig.hub.figures().leftBytes()).isBetween(100_000L, 120_000L);
      assertThat(offsets(sleeper.takeAll())).containsExactly(1L, 50L);
      assertThat(rig.hub.figures().leftBytes()).isZero();
    }
  }

  /// Of a publisher who fills the hub before any of them has slept for a second.
  @Test
  void sleepersWhoEachKeepAnotherPictureDoNotStopThePublisherForGood() {
    var config =
        HubConfig.DEFAULT
            .withBudget(new Budget(1 << 20, 1 << 20))
            .withTopic("cam/*", new TopicKind.Latest(256 << 10));
    var picture = Publication.binary(new byte[60_000]);
    try (var rig = new HubRig(config)) {
      var reader = rig.subscribe("cam/1", Delivery.latestOnly(), Start.live());
      do {
        var _ = rig.subscribe("cam/1", Delivery.latestOnly(), Start.live());
        var _ = reader.takeAll();
      } while (rig.hub.publish("cam/1", picture).isAccepted());

      Eventually.await(
          HubRig.PATIENCE,
          () -> rig.hub.figures().toString(),
          () -> rig.hub.publish("cam/1", picture).isAccepted());
      assertThat(rig.hub.figures().cut()).isPositive();
      assertThat(reader.subscription.isOpen()).isTrue();
    }
  }

  @Test
  void aPictureIsDeliveredWholeThoughItsRingHasLetItGo() {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("cam/1", Delivery.latestOnly(), Start.live());
      var _ = rig.hub.publish("cam/1", Publication.text("a".repeat(50_000)));
      var _ = reader.take(10);
      var _ = rig.hub.publish("cam/1", Publication.text("b".repeat(50_000)));

      var lines = reader.takeAll();

      assertThat(lines.getFirst().text()).isEqualTo("a".repeat(50_000));
      assertThat(lines.getLast().text()).isEqualTo("b".repeat(50_000));
    }
  }

  @Test
  void sampledMessagesKeepTheirDistanceAndTheLastArrives() {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("log/a", Delivery.sampled(Duration.ofMillis(100)), Start.live());
      long begun = System.nanoTime();
      for (int i = 0; i < 30; i++) {
        var _ = rig.hub.publish("log/a", Publication.text("x"));
        java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
        var _ = reader.takeAll();
      }
      double rounds = (System.nanoTime() - begun) / 1e8;

      Eventually.await(
          HubRig.PATIENCE,
          () -> "last " + reader.takeAll(),
          () -> offsets(reader.takeAll()).getLast() == 30);
      assertThat(reader.takeAll()).hasSizeLessThanOrEqualTo((int) rounds + 2);
      assertThat(reader.subscription.delivered() + reader.subscription.dropped()).isEqualTo(30);
    }
  }

  @Test
  void aReaderAtOneRoundInAWhileSeesEachOfTenThousandKeysLatest() {
    int keys = 10_000;
    int updates = 100_000;
    var config =
        HubConfig.DEFAULT.withTopic(
            new TopicRule(
                "keyed", TopicKind.Keyed.DEFAULT, new Rate(1_000_000, Duration.ofSeconds(1))));
    try (var rig = new HubRig(config)) {
      var reader =
          rig.subscribe("keyed", new Delivery.Conflate(Duration.ofMillis(200)), Start.kept());
      var latest = new java.util.HashMap<String, String>();
      for (int i = 0; i < updates; i++) {
        var key = "k" + i * 7919L % keys;
        var value = key + "=" + i;
        latest.put(key, value);
        assertThat(rig.hub.publish("keyed", Publication.text(value).withKey(key)).isAccepted())
            .isTrue();
      }
      long held = rig.held(Purse.DIRECT) + rig.held(Purse.HEAP);

      var seen = new java.util.HashMap<String, String>();
      Eventually.await(
          HubRig.PATIENCE,
          () -> "of " + keys + " seen " + seen.size(),
          () -> {
            for (var line : reader.takeAll()) seen.put(line.text().split("=", 2)[0], line.text());
            return seen.equals(latest);
          });
      assertThat(held).isLessThan(16L << 20);
      assertThat(reader.subscription.delivered()).isLessThan(updates);
      assertThat(reader.subscription.delivered() + reader.subscription.dropped())
          .isEqualTo(updates);
    }
  }

  private static void updateAll(Hub hub, int keys, int payload) {
    for (int i = 0; i < keys; i++) {
      var update = Publication.text("x".repeat(payload)).withKey("k" + i);
      assertThat(hub.publish("keyed", update).isAccepted()).isTrue();
    }
  }

  @Test
  void keysThatAreUpdatedFasterThanAReaderReadsAreAllInItsRound() {
    int keys = 300;
    for (var interval : List.of(Duration.ofHours(1), Duration.ZERO)) {
      try (var rig = new HubRig(CONFIG)) {
        updateAll(rig.hub, keys, 500);
        var reader = rig.subscribe("keyed", new Delivery.Conflate(interval), Start.kept());
        for (int i = 0; i < 5; i++) {
          var _ = reader.take(10_000);
          updateAll(rig.hub, keys, 500);
        }

        var seen = offsets(reader.takeAll());

        assertThat(seen.subList(0, keys))
            .isEqualTo(java.util.stream.LongStream.rangeClosed(1, keys).boxed().toList());
        if (interval.isZero()) assertThat(seen).endsWith(6L * keys);
        else assertThat(seen).hasSize(keys);
      }
    }
  }

  @Test
  void whoSleepsInItsRoundKeepsNoMoreThanTheRingHasRoomFor() {
    int keys = 300;
    var kind = new TopicKind.Keyed(600 << 10, keys, 10, 1 << 10);
    try (var rig = new HubRig(HubConfig.DEFAULT.withTopic("keyed", kind))) {
      updateAll(rig.hub, keys, 500);
      var sleepers = new ArrayList<HubRig.Reader>();
      for (int i = 0; i < 20; i++) {
        sleepers.add(rig.subscribe("keyed", Delivery.conflate(), Start.kept()));
        updateAll(rig.hub, keys, 500);
        rig.settle();
        assertThat(rig.hub.figures().ringBytes()).isLessThanOrEqualTo(kind.ringBytes());
      }

      for (var sleeper : sleepers) {
        var lines = sleeper.takeAll();
        assertThat(lines).extracting(LineFormat.Line::kind).containsOnly('M');
        assertThat(offsets(lines)).isSorted().endsWith(21L * keys);
        assertThat(sleeper.subscription.delivered() + sleeper.subscription.dropped())
            .isEqualTo(sleeper.subscription.published());
      }
      assertThat(rig.hub.topics(1).getFirst().kept()).isEqualTo(keys);
    }
  }

  @Test
  void whatALoopHoldsOfAHubEndsWithTheLoop() {
    try (var rig = new HubRig(CONFIG)) {
      var _ = rig.hub.publish("log/a", Publication.text("x"));
      long before = rig.held(Purse.HEAP);
      for (int i = 1; i <= 3; i++) {
        try (var others = HubRig.loops("others")) {
          var loop = others.loop(0);
          var outlet = new HandOutlet(loop, others.root(), rig.offered);
          var _ =
              loop.run(() -> {
                var _ = rig.join(outlet).subscribe("log/a");
              });
          Eventually.await(
              HubRig.PATIENCE, () -> "joined", () -> rig.hub.figures().subscriptions() == 1);
          var _ = rig.hub.publish("log/a", Publication.text("y"));
          int delivered = i;
          Eventually.await(
              HubRig.PATIENCE, () -> "seen", () -> rig.hub.figures().delivered() == delivered);
          assertThat(rig.held(Purse.HEAP)).isGreaterThan(before + HubLoop.HEAP_BYTES);
        }

        assertThat(rig.hub.figures().subscriptions()).isZero();
        assertThat(rig.hub.figures().delivered()).isEqualTo(i);
        assertThat(rig.hub.topics(1).getFirst().delivered()).isEqualTo(i);
        before += KeptEntry.heapBytesOf(Publication.text("y")) + KeptEntry.Made.HEAP_BYTES;
        assertThat(rig.held(Purse.HEAP)).isEqualTo(before);
      }
    }
  }

  @Test
  void whoWasAwayWhenAKeyWasForgottenIsTold() {
    var kind = new TopicKind.Keyed(64 << 10, 100, 2, 1 << 10);
    try (var rig = new HubRig(HubConfig.DEFAULT.withTopic("keyed", kind))) {
      for (int i = 0; i < 5; i++) {
        var _ = rig.hub.publish("keyed", Publication.text("v").withKey("k" + i));
      }
      var seen = Objects.requireNonNull(rig.hub.head("keyed"));
      for (int i = 0; i < 3; i++) {
        var _ = rig.hub.publish("keyed", Publication.removal("k" + i));
      }

      var lines = rig.subscribe("keyed", Delivery.conflate(), Start.after(seen)).takeAll();

      assertThat(lines).extracting(LineFormat.Line::kind).containsExactly('G', 'R', 'R');
      assertThat(lines.getFirst().text()).isEqualTo("AWAY");
      assertThat(lines.getFirst().lost()).isEqualTo(1);
    }
  }

  @Test
  void aShortMessageDoesNotWaitForThePicturesOfOthers() {
    int picture = 160_000;
    try (var rig = new HubRig(CONFIG)) {
      var viewers = new ArrayList<HubRig.Reader>();
      for (int i = 0; i < 50; i++)
        viewers.add(rig.subscribe("cam/1", Delivery.latestOnly(), Start.live()));
      var chat = rig.subscribe("log/a", Delivery.lossless(), Start.live());
      var _ = rig.hub.publish("cam/1", Publication.binary(new byte[picture]));
      for (var viewer : viewers) {
        var _ = viewer.takeAll();
      }
      long before = rig.offered.get();

      var _ =
          rig.on(() -> {
            var _ = rig.hub.publish("cam/1", Publication.binary(new byte[picture]));
            return rig.hub.publish("log/a", Publication.text("hello"));
          });
      assertThat(chat.takeAll()).hasSize(1);
      for (var viewer : viewers) assertThat(viewer.takeAll()).hasSize(2);

      long ahead = rig.on(() -> chat.outlet.offeredBefore()) - before;
      assertThat(ahead).isLessThan(CONFIG.turnBytes() + picture + 1_000L);
    }
  }

  // ---- resuming

  @Test
  void whoComesBackGoesOnBehindTheLastThatItSaw() {
    try (var rig = new HubRig(CONFIG)) {
      var positions = new ArrayList<Position>();
      for (int i = 0; i < 15; i++)
        positions.add(at(rig.hub.publish("log/a", Publication.text("m" + i))));

      var inside = rig.subscribe("log/a", Delivery.dropToLive(), Start.after(positions.get(11)));
      var outside = rig.subscribe("log/a", Delivery.dropToLive(), Start.after(positions.get(1)));
      var stranger = rig.subscribe("log/a", Delivery.dropToLive(), Start.after(new Position(7, 3)));

      assertThat(offsets(inside.takeAll())).containsExactly(13L, 14L, 15L);
      var late = outside.takeAll();
      assertThat(late.getFirst()).isEqualTo(new LineFormat.Line('G', 5, 3, "AWAY"));
      assertThat(late).hasSize(11);
      assertThat(stranger.takeAll().getFirst())
          .isEqualTo(new LineFormat.Line('G', 5, 0, "UNKNOWN_POSITION"));
    }
  }

  // ---- bounds

  @Test
  void aConnectionHasAsManySubscriptionsAsItMay() {
    try (var rig = new HubRig(CONFIG.withMaxSubscriptions(2))) {
      var refusals =
          rig.on(() -> {
            var outlet = rig.outlet();
            var subscriber = rig.join(outlet, new LineFormat(false));
            var all =
                List.of(
                    subscriber.subscribe("log/a"),
                    subscriber.subscribe("log/a"),
                    subscriber.subscribe("log/b"),
                    subscriber.subscribe("log/c"),
                    subscriber.subscribe("nowhere"));
            outlet.close();
            return all;
          });

      assertThat(refusals.get(1))
          .isEqualTo(new Subscribed.Refused(Subscribed.Refusal.ALREADY_SUBSCRIBED));
      assertThat(refusals.get(3))
          .isEqualTo(new Subscribed.Refused(Subscribed.Refusal.TOO_MANY_SUBSCRIPTIONS));
      assertThat(refusals.get(4))
          .isEqualTo(new Subscribed.Refused(Subscribed.Refusal.NO_SUCH_TOPIC));
    }
  }

  @Test
  void aPeerThatLetsRepliesPileUpIsCut() {
    try (var rig = new HubRig(CONFIG.withControlBytes(1_000))) {
      var cut =
          rig.on(() -> {
            var outlet = rig.outlet();
            var subscriber = rig.join(outlet, new LineFormat(false));
            assertThat(subscriber.tell(new byte[900])).isTrue();
            assertThat(subscriber.tell(new byte[101])).isFalse();
            return outlet.cutReason();
          });

      assertThat(cut).isEqualTo(CutReason.OUTBOUND_FULL);
    }
  }

  @Test
  void aListenerHearsOfTheFirstWatcherAndTheLast() {
    var heard = new CopyOnWriteArrayList<String>();
    try (var rig = new HubRig(CONFIG)) {
      rig.hub.listen(
          new Hub.Listener() {
            @Override
            public void firstSubscriber(String topic) {
              heard.add("first " + topic);
            }

            @Override
            public void lastSubscriber(String topic) {
              heard.add("last " + topic);
            }
          });

      var one = rig.subscribe("cam/1", Delivery.latestOnly(), Start.live());
      var two = rig.subscribe("cam/1", Delivery.latestOnly(), Start.live());
      Eventually.await(HubRig.PATIENCE, heard::toString, () -> heard.size() == 1);
      var _ =
          rig.on(() -> {
            one.outlet.close();
            two.outlet.close();
            return true;
          });

      Eventually.await(HubRig.PATIENCE, heard::toString, () -> heard.size() == 2);
      assertThat(heard).containsExactly("first cam/1", "last cam/1");
    }
  }
}
