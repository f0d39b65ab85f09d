package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.testkit.ChildProcess.Signal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class ChildProcessTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static ChildProcess shell(String script) throws Exception {
    return ChildProcess.command(List.of("sh", "-c", script), Map.of("TIDE", "high"));
  }

  @Test
  void aJvmOnThisClassPathTalksAndShowsItsFigures() throws Exception {
    var child = ChildProcess.java(List.of("-Xmx32m"), List.of(CountingServer.class.getName()));
    try (child) {
      var port = Integer.parseInt(child.awaitLine(it -> it.startsWith("port "), SOON).substring(5));

      try (var _ =
          HostilePeer.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
        var memory = child.memory();
        assertThat(memory.residentBytes()).isBetween(10L << 20, 512L << 20);
        assertThat(memory.peakResidentBytes()).isGreaterThanOrEqualTo(memory.residentBytes());
        assertThat(child.descriptors()).isGreaterThan(3);
        assertThat(child.cpuTime().total()).isPositive().isLessThan(SOON);
      }
      assertThat(child.alive()).isTrue();
    }
    assertThat(child.alive()).isFalse();
  }

  @Test
  void itsOutputIsKeptInABoundedTail() throws Exception {
    try (var child = shell("seq 1 5000; echo $TIDE >&2; echo last")) {
      var _ = child.awaitLine("last"::equals, SOON);

      assertThat(child.tail()).hasSize(2_000).contains("high", "5000").doesNotContain("1000");
      assertThat(child.awaitExit(SOON)).isZero();
    }
  }

  @Test
  void aLineThatNeverComesFailsWithWhatCame() throws Exception {
    try (var child = shell("echo something; exit 3")) {
      assertThatThrownBy(() -> child.awaitLine("else"::equals, SOON))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("something");
      assertThat(child.awaitExit(SOON)).isEqualTo(3);
    }
  }

  @Test
  void itIsStoppedContinuedAndKilled() throws Exception {
    try (var child = shell("exec sleep 60")) {
      child.signal(Signal.STOP);
      Eventually.await(SOON, () -> "stopped", () -> state(child).equals("T"));
      child.signal(Signal.CONT);
      Eventually.await(SOON, () -> "going on", () -> state(child).equals("S"));
      child.signal(Signal.KILL);

      assertThat(child.awaitExit(SOON)).isEqualTo(128 + 9);
    }
  }

  @Test
  void closingEndsAStoppedOneAndItsChildren() throws Exception {
    long grandchild;
    try (var child = shell("sleep 60 & echo $!; wait")) {
      grandchild = Long.parseLong(child.awaitLine(it -> it.matches("\\d+"), SOON));
      child.signal(Signal.STOP);
    }

    Eventually.await(
        SOON,
        () -> "the grandchild's end",
        () -> ProcessHandle.of(grandchild).map(it -> !it.isAlive()).orElse(true));
  }

  private static String state(ChildProcess child) {
    try {
      var stat = Files.readString(Path.of("/proc/" + child.pid() + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
