package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Gate;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Drives the extension by hand, for its failures must be seen and not suffered.
class BalancedFailureTest {
  private static final Duration SOON = Duration.ofMillis(50);
  private final Balanced balanced = new Balanced();

  @BeforeEach
  void aTestBegins() {
    balanced.begin();
  }

  @Test
  void bytesLeftInAnAccountFailTheTestByItsLabelAndPurse() {
    try (var root = Ledger.open(new Budget(1_000, 1_000))) {
      Balanced.watch(root);

      assertThat(root.charge(Purse.HEAP, 7)).isTrue();

      assertThatThrownBy(() -> balanced.end(SOON))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("root HEAP: 7")
          .hasMessageNotContaining("DIRECT");
    }
  }

  @Test
  void someoneLeftInsideAGateFailsTheTest() {
    var gate = Gate.of(3);
    Balanced.watch("handshakes", gate);

    var pass = gate.tryEnter();

    assertThat(pass).isNotNull();
    assertThatThrownBy(() -> balanced.end(SOON)).hasMessageContaining("gate handshakes: 1");
  }

  @Test
  void threadsOfOursLeftFailTheTestByNameWhetherVirtualOrNot() throws Exception {
    var release = new CountDownLatch(1);
    var virtual = Thread.ofVirtual().name("tidegate-loop-7").start(() -> await(release));
    var platform = Thread.ofPlatform().name("tidegate-loop-8").start(() -> await(release));
    try {
      assertThatThrownBy(() -> balanced.end(SOON))
          .hasMessageContaining("thread tidegate-loop-7")
          .hasMessageContaining("thread tidegate-loop-8");
    } finally {
      release.countDown();
      virtual.join();
      platform.join();
    }
  }

  @Test
  void oneSocketLeftFailsTheTest() throws Exception {
    try (var _ = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> balanced.end(SOON)).hasMessageContaining("1 sockets [socket:");
    }
  }

  @Test
  void aTestThatGaveAllBackPassesAndItsWatchesAreForgotten() {
    Balanced.watch("nothing", () -> 0);
    balanced.end(SOON);
    balanced.begin();

    balanced.end(SOON);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
