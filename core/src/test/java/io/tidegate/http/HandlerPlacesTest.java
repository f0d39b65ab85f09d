package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HandlerThreads.Line;
import io.tidegate.http.HandlerThreads.Work;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Ticker;
import io.tidegate.outbound.Waits;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandlerPlacesTest {
  private static final int MOST = 6;

  private final Account root = Ledger.open(new Budget(1 << 20, 1 << 20));
  private final HandlerThreads threads = HandlerThreads.of(root);
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();
  private final FakeTicker ticker = new FakeTicker();
  private final HandlerPlaces places = new HandlerPlaces(threads, MOST, later::add, ticker);

  @AfterEach
  void end() {
    threads.close();
    root.close();
  }

  /// Of those whose asker has a thread.
  private HandlerPlaces realTimePlaces() {
    return new HandlerPlaces(threads, MOST, later::add, Ticker.SYSTEM);
  }

  private static Work work(boolean arrives) {
    return new Work(() -> {}, () -> {}, Line.FIRST, arrives);
  }

  private List<HandlerPlace> take(int count, boolean arrives) {
    return take(places, count, arrives);
  }

  private static List<HandlerPlace> take(HandlerPlaces places, int count, boolean arrives) {
    var taken = new ArrayList<HandlerPlace>();
    for (int i = 0; i < count; i++)
      taken.add(Objects.requireNonNull(places.tryEnter(work(arrives))));
    return taken;
  }

  private void waits(int count, boolean arrives) {
    waits(places, count, arrives);
  }

  private static void waits(HandlerPlaces places, int count, boolean arrives) {
    for (int i = 0; i < count; i++) {
      assertThat(places.tryEnter(work(arrives))).isNull();
      assertThat(places.offer(work(arrives))).isTrue();
    }
  }

  private void isBack(int count) {
    isBack(places, count, Line.BACK);
  }

  private static void isBack(HandlerPlaces places, int count, Line line) {
    for (int i = 0; i < count; i++)
      assertThat(places.offer(new Work(() -> {}, () -> {}, line, false))).isTrue();
  }

  /// Has each of `handlers` wait for its peer; counts who is asked.
  private static AtomicInteger stall(List<HandlerPlace> handlers) {
    var asked = new AtomicInteger();
    for (var handler : handlers) {
      var _ = handler.begin(asked::incrementAndGet, false, null);
    }
    return asked;
  }

  private void askBehindGrace() {
    ticker.advance(HandlerPlaces.GRACE);
    places.ask();
  }

  @Test
  void thoseWhoseRequestIsArrivingHaveHalfOfThePlaces() {
    var _ = take(MOST / 2, true);

    waits(1, true);

    assertThat(places.next()).isNull();
    var _ = take(MOST / 2, false);
    assertThat(places.inside()).isEqualTo(MOST);
  }

  @Test
  void whereBothKindsWaitTheyTakeTurns() {
    var inside = take(MOST, false);
    waits(3, false);
    waits(3, true);

    var kinds = new ArrayList<Boolean>();
    for (int i = 0; i < 4; i++) {
      assertThat(places.leave(inside.get(i))).isTrue();
      kinds.add(Objects.requireNonNull(places.next()).work().arrives());
    }

    assertThat(kinds.get(0)).isNotEqualTo(kinds.get(1));
    assertThat(kinds.subList(0, 2)).isEqualTo(kinds.subList(2, 4));
  }

  @Test
  void forOneWhoseShareIsFullOneOfItsKindIsAsked() {
    var slow = take(MOST / 2, true);
    var downloads = take(MOST / 2, false);
    var slowAsked = stall(slow);
    var downloadsAsked = stall(downloads);
    waits(2, true);

    askBehindGrace();

    assertThat(slowAsked).hasValue(2);
    assertThat(downloadsAsked).hasValue(0);
  }

  @Test
  void whereOthersHaveAllPlacesNoMoreOfThemAreAskedThanMayComeIn() {
    var downloads = take(MOST, false);
    var asked = stall(downloads);
    waits(MOST, true);

    askBehindGrace();

    assertThat(asked).hasValue(MOST / 2);
  }

  @Test
  void whoeverWasAskedIsNotAskedForAnotherAndForEachWhoWaitsOneIs() {
    var downloads = take(MOST, false);
    var asked = stall(downloads);
    waits(1, false);
    askBehindGrace();
    places.ask();
    assertThat(asked).hasValue(1);

    waits(1, false);
    places.ask();

    assertThat(asked).hasValue(2);
  }

  @Test
  void aWaitThatBeganBeforeAllHadArrivedCountsAmongTheOthersThenAndHasItsGraceAnew() {
    var echoes = take(MOST / 2, true);
    var asked = stall(echoes);
    var _ = take(MOST / 2, false);
    waits(1, false);
    askBehindGrace();
    assertThat(asked).as("of another kind").hasValue(0);

    for (var echo : echoes) assertThat(places.arrived(echo)).isTrue();
    places.ask();
    assertThat(asked).as("what it waited for may just have come").hasValue(0);
    askBehindGrace();

    assertThat(asked).hasValue(1);
  }

  @Test
  void worksOfConnectionsThatHaveOneWaitBehindTheOthersOfBothKinds() {
    var inside = take(MOST, false);
    assertThat(places.offer(new Work(() -> {}, () -> {}, Line.FURTHER, false))).isTrue();
    assertThat(places.offer(new Work(() -> {}, () -> {}, Line.FURTHER, true))).isTrue();
    waits(1, true);
    waits(1, false);

    var lines = new ArrayList<Line>();
    for (int i = 0; i < 4; i++) {
      assertThat(places.leave(inside.get(i))).isTrue();
      lines.add(Objects.requireNonNull(places.next()).work().line());
    }

    assertThat(lines).containsExactly(Line.FIRST, Line.FIRST, Line.FURTHER, Line.FURTHER);
  }

  @Test
  void forOneThatWasAskedAndStaysAnotherIsAsked() {
    var downloads = take(MOST, false);
    var asked = stall(downloads);
    waits(1, false);
    askBehindGrace();
    assertThat(asked).hasValue(1);

    var again = new AtomicInteger();
    var _ = downloads.getFirst().begin(again::incrementAndGet, false, null);

    assertThat(again).as("is to give up at once").hasValue(1);
    assertThat(asked).as("and another with it").hasValue(2);
  }

  @Test
  void whoAsksLaterHearsOfNeedsOfAnotherKind() throws Exception {
    var places = realTimePlaces();
    var slow = take(places, MOST / 2, true);
    var _ = take(places, MOST / 2, false); // none of whom waits for his peer
    waits(places, 1, false);
    places.ask();
    var asker = Thread.startVirtualThread(later.remove());
    Eventually.await(
        Duration.ofSeconds(5), () -> "asker", () -> asker.getState() == Thread.State.WAITING);
    var asked = stall(slow);

    waits(places, 1, true);
    places.ask();

    Eventually.await(Duration.ofSeconds(5), () -> "asked " + asked, () -> asked.get() == 1);
    asker.interrupt();
    asker.join();
  }

  @Test
  void oneIsAskedLaterWhereNoWaitHasLasted() {
    var places = realTimePlaces();
    var downloads = take(places, MOST, false);
    waits(places, 1, false);

    places.ask();

    assertThat(later).hasSize(1);
    var asked = stall(downloads);
    later.remove().run(); // ends once nobody is needed
    assertThat(asked).hasValue(1);
  }

  @Test
  void theOnlyPlaceIsAskedForWhoeverHasIt() {
    var one = new HandlerPlaces(threads, 1, later::add, ticker);
    var slow = Objects.requireNonNull(one.tryEnter(work(true)));
    var asked = stall(List.of(slow));
    assertThat(one.offer(work(false))).isTrue();

    ticker.advance(HandlerPlaces.GRACE);
    one.ask();

    assertThat(asked).hasValue(1);
  }

  @Test
  void whoLosesNothingIsAskedAtOnceAndBeforeThoseWhoHaveWaitedLonger() {
    var downloads = take(MOST - 1, false);
    var asked = stall(downloads);
    ticker.advance(HandlerPlaces.GRACE);
    var obliging = new AtomicInteger();
    var last = take(1, false).getFirst();
    var _ = last.begin(obliging::incrementAndGet, true, null);
    waits(1, false);

    places.ask();
    assertThat(obliging).hasValue(1);
    assertThat(asked).as("one for each who waits").hasValue(0);
    assertThat(places.leave(last)).isTrue();
    assertThat(places.next()).isNotNull();
    waits(1, false);
    places.ask();

    assertThat(obliging).hasValue(1);
    assertThat(asked).hasValue(1);
  }

  @Test
  void whoLosesNothingIsNotAskedWhileNobodyNeedsHisPlace() {
    var obliging = new AtomicInteger();
    var one = take(MOST, false).getFirst();
    var _ = one.begin(obliging::incrementAndGet, true, null);
    ticker.advance(HandlerPlaces.GRACE);

    places.ask();

    assertThat(obliging).hasValue(0);
  }

  @Test
  void forOneThatWasAskedAndStaysSinceHisWaitIsOverAnotherIsAsked() {
    var downloads = take(MOST, false);
    var first = new AtomicInteger();
    var wait = downloads.get(0).begin(first::incrementAndGet, true, null);
    var next = new AtomicInteger();
    var _ = downloads.get(1).begin(next::incrementAndGet, true, null);
    waits(1, false);
    places.ask();
    assertThat(first).hasValue(1);

    assertThat(next).hasValue(0);
    wait.close();
    wait.close();

    assertThat(next).hasValue(1);
  }

  @Test
  void forThoseWhoAreBackOnlyWhoLosesNothingIsAsked() {
    var downloads = take(MOST, false);
    var asked = stall(downloads.subList(1, MOST));
    isBack(1);
    askBehindGrace();
    assertThat(asked).hasValue(0);
    var obliging = new AtomicInteger();
    var _ = downloads.getFirst().begin(obliging::incrementAndGet, true, null);

    places.ask();

    assertThat(obliging).hasValue(1);
    assertThat(asked).hasValue(0);
  }

  @Test
  void whoIsBackTakesTurnsWithWhoIsNew() {
    var inside = take(MOST, false);
    waits(3, false);
    isBack(3);

    var lines = new ArrayList<Line>();
    for (int i = 0; i < 4; i++) {
      assertThat(places.leave(inside.get(i))).isTrue();
      lines.add(Objects.requireNonNull(places.next()).work().line());
    }

    assertThat(lines).containsExactly(Line.BACK, Line.FIRST, Line.BACK, Line.FIRST);
  }

  @Test
  void aPlaceThatWasLeftHearsTooLateThatItsRequestHasArrived() {
    var left = take(1, true).getFirst();
    assertThat(places.leave(left)).isFalse();

    left.arrived();

    var _ = take(MOST / 2, true);
    assertThat(places.tryEnter(work(true))).as("beyond their share").isNull();
    assertThat(places.inside()).isEqualTo(MOST / 2);
  }

  /// Looks at whom there is to be looked at, `times` times.
  private void look(int times) {
    for (int i = 0; i < times; i++) {
      ticker.advance(HandlerPlaces.LOOK);
      places.ask();
    }
  }

  /// Peers that are looked at, what they are found to be, and the handlers that were asked to
  /// leave.
  private static final class Seen {
    final List<HandlerPlace> looked = new ArrayList<>();
    final List<HandlerPlace> asked = new ArrayList<>();

    /// Has each of `handlers` wait for its peer, which is full where `isFull` says so.
    void stall(List<HandlerPlace> handlers, Predicate<HandlerPlace> isFull) {
      for (var handler : handlers) {
        var _ = begin(handler, verdict -> verdict.accept(isFull.test(handler)));
      }
    }

    Waits.Wait begin(HandlerPlace handler, Waits.Look look) {
      return handler.begin(
          () -> asked.add(handler),
          false,
          verdict -> {
            looked.add(handler);
            look.look(verdict);
          });
    }
  }

  @Test
  void oneWhosePeerIsFoundFullTwiceIsAskedBeforeThoseWhoHaveWaitedLonger() {
    var longer = take(MOST - 1, false);
    var last = take(1, false);
    var seen = new Seen();
    seen.stall(longer, _ -> false);
    seen.stall(last, _ -> true);
    waits(1, false);

    look(1);
    assertThat(seen.asked).as("at one look").isEmpty();
    assertThat(seen.looked).startsWith(longer.toArray(HandlerPlace[]::new));
    look(1);

    assertThat(seen.asked).isEqualTo(last);
  }

  @Test
  void whoIsFoundFullNowAndThenHasHisGrace() {
    var downloads = take(MOST, false);
    var seen = new Seen();
    seen.stall(downloads, _ -> (seen.looked.size() - 1) / MOST % 2 == 0);
    waits(1, false);

    look(9);

    assertThat(seen.looked).hasSize(9 * MOST);
    assertThat(seen.asked).isEmpty();
  }

  @Test
  void noMoreAreAskedThanAreNeededWhoeverIsFull() {
    var downloads = take(MOST, false);
    var seen = new Seen();
    seen.stall(downloads, _ -> true);
    waits(2, false);

    look(3);

    assertThat(seen.asked).hasSize(2);
  }

  @Test
  void noSecondLookIsAskedForBeforeTheFirstHasTold() {
    var downloads = take(MOST, false);
    var seen = new Seen();
    var untold = new ArrayList<Consumer<Boolean>>();
    for (var download : downloads) {
      var _ = seen.begin(download, untold::add);
    }
    waits(1, false);

    look(5);
    assertThat(seen.looked).isEqualTo(downloads);
    seen.stall(downloads, _ -> true); // another wait of each
    look(1);
    assertThat(seen.looked).hasSize(MOST);
    untold.forEach(verdict -> verdict.accept(true));
    look(1);

    assertThat(seen.looked).hasSize(2 * MOST);
    assertThat(seen.asked).as("of this wait one look has told").isEmpty();
  }

  @Test
  void aPeerThatIsFoundFullTooLateIsNotAsked() {
    var downloads = take(MOST, false);
    var seen = new Seen();
    var verdicts = new ArrayList<Consumer<Boolean>>();
    var wait = seen.begin(downloads.getFirst(), verdicts::add);
    waits(1, false);
    look(1);
    verdicts.removeFirst().accept(true);
    look(1);
    wait.close();

    verdicts.removeFirst().accept(true);

    assertThat(seen.asked).isEmpty();
  }

  @Test
  void whosePeerHasMadeRoomAfterALongWaitIsNotLookedAtAgain() {
    var downloads = take(MOST, false);
    var seen = new Seen();
    seen.stall(downloads, _ -> true);
    ticker.advance(HandlerPlaces.LOOK.multipliedBy(2));
    for (var download : downloads) assertThat(places.ends(download)).isFalse();

    seen.stall(downloads, _ -> true);
    waits(1, false);
    look(2);

    assertThat(seen.looked).isEmpty();
  }

  @Test
  void shortWaitsExcuseNobody() {
    var one = take(MOST, false).getFirst();
    var seen = new Seen();
    for (int i = 0; i < 3; i++) {
      try (var _ = seen.begin(one, _ -> {})) {
        ticker.advance(HandlerPlaces.LOOK);
      }
    }

    seen.stall(List.of(one), _ -> false);
    waits(1, false);
    look(1);

    assertThat(seen.looked).containsExactly(one);
  }

  @Test
  void aWaitForOtherThingsThanRoomExcusesNobody() {
    var one = take(MOST, false).getFirst();
    var seen = new Seen();
    try (var _ = one.begin(() -> {}, false, null)) {
      ticker.advance(HandlerPlaces.GRACE);
    }

    seen.stall(List.of(one), _ -> false);
    waits(1, false);
    look(1);

    assertThat(seen.looked).containsExactly(one);
  }

  // ---- the places that are kept, 2 of 16

  private final HandlerPlaces more = new HandlerPlaces(threads, 16, later::add, ticker);

  private static Work further() {
    return new Work(() -> {}, () -> {}, Line.FURTHER, false);
  }

  private List<HandlerPlace> takeAllButTheKept() {
    var taken = new ArrayList<HandlerPlace>();
    for (int i = 0; i < 14; i++) taken.add(Objects.requireNonNull(more.tryEnter(further())));
    return taken;
  }

  @Test
  void worksOfConnectionsThatHaveOneLeaveAnEighthOfThePlacesToTheOthers() {
    var streams = takeAllButTheKept();

    assertThat(more.tryEnter(further())).isNull();
    assertThat(more.offer(further())).isTrue();
    isBack(more, 1, Line.FURTHER_BACK);
    assertThat(more.next()).as("of what is kept").isNull();
    var first = take(more, 1, false).getFirst();
    assertThat(more.leave(streams.getFirst())).isTrue();
    assertThat(more.next()).as("while one of the kept is taken").isNull();
    assertThat(more.leave(first)).isTrue();

    assertThat(Objects.requireNonNull(more.next()).work().line()).isEqualTo(Line.FURTHER_BACK);
    assertThat(more.next()).isNull();
    assertThat(more.leave(streams.getLast())).isTrue();
    assertThat(Objects.requireNonNull(more.next()).work().line()).isEqualTo(Line.FURTHER);
  }

  @Test
  void whoIsBackAloneOnHisConnectionHasAnyPlaceThatIsFree() {
    var _ = takeAllButTheKept();
    isBack(more, 1, Line.FURTHER_BACK);
    isBack(more, 1, Line.BACK);

    assertThat(Objects.requireNonNull(more.next()).work().line()).isEqualTo(Line.BACK);
    assertThat(more.next()).isNull();
  }

  @Test
  void oneOfSeveralThatIsBackHasHisTurnOfTheKeptPlacesWhileOthersWaitForThem() {
    var inside = take(more, 16, false);
    waits(more, 2, false);
    isBack(more, 3, Line.FURTHER_BACK);

    var lines = new ArrayList<Line>();
    for (int i = 0; i < 4; i++) {
      assertThat(more.leave(inside.get(i))).isTrue();
      var turn = more.next();
      if (turn != null) lines.add(turn.work().line());
    }

    assertThat(lines).containsExactly(Line.FURTHER_BACK, Line.FIRST, Line.FURTHER_BACK, Line.FIRST);
    assertThat(more.leave(inside.get(4))).isTrue();
    assertThat(more.next()).as("with nobody else in line").isNull();
  }

  @Test
  void forAKeptPlaceThatIsTakenOneIsAskedThatLosesNothing() {
    var asked = new AtomicInteger();
    for (var download : takeAllButTheKept()) {
      var _ = download.begin(asked::incrementAndGet, true, null);
    }
    more.ask();
    assertThat(asked).hasValue(0);

    var first = take(more, 1, false).getFirst();
    assertThat(first.isKept).isTrue();
    more.ask();
    more.ask();

    assertThat(asked).hasValue(1);
  }

  @Test
  void forAKeptPlaceOneOfSeveralStreamsIsAskedWhosePeerIsFullAndNoneForItsTime() {
    var slow = takeAllButTheKept();
    var seen = new Seen();
    seen.stall(slow, place -> place == slow.get(5));
    var _ = take(more, 2, false);
    ticker.advance(HandlerPlaces.GRACE);
    more.ask();
    assertThat(seen.looked).hasSize(14);
    assertThat(seen.asked).isEmpty();

    ticker.advance(HandlerPlaces.LOOK);
    more.ask();

    assertThat(seen.asked).containsExactly(slow.get(5));
  }

  @Test
  void whoIsAloneOnHisConnectionIsAskedOnlyIfSomebodyWaitsAndThenAtOnce() {
    var slow = take(more, 16, false);
    var seen = new Seen();
    seen.stall(slow, place -> place == slow.get(5));
    more.ask();
    for (int i = 0; i < 2; i++) {
      ticker.advance(HandlerPlaces.LOOK);
      more.ask();
    }
    assertThat(seen.looked).hasSize(32);
    assertThat(seen.asked).as("kept places are no reason").isEmpty();

    waits(more, 1, false);
    more.ask();

    assertThat(seen.asked).containsExactly(slow.get(5));
    assertThat(seen.looked).hasSize(32);
  }

  @Test
  void whoHadBeenFullAndThenMadeRoomIsNotAsked() {
    var slow = take(more, 16, false);
    var seen = new Seen();
    var wait = seen.begin(slow.getFirst(), verdict -> verdict.accept(true));
    for (int i = 0; i < 3; i++) {
      more.ask();
      ticker.advance(HandlerPlaces.LOOK);
    }
    assertThat(seen.looked).hasSize(2);
    wait.close();
    var _ = seen.begin(slow.getFirst(), verdict -> verdict.accept(true));

    waits(more, 1, false);
    more.ask();

    assertThat(seen.asked).isEmpty();
  }

  @Test
  void whoAsksForAKeptPlaceLaterSeesWhoBeginsToWait() {
    var slow = takeAllButTheKept();
    var _ = take(more, 1, false);
    more.ask();
    assertThat(later).hasSize(1);
    var asked = new AtomicInteger();

    var _ = slow.getFirst().begin(asked::incrementAndGet, true, null);
    later.remove().run(); // ends once nobody is needed

    assertThat(asked).hasValue(1);
  }
}
