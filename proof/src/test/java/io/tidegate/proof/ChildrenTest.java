package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildrenTest {
  private static final List<String> SLEEP = List.of("sleep", "600");

  @Test
  void noneOutlivesTheClose() throws IOException {
    var children = new Children();
    var first = children.start(SLEEP, Map.of());
    var second = children.start(List.of("sh", "-c", "sleep 600; true"), Map.of());
    var started = List.of(first.pid(), second.pid());

    children.close();

    assertThat(started).noneMatch(pid -> ProcessHandle.of(pid).isPresent());
  }

  @Test
  void oneMayEndBeforeTheOthers() throws IOException {
    try (var children = new Children()) {
      var first = children.start(SLEEP, Map.of());
      var second = children.start(SLEEP, Map.of());

      children.end(first);

      assertThat(first.alive()).isFalse();
      assertThat(second.alive()).isTrue();
    }
  }

  @Test
  void nothingStartsOnceClosed() {
    var children = new Children();
    children.close();

    assertThatIllegalStateException().isThrownBy(() -> children.start(SLEEP, Map.of()));
  }
}
