package io.tidegate.ledger;

import static io.tidegate.ledger.Purse.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidegate.ledger.Census.Figures;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CensusTest {
  private static final Budget ROOMY = new Budget(50_000, 50_000);

  private final Account root = Ledger.open(new Budget(10_000, 20_000));
  private final Account listener = root.open("listener", ROOMY);
  private final Account line = listener.line("loop 1");

  @Test
  void aCensusShowsEveryAccountWithItsUnusedCredit() {
    assertThat(line.open("connection", ROOMY).charge(DIRECT, 10)).isTrue();

    var census = Census.of(root);

    assertThat(census.label()).isEqualTo("root");
    assertThat(census.of(DIRECT)).isEqualTo(new Figures(60, 10_000, 50));
    assertThat(census.heap()).isEqualTo(new Figures(0, 20_000, 0));
    var drawnLine = census.children().getFirst().children().getFirst();
    assertThat(drawnLine.line()).isTrue();
    assertThat(drawnLine.direct()).isEqualTo(new Figures(10, 50_000, 50));
    assertThat(drawnLine.children().getFirst().direct()).isEqualTo(new Figures(10, 50_000, 0));
  }

  @Test
  void aCensusPrintsOneAccountALine() {
    assertThat(line.open("connection", ROOMY).charge(DIRECT, 10)).isTrue();

    assertThat(Census.of(listener))
        .hasToString(
            """
            listener direct 60/50000 (unused 50) heap 0/50000
              loop 1 (line) direct 10/50000 (unused 50) heap 0/50000
                connection direct 10/50000 heap 0/50000
            """);
  }

  @Test
  void aCensusDoesNotChangeWithTheTree() {
    var census = Census.of(root);

    listener.close();

    assertThat(census.children()).hasSize(1);
    assertThat(Census.of(root).children()).isEmpty();
  }

  @Test
  void theLargestAreFoundThroughLinesInOrder() {
    IntStream.rangeClosed(1, 30).forEach(i -> holder(i % 2 == 0 ? line : listener, i));

    var largest = Census.largest(listener, 3, DIRECT);

    assertThat(largest)
        .extracting(Census::label)
        .containsExactly("holds 30", "holds 29", "holds 28");
    assertThat(largest).extracting(Census::children).containsOnly(List.of());
  }

  @Test
  void fewerChildrenThanAskedForAreAllShown() {
    holder(line, 5);

    assertThat(Census.largest(listener, 10, DIRECT)).hasSize(1);
    assertThatIllegalArgumentException().isThrownBy(() -> Census.largest(listener, 0, DIRECT));
  }

  @Test
  void childrenLeaveTheListInAnyOrder() {
    var children = IntStream.range(0, 5).mapToObj(i -> root.open(i, ROOMY)).toList();

    List.of(2, 4, 0, 3).forEach(i -> children.get(i).close());

    assertThat(Census.of(root).children())
        .extracting(Census::label)
        .containsExactly("1", "listener");
  }

  private static void holder(Account parent, int bytes) {
    assertThat(parent.open("holds " + bytes, ROOMY).charge(DIRECT, bytes)).isTrue();
  }
}
