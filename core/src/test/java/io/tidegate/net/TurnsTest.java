package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final Duration SHORT = Duration.ofNanos(20_000);
  private static final Duration LONG = Duration.ofMillis(1);

  private final FakeTicker ticker = new FakeTicker();
  private final Turns turns = new Turns(ticker);

  private static List<Turns.Taker> takers(int count) {
    return IntStream.range(0, count).mapToObj(_ -> new Turns.Taker()).toList();
  }

  /// One batch in which all of `ready` are named and each served takes `each`; who was served.
  private List<Turns.Taker> batch(List<Turns.Taker> ready, Duration each) {
    var served = new ArrayList<Turns.Taker>();
    turns.begin();
    for (var taker : ready) {
      if (!turns.begin(taker, true)) continue;
      ticker.advance(each);
      turns.end(taker);
      served.add(taker);
    }
    return served;
  }

  @Test
  void allWhoseTurnsAreShortAreServedHoweverManyTheyAre() {
    var crowd = takers(1_000);

    for (int i = 0; i < 3; i++) assertThat(batch(crowd, SHORT)).isEqualTo(crowd);
  }

  @Test
  void ofThoseWhoseTurnsAreLongAFewAreServedInABatchAndEachOnceInARound() {
    var crowd = takers(10);
    assertThat(batch(crowd, LONG)).as("nothing is known of them").isEqualTo(crowd);

    var served = new ArrayList<Turns.Taker>();
    for (int i = 0; i < 5; i++) {
      var some = batch(crowd, LONG);
      assertThat(some).hasSize(2);
      served.addAll(some);
    }

    assertThat(served).containsExactlyElementsOf(crowd);
    assertThat(batch(crowd, LONG)).as("the next round").isNotEmpty();
  }

  @Test
  void inACrowdWhereItCostsMuchToPassOthersOverMoreAreServed() {
    var few = takers(100);
    var crowd = takers(10_000);
    var _ = batch(few, SHORT.multipliedBy(10));
    var _ = batch(few, SHORT.multipliedBy(10));
    int ofFew = batch(few, SHORT.multipliedBy(10)).size();

    var _ = batch(crowd, SHORT.multipliedBy(10));
    int ofCrowd = batch(crowd, SHORT.multipliedBy(10)).size();

    assertThat(ofFew).as("1.1 ms").isEqualTo(6);
    assertThat(ofCrowd).as("4 ms").isEqualTo(20);
  }

  @Test
  void whoIsNamedOnceAndWhoseTurnsAreShortAgainDoesNotWait() {
    var crowd = takers(10);
    var _ = batch(crowd, LONG);
    var _ = batch(crowd, LONG);
    var served = crowd.getFirst();
    turns.begin();

    assertThat(turns.begin(served, true)).as("had its turn of this round").isFalse();
    assertThat(turns.begin(served, false)).isTrue();
    ticker.advance(SHORT);
    turns.end(served);

    assertThat(turns.begin(served, true)).isTrue();
  }

  @Test
  void whoWasQuietForAWhileIsJudgedAnew() {
    var crowd = takers(10);
    var _ = batch(crowd, LONG);
    var quiet = crowd.getLast();
    for (int i = 0; i < 20; i++) {
      var _ = batch(crowd.subList(0, 9), LONG);
    }

    assertThat(batch(crowd, LONG)).contains(quiet).hasSizeLessThan(6);
  }

  @Test
  void theTimeInWhichALoopWaitedForItsFirstEventIsNobodysTurn() {
    var crowd = takers(2);
    var _ = batch(crowd, SHORT);
    ticker.advance(Duration.ofSeconds(1));

    assertThat(batch(crowd, SHORT)).isEqualTo(crowd);
    assertThat(batch(crowd, SHORT)).isEqualTo(crowd);
  }
}
