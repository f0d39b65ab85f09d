package io.tidegate.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.hub.survey.Walk;
import io.tidegate.ledger.Purse;
import io.tidegate.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SurveyTest {
  private static final HubConfig CONFIG =
      HubConfig.DEFAULT
          .withTopic("log/*", TopicKind.Log.DEFAULT.withMaxMessages(10))
          .withTopic("cam/*", TopicKind.Latest.DEFAULT);

  private static void publish(HubRig rig, String topic, int messages) {
    for (int i = 0; i < messages; i++)
      assertThat(rig.hub.publish(topic, Publication.binary(new byte[4 << 10])).isAccepted())
          .isTrue();
  }

  /// However slow this machine is.
  private static Hub.Survey survey(HubRig rig, int mostTopics, int mostSubscriptions)
      throws InterruptedException {
    return rig.hub.survey(mostTopics, mostSubscriptions, HubRig.PATIENCE.toNanos());
  }

  private static Hub.TopicFigures topic(Hub.Survey survey, String name) {
    return survey.topics().stream().filter(t -> t.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void whoIsBehindIsFoundWithItsLagAndWhoKeepsUpIsNot() throws Exception {
    try (var rig = new HubRig(CONFIG)) {
      var asleep = rig.subscribe("log/a", Delivery.dropToLive(), Start.live());
      var slow = rig.subscribe("log/a", Delivery.lossless(), Start.live());
      var well = rig.subscribe("log/b", Delivery.dropToLive(), Start.live());
      publish(rig, "log/a", 9);
      publish(rig, "log/b", 2);
      var _ = slow.take(16 << 10);
      var _ = well.takeAll();

      var survey = survey(rig, 10, 10);

      assertThat(survey.isWhole()).isTrue();
      assertThat(survey.slowest()).hasSize(2).allMatch(one -> one.topic().equals("log/a"));
      var first = survey.slowest().getFirst();
      assertThat(first.delivery()).isEqualTo(Delivery.dropToLive());
      assertThat(first.lag()).isEqualTo(asleep.subscription.lag()).isPositive();
      assertThat(first.waitingBytes()).isBetween(16 << 10, 21 << 10);
      assertThat(survey.slowest().getLast().lag()).isLessThan(first.lag()).isPositive();
      assertThat(topic(survey, "log/a").greatestLag()).isEqualTo(first.lag());
      assertThat(topic(survey, "log/b").greatestLag()).isZero();
      assertThat(survey(rig, 10, 1).slowest()).hasSize(1);
    }
  }

  @Test
  void whatASleeperIsPassedOverWithIsCountedOnceItReads() throws Exception {
    try (var rig = new HubRig(CONFIG)) {
      var asleep = rig.subscribe("log/a", Delivery.dropToLive(), Start.live());
      publish(rig, "log/a", 5);
      rig.settle();
      publish(rig, "log/a", 25);

      var before = survey(rig, 10, 10);
      var _ = asleep.takeAll();
      var after = survey(rig, 10, 10);

      assertThat(before.slowest().getFirst().lag()).isEqualTo(30 - 4);
      assertThat(topic(before, "log/a").dropped()).isZero();
      assertThat(after.slowest()).isEmpty();
      assertThat(topic(after, "log/a").greatestLag()).isZero();
      assertThat(topic(after, "log/a").dropped()).isEqualTo(asleep.subscription.dropped());
      assertThat(after.figures().dropped()).isPositive();
    }
  }

  @Test
  void theBusiestTopicsComeFirstWithTheirPace() throws Exception {
    var ticker = new FakeTicker();
    try (var rig = new HubRig(CONFIG, ticker)) {
      for (int i = 0; i < 20; i++) publish(rig, "log/idle" + i, 1);
      publish(rig, "log/busy", 1);
      publish(rig, "cam/door", 1);
      ticker.advance(Duration.ofSeconds(5));
      var _ = survey(rig, 100, 0);
      publish(rig, "log/busy", 30);
      publish(rig, "cam/door", 4);
      ticker.advance(Duration.ofSeconds(2));

      var survey = survey(rig, 2, 0);

      assertThat(survey.topics())
          .extracting(Hub.TopicFigures::name)
          .containsExactly("log/busy", "cam/door");
      assertThat(survey.topics().getFirst().publishedPerSecond()).isCloseTo(15, within(1e-6));
      assertThat(survey.topics().getLast().kind()).isEqualTo(TopicKind.Latest.DEFAULT);
      assertThat(survey.figures().topics()).isEqualTo(22);
      publish(rig, "log/busy", 5);
      ticker.advance(Duration.ofMillis(100));
      assertThat(topic(survey(rig, 2, 0), "log/busy").publishedPerSecond())
          .isCloseTo(15, within(1e-6));
    }
  }

  @Test
  void manyAreLookedAtInSlicesBetweenWhichOthersRunAndSomeLeave() throws Exception {
    try (var rig = new HubRig(CONFIG)) {
      var readers = new ArrayList<HubRig.Reader>();
      for (int i = 0; i < 3 * Walk.SLICE; i++)
        readers.add(rig.subscribe("log/a", Delivery.dropToLive(), Start.live()));
      publish(rig, "log/a", 9);
      rig.settle();
      var survey = new CompletableFuture<Hub.Survey>();
      var surveyor =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  survey.complete(survey(rig, 1, 20));
                } catch (InterruptedException impossible) {
                  survey.completeExceptionally(impossible);
                }
              });
      while (!survey.isDone()) {
        var _ = rig.on(() -> leave(readers));
      }
      surveyor.join();

      assertThat(survey.get().isWhole()).isTrue();
      assertThat(survey.get().slowest()).hasSize(20);
      assertThat(survey.get().topics().getFirst().greatestLag()).isBetween(9L - 4, 9L);
      var _ =
          rig.on(() -> {
            readers.forEach(reader -> reader.outlet.close());
            return true;
          });
      assertThat(rig.hub.figures().subscriptions()).isZero();
      assertThat(rig.loops.chargedBytes(Purse.HEAP)).isZero();
    }
  }

  /// Some of the newest, some of the oldest.
  private static int leave(List<HubRig.Reader> readers) {
    if (readers.size() < 40) return 0;
    for (int i = 0; i < 10; i++) readers.removeLast().outlet.close();
    readers.removeFirst().outlet.close();
    return 11;
  }

  @Test
  void aLoopThatHasEndedIsNotWaitedFor() throws Exception {
    try (var rig = new HubRig(CONFIG)) {
      var reader = rig.subscribe("log/a", Delivery.dropToLive(), Start.live());
      var _ =
          rig.on(() -> {
            reader.outlet.close();
            return true;
          });
      rig.loops.close();

      assertThat(survey(rig, 10, 10).slowest()).isEmpty();
    }
  }
}
