package io.tidegate.proof.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Cut;
import org.junit.jupiter.api.Test;

class ToldTest {
  @Test
  void aLastCloseFrameTellsItsCode() {
    var tail = "HTTP/1.1 101 Switching Protocols\r\n\r\n\u0088\u0005\u0003\u00f1big";

    assertThat(Told.by(tail, Cut.End.FIN)).isEqualTo("close 1009");
  }

  @Test
  void aLastGoAwayTellsItsCode() {
    var tail = "....\0\0\n\u0007\0\0\0\0\0\0\0\0\u0005\0\0\0\u000bno";

    assertThat(Told.by(tail, Cut.End.FIN)).isEqualTo("GOAWAY 11");
  }

  @Test
  void elseTheLastStatusOrTheMannerOfTheEndCounts() {
    assertThat(Told.by("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 431 Large\r\n", Cut.End.RESET))
        .isEqualTo("431");
    assertThat(Told.by("HTTP/1.1 101 Switching Protocols\r\n\r\n", Cut.End.RESET)).isEqualTo("RST");
    assertThat(Told.by("", Cut.End.FIN)).isEqualTo("FIN");
  }
}
