package io.tidegate.proof.sleepers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BookTest {
  private final Book book = new Book(_ -> {});

  @Test
  void messagesAndToldLossesAddUpToWhatWasPublishedOverAllConnections() {
    book.opened("e-7");
    book.message("e-8", 0);
    book.gap("e-10", 2, true);
    book.message("e-11", 0);
    book.opened("e-11");
    book.gap("e-20", 9, false);

    assertThat(book.addsUp()).isTrue();
    assertThat(book.published()).isEqualTo(13);
    assertThat(book.received()).isEqualTo(2);
    assertThat(book.lost()).isEqualTo(11);
    assertThat(book.behind()).isEqualTo(1);
    assertThat(book.position()).isEqualTo("e-20");
  }

  @Test
  void aSilentLossIsAFault() {
    book.opened("e-7");
    book.message("e-9", 0);

    assertThat(book.addsUp()).isFalse();
    assertThat(book.fault()).isEqualTo("message 9 behind 7");
  }

  @Test
  void aGapOfAnotherLengthIsAFault() {
    book.opened("e-7");
    book.gap("e-10", 2, true);

    assertThat(book.addsUp()).isFalse();
    assertThat(book.fault()).isEqualTo("a gap of 2 from 7 to 10");
  }

  @Test
  void aMessageThatComesTwiceAndAnotherEpochAreFaults() {
    book.opened("e-7");
    book.message("e-8", 0);
    book.message("e-8", 0);

    assertThat(book.fault()).isEqualTo("message 8 behind 8");

    var other = new Book(_ -> {});
    other.opened("e-7");
    other.message("f-8", 0);

    assertThat(other.fault()).isEqualTo("f-8 is of another epoch than e");
  }
}
