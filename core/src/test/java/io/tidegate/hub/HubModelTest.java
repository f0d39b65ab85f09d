package io.tidegate.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.FakeTicker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random publishing, subscribing, stalling, resuming and leaving against a reference that keeps
/// everything.
class HubModelTest {
  private static final int SEEDS = 30;
  private static final int STEPS = 400;
  private static final int MOST_KEYS = 12;
  private static final Duration UNUSED = Duration.ofMinutes(1);
  private static final HubConfig CONFIG =
      HubConfig.DEFAULT
          .withBudget(new Budget(4 << 20, 4 << 20))
          .withUnusedAfter(UNUSED)
          .withTopic("log", new TopicKind.Log(32 << 10, 20, Duration.ofHours(1), 8 << 10))
          .withTopic("keyed", new TopicKind.Keyed(64 << 10, MOST_KEYS, 3, 8 << 10))
          .withTopic("latest", new TopicKind.Latest(8 << 10));

  @Test
  void whatIsPublishedIsDeliveredOrDroppedWhateverReadersDo() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      var ticker = new FakeTicker();
      try (var rig = new HubRig(CONFIG, ticker)) {
        var trial = new Trial(rig, new Random(seed), seed);

        for (int i = 0; i < STEPS; i++) trial.step();
        trial.finish();

        ticker.advance(UNUSED.plusSeconds(1));
        rig.hub.topics().endUnused(ticker.nanos());
        assertThat(rig.held(Purse.DIRECT)).as("seed %d, direct", seed).isZero();
        assertThat(rig.held(Purse.HEAP)).as("seed %d, heap", seed).isEqualTo(HubLoop.HEAP_BYTES);
        assertThat(rig.hub.figures().leftBytes()).isZero();
      }
    }
  }

  /// What a topic was told.
  private static final class Told {
    final Map<Long, Publication> byOffset = new HashMap<>();
    final LinkedHashMap<String, Long> values = new LinkedHashMap<>();
    @Nullable Position head;

    Publication at(long offset) {
      return Objects.requireNonNull(byOffset.get(offset));
    }

    long last() {
      return head == null ? 0 : head.offset();
    }

    void accepted(Position at, Publication publication) {
      head = at;
      byOffset.put(at.offset(), publication);
      var key = publication.key();
      if (key == null) return;
      values.remove(key);
      if (publication.form() == Publication.Form.REMOVAL) return;
      values.put(key, at.offset());
      if (values.size() > MOST_KEYS) values.remove(values.firstEntry().getKey());
    }
  }

  /// One reader of the trial.
  private record Followed(
      HubRig.Reader reader, String topic, Delivery delivery, Start start, long headAtStart) {}

  private static final class Trial {
    private final HubRig rig;
    private final Random random;
    private final int seed;
    private final Map<String, Told> told =
        Map.of("log", new Told(), "keyed", new Told(), "latest", new Told());
    private final WireFormat[] formats = {new LineFormat(false), new LineFormat(true)};
    private final List<Followed> open = new ArrayList<>();
    private final List<Position> left = new ArrayList<>();

    Trial(HubRig rig, Random random, int seed) {
      this.rig = rig;
      this.random = random;
      this.seed = seed;
    }

    void step() {
      int dice = random.nextInt(100);
      if (dice < 60) publish();
      else if (dice < 70) subscribe();
      else if (dice < 95) take();
      else leave();
    }

    private Told told(String topic) {
      return Objects.requireNonNull(told.get(topic));
    }

    private String topic() {
      return List.of("log", "keyed", "latest").get(random.nextInt(3));
    }

    private void publish() {
      var topic = topic();
      var publication = publication(topic.equals("keyed"));
      var outcome = rig.hub.publish(topic, publication);
      assertThat(outcome).as("seed %d", seed).isInstanceOf(Published.Accepted.class);
      told(topic).accepted(((Published.Accepted) outcome).at(), publication);
    }

    private Publication publication(boolean keyed) {
      var key = "k" + random.nextInt(20);
      if (keyed && random.nextInt(8) == 0) return Publication.removal(key);
      boolean large = !keyed && random.nextInt(4) == 0;
      int length = large ? 1_000 + random.nextInt(5_000) : random.nextInt(300);
      var text = Integer.toString(random.nextInt(1_000_000)).repeat(length / 6 + 1);
      var publication = Publication.text(text.substring(0, Math.min(length, text.length())));
      return keyed ? publication.withKey(key) : publication;
    }

    private void subscribe() {
      var topic = topic();
      var delivery = delivery(topic);
      var start = start();
      var format = formats[random.nextInt(formats.length)];
      var before = rig.hub.head(topic);
      var reader = rig.subscribe(topic, delivery, start, format);
      open.add(new Followed(reader, topic, delivery, start, before == null ? 0 : before.offset()));
    }

    private Delivery delivery(String topic) {
      var choices =
          topic.equals("keyed")
              ? List.of(Delivery.conflate(), Delivery.conflate(), Delivery.latestOnly())
              : List.of(Delivery.lossless(), Delivery.dropToLive(), Delivery.latestOnly());
      return choices.get(random.nextInt(choices.size()));
    }

    private Start start() {
      return switch (random.nextInt(4)) {
        case 0 -> Start.live();
        case 1 -> Start.kept();
        case 2 -> Start.after(Position.UNKNOWN);
        default ->
            left.isEmpty() ? Start.live() : Start.after(left.get(random.nextInt(left.size())));
      };
    }

    private void take() {
      if (open.isEmpty()) return;
      var one = open.get(random.nextInt(open.size()));
      var _ = one.reader().take(random.nextInt(20_000));
    }

    private void leave() {
      if (open.isEmpty()) return;
      var one = open.remove(random.nextInt(open.size()));
      left.add(one.reader().subscription.position());
      check(one);
      var _ =
          rig.on(() -> {
            one.reader().outlet.close();
            return true;
          });
    }

    void finish() {
      for (var one : open) {
        var lines = one.reader().takeAll();
        var subscription = one.reader().subscription;
        check(one);
        if (!subscription.isOpen()) continue;
        assertThat(subscription.lag()).as(about(one)).isZero();
        assertThat(messages(lines)).as(about(one)).hasSize((int) subscription.delivered());
        if (one.topic().equals("keyed") && one.delivery() instanceof Delivery.Conflate)
          seesEveryKey(one, lines);
        if (one.topic().equals("latest") && !messages(lines).isEmpty())
          assertThat(messages(lines).getLast().offset())
              .as(about(one))
              .isEqualTo(told(one.topic()).last());
      }
      for (var one : open) {
        var _ =
            rig.on(() -> {
              one.reader().outlet.close();
              return true;
            });
      }
      rig.settle();
    }

    private String about(Followed one) {
      return "seed %d, %s, %s, %s".formatted(seed, one.topic(), one.delivery(), one.start());
    }

    private static List<LineFormat.Line> messages(List<LineFormat.Line> lines) {
      return lines.stream().filter(line -> line.kind() != 'G').toList();
    }

    private void check(Followed one) {
      var subscription = one.reader().subscription;
      rig.settle();
      assertThat(subscription.published())
          .as(about(one))
          .isEqualTo(
              subscription.delivered()
                  + subscription.dropped()
                  + subscription.withheld()
                  + subscription.lag());
      var cut = one.reader().outlet.cutReason();
      if (one.delivery() instanceof Delivery.Lossless)
        assertThat(cut).as(about(one)).isIn(null, CutReason.OUTBOUND_FULL);
      else assertThat(cut).as(about(one)).isNull();
      var lines = rig.on(() -> LineFormat.read(one.reader().outlet.taken()));
      areTrue(one, lines);
      leaveNoHole(one, lines);
    }

    private void areTrue(Followed one, List<LineFormat.Line> lines) {
      long last = 0;
      for (var line : messages(lines)) {
        assertThat(line.offset()).as(about(one)).isGreaterThan(last);
        last = line.offset();
        var said = told(one.topic()).at(last);
        var expected =
            line.kind() == 'R' ? said.key() : new String(said.bytes(), StandardCharsets.UTF_8);
        assertThat(line.text()).as(about(one)).isEqualTo(expected);
      }
    }

    /// What follows in order follows without a hole, but for those that were told.
    private void leaveNoHole(Followed one, List<LineFormat.Line> lines) {
      boolean inOrder =
          one.delivery() instanceof Delivery.Lossless
              || one.delivery() instanceof Delivery.DropToLive;
      if (!inOrder) return;
      long next =
          switch (one.start()) {
            case Start.Live _ -> one.headAtStart() + 1;
            case Start.Kept _ -> -1;
            case Start.After(var from) -> isOf(from, one.topic()) ? from.offset() + 1 : -1;
          };
      for (var line : lines) {
        if (line.kind() == 'G') {
          if (next >= 0) next += line.lost();
          if (next >= 0) assertThat(line.offset()).as(about(one)).isEqualTo(next - 1);
        } else {
          if (next >= 0) assertThat(line.offset()).as(about(one)).isEqualTo(next);
          next = line.offset() + 1;
        }
      }
    }

    private boolean isOf(Position position, String topic) {
      var head = told(topic).head;
      return head != null && head.epoch() == position.epoch();
    }

    private void seesEveryKey(Followed one, List<LineFormat.Line> lines) {
      var seen = new HashMap<String, Long>();
      for (var line : messages(lines)) {
        var key = told("keyed").at(line.offset()).key();
        seen.put(key, line.offset());
      }
      boolean fromStart = one.start() instanceof Start.Kept;
      told("keyed")
          .values
          .forEach((key, offset) -> {
            if (fromStart || seen.containsKey(key))
              assertThat(seen.get(key)).as(about(one) + " " + key).isEqualTo(offset);
          });
    }
  }
}
