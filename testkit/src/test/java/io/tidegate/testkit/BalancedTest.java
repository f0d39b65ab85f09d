package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Each test leaves something behind that goes away only some time after its end.
@ExtendWith(Balanced.class)
class BalancedTest {
  private static final Duration LATER = Duration.ofMillis(100);
  private static final List<ServerSocket> HELD = new ArrayList<>();

  @RegisterExtension
  static final BeforeEachCallback EARLIER_SOCKETS_ARE_CLOSED =
      BalancedTest::earlierSocketsAreClosed;

  private static void earlierSocketsAreClosed(ExtensionContext context) {
    assertThat(HELD).allMatch(ServerSocket::isClosed);
  }

  private static void soon(Runnable end) {
    var _ = Thread.ofVirtual().start(() -> run(end));
  }

  private static void run(Runnable end) {
    try {
      Thread.sleep(LATER);
      end.run();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aFigureMayComeBackToZeroAfterTheTest() {
    var held = new AtomicLong(17);
    Balanced.watch("late", held::get);
    soon(() -> held.set(0));

    assertThat(held).hasValue(17);
  }

  @Test
  void aVirtualThreadOfOursMayEndAfterTheTest() {
    var release = new CountDownLatch(1);
    var thread = Thread.ofVirtual().name("tidegate-late").start(() -> await(release));
    soon(release::countDown);

    assertThat(LiveThreads.named("tidegate-")).containsValue("tidegate-late");
    assertThat(thread.isAlive()).isTrue();
  }

  @Test
  void aSocketMayCloseAfterTheTest() throws Exception {
    var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    var _ = HELD.add(socket);
    soon(() -> close(socket));

    assertThat(socket.isBound()).isTrue();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @AfterAll
  static void everySocketWasAwaited() {
    assertThat(HELD).isNotEmpty().allMatch(ServerSocket::isClosed);
  }
}
