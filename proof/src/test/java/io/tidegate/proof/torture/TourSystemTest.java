package io.tidegate.proof.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Long: `./check` starts each stack once already ([io.tidegate.proof.peers.StackSystemTest]).
@Tag("long")
class TourSystemTest {
  private static final Duration WHOLE = Duration.ofMinutes(2);

  @Test
  void theSameAttacksGoToEachServerAndItsTableHasAColumnForIt() throws IOException {
    var command =
        List.of(
            "io.tidegate.proof.Main",
            "torture",
            "--against=netty,java-websocket",
            "--attacks=silent,ws-half-frame",
            "--seconds=1",
            "--peers=10");
    try (var program = ChildProcess.java(List.of(), command)) {
      assertThat(program.awaitExit(WHOLE)).as(program.tail()::toString).isZero();

      assertThat(program.tail())
          .contains("| attack | Netty | Java-WebSocket |")
          .anyMatch(line -> line.matches("polite p99 within 10 times what is usual in \\d of 2.*"))
          .anyMatch(line -> line.matches("polite p99 within 10 times what others .* \\d of 2.*"))
          .anyMatch(line -> line.matches("\\| silent \\| [^|]+, \\d+ MiB, \\d+ ms \\| - \\|"))
          .anyMatch(line -> line.matches("\\| ws-half-frame \\| [^|]+ ms \\| [^|]+ ms \\|"))
          .anyMatch(line -> line.matches("\\| \\*\\*held\\*\\* \\| \\d of 2 \\| \\d of 1 \\|"));
    }
  }

  @Test
  void serversAreNamedSinglyOrAllAtOnce() {
    assertThat(Subject.named(List.of("tidegate", "jetty")))
        .extracting(Subject::title)
        .containsExactly("Tidegate", "Jetty");
    assertThat(Subject.named(List.of("all"))).hasSize(8);
    assertThatThrownBy(() -> Subject.named(List.of("jety"))).hasMessageContaining("jety");
  }
}
