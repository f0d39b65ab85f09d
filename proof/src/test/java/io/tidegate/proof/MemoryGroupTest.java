package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryGroupTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final long BYTES = 16 << 20;

  private static MemoryGroup open() {
    try {
      return MemoryGroup.open(BYTES);
    } catch (IOException none) {
      return abort(String.valueOf(none.getMessage()));
    }
  }

  @Test
  void aProcessThatNeedsMoreThanItsGroupHasIsKilled() throws IOException {
    try (var group = open();
        var children = new Children(group::within)) {
      // looks for the last lines of what has none: keeps all
      var greedy = children.start(List.of("tail", "/dev/zero"), Map.of());

      assertThat(Eventually.within(SOON, () -> !greedy.alive())).isTrue();

      assertThat(group.kills()).isEqualTo(1);
      assertThat(group.peakBytes()).isBetween(BYTES / 2, BYTES);
    }
  }

  @Test
  void aModestOneIsNot() throws IOException {
    try (var group = open();
        var children = new Children(group::within)) {
      var modest = children.start(List.of("sh", "-c", "echo here; sleep 20"), Map.of());

      assertThat(modest.awaitLine("here"::equals, SOON)).isEqualTo("here");

      assertThat(group.kills()).isZero();
      assertThat(group.peakBytes()).isBetween(1L, BYTES);
    }
  }
}
