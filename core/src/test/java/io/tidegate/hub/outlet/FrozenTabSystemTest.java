package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.net.WriteLimits;
import io.tidegate.server.Answer;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A tab that its browser froze while a megabyte a second was published, and what it is told when
/// it goes on.
class FrozenTabSystemTest {
  private static final int MESSAGE_BYTES = 20_000;
  private static final int A_SECOND = 50;

  /// A quarter of a second's messages: what a page that comes back is given of the past.
  private static final TopicKind.Log SMALL =
      new TopicKind.Log(256 << 10, 100, Duration.ofMinutes(1), 64 << 10);

  private static final int RING_MESSAGES = (256 << 10) / MESSAGE_BYTES;

  private static final Duration SHORT_STALL = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofMinutes(2);

  /// A receive buffer of Linux (6 MiB at most, unless it is told otherwise) and the browser's pipe.
  private static final int MOST_TAKEN_BYTES = 7 << 20;

  /// What lay between the browser and its page when that froze, which no server can call back:
  /// mostly nothing, a message now and then.
  private static final int MOST_HANDED = 8;

  /// What a page sees, for the test: when, up to which offset, how old, how many lost.
  private static final String NOTES =
      """
      const seen = [];
      const offset = id => +id.split('-')[1];
      const message = (id, text) =>
        seen.push([Date.now(), offset(id), Date.now() - parseInt(text), 0]);
      const gap = (id, lost) => seen.push([Date.now(), offset(id), 0, lost]);
      let behindGap;
      const hasGapSince = millis =>
        (behindGap = seen.findIndex(note => note[0] >= millis && note[3] > 0)) >= 0;
      """;

  /// The browser's own way: it reconnects by itself, and names the last event that it saw.
  private static final String EVENTS =
      """
      const events = new EventSource('/events/log/feed');
      events.onmessage = e => message(e.lastEventId, e.data);
      events.addEventListener('gap', e => gap(e.lastEventId, JSON.parse(e.data).lost));
      """;

  /// A page that does not want what its browser has kept for it.
  private static final String EVENTS_AFRESH =
      """
      let events, last = '';
      function open() {
        events = new EventSource('/events/log/feed' + (last && '?resume=' + last));
        events.onmessage = e => message(last = e.lastEventId, e.data);
        events.addEventListener('gap', e =>
            gap(last = e.lastEventId, JSON.parse(e.data).lost));
      }
      document.addEventListener('resume', () => { events.close(); open(); });
      open();
      """;

  private static final String WEB_SOCKET =
      """
      let last = '';
      function open() {
        const socket = new WebSocket(
            '/ws/log/feed?ids=true' + (last && '&resume=' + last));
        socket.onmessage = e => {
          const [head, text] = e.data.split('\\n', 2);
          const [id, word, lost] = head.split(' ');
          last = id;
          if (word === 'gap') gap(id, +lost);
          else if (!word) message(id, text);
        };
        socket.onclose = () => setTimeout(open, 500);
      }
      open();
      """;

  private final Hub hub =
      Hub.open(
          HubConfig.DEFAULT.withBudget(new Budget(16 << 20, 8 << 20)).withTopic("log/*", SMALL));

  private volatile boolean isPublishing = true;

  @AfterEach
  void nothingIsOnItsWayAnyMore() {
    ServerRig.await("on its way", () -> hub.figures().leftBytes() == 0);
    assertThat(hub.figures().subscriptions()).isZero();
    hub.close();
  }

  /// A line of a page's notes.
  private record Note(long atMillis, long offset, long ageMillis, long lost) {
    static Note of(String line) {
      var numbers = Arrays.stream(line.split(",", -1)).mapToLong(Long::parseLong).toArray();
      return new Note(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    boolean isGap() {
      return lost > 0;
    }

    /// How far it leads.
    long steps() {
      return isGap() ? lost : 1;
    }
  }

  /// What a page has seen from its thaw on, until all that was published had arrived.
  ///
  /// @param freshBehind the last offset that a ring had let go when the page was thawed
  private record Sight(List<Note> notes, long freshBehind) {
    /// What its browser had taken before the server cut it, gaps of then included.
    List<Note> stale() {
      return notes.stream().takeWhile(note -> note.offset() < freshBehind).toList();
    }

    /// The rest: what came over its next connection.
    List<Note> fresh() {
      return notes.subList(stale().size(), notes.size());
    }

    long lost() {
      return notes.stream().mapToLong(Note::lost).sum();
    }

    private static String ages(List<Note> of) {
      var ages = of.stream().filter(note -> !note.isGap()).mapToLong(Note::ageMillis).toArray();
      return ages.length == 0
          ? "none"
          : "%d, up to %d ms old".formatted(ages.length, Arrays.stream(ages).max().getAsLong());
    }

    @Override
    public String toString() {
      return "%d lost; of what the browser had: %s; then: %s"
          .formatted(lost(), ages(stale()), ages(fresh()));
    }
  }

  /// Freezes a page with `script` until the server has cut it and the ring has turned, at least for
  /// `time`.
  private Sight freeze(String script, Duration stall, Duration time) throws Exception {
    var limits = WriteLimits.DEFAULT.withStall(stall);
    var page = "<!doctype html><title>feed</title><script>" + NOTES + script + "</script>";
    var routes = HubRoutes.of(hub);
    try (var rig =
            new ServerRig(
                new Budget(64L << 20, 64L << 20),
                limits,
                s ->
                    s.get("/", _ -> Answer.html(page))
                        .get("/events/{topic...}", routes.events())
                        .get("/ws/{topic...}", routes.webSocket()));
        var browser = Browser.open()) {
      var publisher = Thread.ofVirtual().start(this::publish);
      browser.visit(rig.uri("/").toString());
      browser.await("seen.length >= 20");
      browser.freeze();
      long frozenNanos = System.nanoTime();
      Eventually.await(LONGEST, () -> "cut: " + hub, () -> hub.figures().subscriptions() == 0);
      long cutNanos = System.nanoTime();
      assertThat(rig.server.loops().cuts(CutReason.WRITE_STALLED)).isOne();
      awaitPublished(head() + 2L * A_SECOND);
      LockSupport.parkNanos(frozenNanos + time.toNanos() - System.nanoTime());
      long freshBehind = head() - RING_MESSAGES;
      long thawedMillis = System.currentTimeMillis();
      browser.thaw();
      browser.await("hasGapSince(" + thawedMillis + ") && seen.length > behindGap + " + A_SECOND);
      isPublishing = false;
      publisher.join();
      browser.await("seen.at(-1)[1] == " + head());
      var notes = browser.evaluate("seen.join(';')").split(";", -1);
      var all = Arrays.stream(notes).map(Note::of).toList();
      assertAllIsAccountedFor(all);
      var seen = all.stream().filter(note -> note.atMillis() >= thawedMillis).toList();
      var sight = new Sight(seen, freshBehind);
      double seconds = (cutNanos - frozenNanos) / 1e9;
      Figures.note("frozen tab, cut after %.1f s: %s".formatted(seconds, sight));
      return sight;
    }
  }

  private void publish() {
    var filling = "x".repeat(MESSAGE_BYTES);
    long began = System.nanoTime();
    for (long i = 0; isPublishing; i++) {
      for (long due = began + i * 1_000_000_000L / A_SECOND; due > System.nanoTime(); )
        LockSupport.parkNanos(due - System.nanoTime());
      var text = System.currentTimeMillis() + " " + filling;
      assertThat(hub.publish("log/feed", Publication.text(text.getBytes(US_ASCII))).isAccepted())
          .isTrue();
    }
  }

  private long head() {
    var head = hub.head("log/feed");
    return head == null ? 0 : head.offset();
  }

  private void awaitPublished(long offset) {
    ServerRig.await("published", () -> head() >= offset);
  }

  /// Each is the next, or comes behind as many as it was told were lost.
  private static void assertAllIsAccountedFor(List<Note> all) {
    long last = all.getFirst().offset() - all.getFirst().steps();
    for (var note : all) {
      assertThat(note.offset()).as("behind %d", last).isEqualTo(last + note.steps());
      last = note.offset();
    }
  }

  /// A gap comes first, which leads past all that the ring had let go.
  private static void assertGoesOnFresh(Sight sight) {
    var gap = sight.fresh().getFirst();
    assertThat(gap.lost()).isGreaterThan(A_SECOND);
    assertThat(gap.offset()).isGreaterThanOrEqualTo(sight.freshBehind());
  }

  @Test
  void aWebSocketPageGoesOnWithAGap() throws Exception {
    var sight = freeze(WEB_SOCKET, SHORT_STALL, Duration.ZERO);

    assertThat(sight.stale()).hasSizeLessThanOrEqualTo(MOST_HANDED);
    assertGoesOnFresh(sight);
  }

  @Test
  void aPageThatOpensItsEventsAfreshGoesOnWithAGap() throws Exception {
    var sight = freeze(EVENTS_AFRESH, SHORT_STALL, Duration.ZERO);

    assertThat(sight.stale()).hasSizeLessThanOrEqualTo(MOST_HANDED);
    assertGoesOnFresh(sight);
  }

  @Test
  void aPageThatLeavesItToItsBrowserSeesWhatThatHadTakenAndThenTheGap() throws Exception {
    var sight = freeze(EVENTS, SHORT_STALL, Duration.ZERO);

    assertThat(sight.stale().size() * MESSAGE_BYTES).isLessThan(MOST_TAKEN_BYTES);
    assertGoesOnFresh(sight);
  }

  @Tag("long")
  @Test
  void soItIsForAMinuteWithTheDefaults() throws Exception {
    for (var script : List.of(WEB_SOCKET, EVENTS_AFRESH, EVENTS)) {
      isPublishing = true;

      assertGoesOnFresh(freeze(script, WriteLimits.DEFAULT.stall(), Duration.ofMinutes(1)));
    }
  }
}
