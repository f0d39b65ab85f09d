package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HandlerThreads.Work;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandlerPlacesTest {
  private static final int MOST = 6;

  private final Account root = Ledger.open(new Budget(1 << 20, 1 << 20));
  private final HandlerThreads threads = HandlerThreads.of(root);
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();
  private final HandlerPlaces places = new HandlerPlaces(threads, MOST, later::add);

  @AfterEach
  void end() {
    threads.close();
    root.close();
  }

  private static Work work(boolean arrives) {
    return new Work(() -> {}, () -> {}, false, arrives);
  }

  private List<HandlerPlace> take(int count, boolean arrives) {
    var taken = new ArrayList<HandlerPlace>();
    for (int i = 0; i < count; i++)
      taken.add(Objects.requireNonNull(places.tryEnter(work(arrives))));
    return taken;
  }

  private void waits(int count, boolean arrives) {
    for (int i = 0; i < count; i++) {
      assertThat(places.tryEnter(work(arrives))).isNull();
      assertThat(places.offer(work(arrives))).isTrue();
    }
  }

  /// Has each of `handlers` wait for its peer; counts who is asked.
  private static AtomicInteger stall(List<HandlerPlace> handlers) {
    var asked = new AtomicInteger();
    for (var handler : handlers) {
      var _ = handler.begin(asked::incrementAndGet, null);
    }
    return asked;
  }

  /// Waits until the grace of all who wait is over, and asks.
  private void askBehindGrace(List<HandlerPlace> handlers) {
    Eventually.await(
        Duration.ofSeconds(5),
        () -> "grace",
        () -> handlers.stream().allMatch(each -> each.graceNanos(HandlerPlaces.GRACE) <= 0));
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

    askBehindGrace(downloads);

    assertThat(slowAsked).hasValue(2);
    assertThat(downloadsAsked).hasValue(0);
  }

  @Test
  void whereOthersHaveAllPlacesNoMoreOfThemAreAskedThanMayComeIn() {
    var downloads = take(MOST, false);
    var asked = stall(downloads);
    waits(MOST, true);

    askBehindGrace(downloads);

    assertThat(asked).hasValue(MOST / 2);
  }

  @Test
  void whoeverWasAskedIsNotAskedForAnotherAndForEachWhoWaitsOneIs() {
    var downloads = take(MOST, false);
    var asked = stall(downloads);
    waits(1, false);
    askBehindGrace(downloads);
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
    askBehindGrace(echoes);
    assertThat(asked).as("of another kind").hasValue(0);

    for (var echo : echoes) assertThat(places.arrived(echo)).isTrue();
    places.ask();
    assertThat(asked).as("what it waited for may just have come").hasValue(0);
    askBehindGrace(echoes);

    assertThat(asked).hasValue(1);
  }

  @Test
  void worksOfConnectionsThatHaveOneWaitBehindTheOthersOfBothKinds() {
    var inside = take(MOST, false);
    assertThat(places.offer(new Work(() -> {}, () -> {}, true, false))).isTrue();
    assertThat(places.offer(new Work(() -> {}, () -> {}, true, true))).isTrue();
    waits(1, true);
    waits(1, false);

    var further = new ArrayList<Boolean>();
    for (int i = 0; i < 4; i++) {
      assertThat(places.leave(inside.get(i))).isTrue();
      further.add(Objects.requireNonNull(places.next()).work().further());
    }

    assertThat(further).containsExactly(false, false, true, true);
  }

  @Test
  void forOneThatWasAskedAndStaysAnotherIsAsked() {
    var downloads = take(MOST, false);
    var asked = stall(downloads);
    waits(1, false);
    askBehindGrace(downloads);
    assertThat(asked).hasValue(1);

    var again = new AtomicInteger();
    var _ = downloads.getFirst().begin(again::incrementAndGet, null);

    assertThat(again).as("is to give up at once").hasValue(1);
    assertThat(asked).as("and another with it").hasValue(2);
  }

  @Test
  void whoAsksLaterHearsOfNeedsOfAnotherKind() throws Exception {
    var slow = take(MOST / 2, true);
    var _ = take(MOST / 2, false); // none of whom waits for his peer
    waits(1, false);
    places.ask();
    var asker = Thread.startVirtualThread(later.remove());
    Eventually.await(
        Duration.ofSeconds(5), () -> "asker", () -> asker.getState() == Thread.State.WAITING);
    var asked = stall(slow);

    waits(1, true);
    places.ask();

    Eventually.await(Duration.ofSeconds(5), () -> "asked " + asked, () -> asked.get() == 1);
    asker.interrupt();
    asker.join();
  }

  @Test
  void oneIsAskedLaterWhereNoWaitHasLasted() {
    var downloads = take(MOST, false);
    waits(1, false);

    places.ask();

    assertThat(later).hasSize(1);
    var asked = stall(downloads);
    later.remove().run(); // ends once nobody is needed
    assertThat(asked).hasValue(1);
  }

  @Test
  void theOnlyPlaceIsAskedForWhoeverHasIt() {
    var one = new HandlerPlaces(threads, 1, later::add);
    var slow = Objects.requireNonNull(one.tryEnter(work(true)));
    var asked = stall(List.of(slow));
    assertThat(one.offer(work(false))).isTrue();

    Eventually.await(
        Duration.ofSeconds(5), () -> "grace", () -> slow.graceNanos(HandlerPlaces.GRACE) <= 0);
    one.ask();

    assertThat(asked).hasValue(1);
  }

  /// Looks at whom there is to be looked at, `times` times.
  private void look(int times) {
    for (int i = 0; i < times; i++) {
      long begun = System.nanoTime();
      Eventually.await(
          Duration.ofSeconds(5),
          () -> "look",
          () -> System.nanoTime() - begun > HandlerPlaces.LOOK.toNanos());
      places.ask();
    }
  }

  /// Has each of `handlers` wait for its peer, which can be looked at.
  private static void stallSeen(
      List<HandlerPlace> handlers, AtomicInteger asked, Consumer<HandlerPlace> looked) {
    for (var handler : handlers) {
      var _ = handler.begin(asked::incrementAndGet, _ -> looked.accept(handler));
    }
  }

  /// On a machine that is too slow for what is before it.
  private static boolean isGraceOver(HandlerPlace first) {
    return first.graceNanos(HandlerPlaces.GRACE) <= 0;
  }

  @Test
  void oneWhosePeerIsFoundFullTwiceIsAskedBeforeThoseWhoHaveWaitedLonger() {
    var longer = take(MOST - 1, false);
    var longerAsked = new AtomicInteger();
    var looked = new ArrayList<HandlerPlace>();
    stallSeen(longer, longerAsked, looked::add);
    var last = take(1, false);
    var lastAsked = new AtomicInteger();
    stallSeen(last, lastAsked, HandlerPlace::peerIsFull);
    waits(1, false);

    look(1);
    int early = lastAsked.get();
    look(1);

    if (isGraceOver(longer.getFirst())) return;
    assertThat(early).as("at one look").isZero();
    assertThat(looked).startsWith(longer.toArray(HandlerPlace[]::new));
    assertThat(lastAsked).hasValue(1);
    assertThat(longerAsked).hasValue(0);
  }

  @Test
  void whoIsFoundFullNowAndThenHasHisGrace() {
    var downloads = take(MOST, false);
    var asked = new AtomicInteger();
    var looks = new AtomicInteger();
    stallSeen(
        downloads,
        asked,
        handler -> {
          if (looks.incrementAndGet() / MOST % 2 == 0) handler.peerIsFull();
        });
    waits(1, false);

    look(5);

    if (!isGraceOver(downloads.getFirst())) assertThat(asked).hasValue(0);
  }

  @Test
  void noMoreAreAskedThanAreNeededWhoeverIsFull() {
    var downloads = take(MOST, false);
    var asked = new AtomicInteger();
    stallSeen(downloads, asked, HandlerPlace::peerIsFull);
    waits(2, false);

    look(3);

    assertThat(asked).hasValue(2);
  }

  @Test
  void aPeerThatIsFoundFullTooLateIsNotAsked() {
    var downloads = take(MOST, false);
    var asked = new AtomicInteger();
    stallSeen(downloads, asked, _ -> {});
    waits(1, false);
    look(1);
    downloads.getFirst().peerIsFull();
    look(1);
    places.ends(downloads.getFirst());

    downloads.getFirst().peerIsFull();

    if (!isGraceOver(downloads.get(1))) assertThat(asked).hasValue(0);
  }

  @Test
  void whosePeerHasMadeRoomAfterALongWaitIsNotLookedAtAgain() {
    var downloads = take(MOST, false);
    var asked = new AtomicInteger();
    var looked = new ArrayList<HandlerPlace>();
    stallSeen(downloads, asked, looked::add);
    look(3);
    for (var download : downloads) places.ends(download);

    stallSeen(downloads, asked, looked::add);
    waits(1, false);
    look(2);

    assertThat(looked).isEmpty();
  }

  @Test
  void shortWaitsExcuseNobody() {
    var one = take(MOST, false).getFirst();
    var looked = new ArrayList<HandlerPlace>();
    for (int i = 0; i < 3; i++) {
      var wait = one.begin(() -> {}, _ -> looked.add(one));
      if (one.graceNanos(HandlerPlaces.LOOK) <= 0) return; // a slow machine: it was none
      wait.close();
    }
    stallSeen(List.of(one), new AtomicInteger(), looked::add);
    waits(1, false);

    look(1);

    assertThat(looked).isNotEmpty();
  }

  @Test
  void aWaitForOtherThingsThanRoomExcusesNobody() {
    var one = take(MOST, false).getFirst();
    var looked = new ArrayList<HandlerPlace>();
    var body = one.begin(() -> {}, null);
    look(3);
    body.close();

    stallSeen(List.of(one), new AtomicInteger(), looked::add);
    waits(1, false);
    look(1);

    assertThat(looked).isNotEmpty();
  }
}
