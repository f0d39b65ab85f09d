package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({Balanced.class, Quiet.class})
class WatchdogTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Test
  void aBlockedLoopIsBrokenAndThatIsSaidOnce() throws Exception {
    var told = new CopyOnWriteArrayList<Throwable>();
    var release = new CountDownLatch(1);
    try (var rig = new Rig(Transport.NIO)) {
      rig.loops.onBroken(told::add);
      var start = System.nanoTime();
      var runs =
          rig.loops
              .loop(1)
              .later(() -> {
                try {
                  release.await();
                } catch (InterruptedException ends) {
                  Thread.currentThread().interrupt();
                }
              });
      assertThat(runs).isTrue();

      Rig.await("broken", () -> !told.isEmpty());

      var after = Duration.ofNanos(System.nanoTime() - start);
      assertThat(after).isGreaterThan(Duration.ofMillis(9 * Watchdog.TICK_MILLIS));
      assertThat(Eventually.within(Duration.ofMillis(1200), () -> told.size() > 1)).isFalse();
      assertThat(told.getFirst()).hasMessageContaining("event loop 1");
      release.countDown();
    }
    assertThat(Quiet.expect("Broken: event loop 1 missed 10 ticks")).isEqualTo(1);
  }

  @Test
  void aRefusedAllocationCutsThatPeerAndIsNotBrokenIfMemoryComesBack() throws Exception {
    var told = new CopyOnWriteArrayList<Throwable>();
    try (var rig = new Rig(Transport.NIO);
        var door = rig.door(WatchdogTest::hungry);
        var client = door.call()) {
      rig.loops.onBroken(told::add);
      var connection = door.next();
      var hungry = (Hungry) Rig.on(connection.loop(), connection::reader);
      client.getOutputStream().write(1);

      Rig.await("cut", hungry.record::isClosed);

      assertThat(hungry.record.closings()).containsExactly(Optional.of(CutReason.MEMORY_REFUSED));
      assertThat(Eventually.within(Duration.ofSeconds(2), () -> !told.isEmpty())).isFalse();
    }
    assertThat(Quiet.expect("No memory for connection")).isEqualTo(1);
  }

  private static ByteStream.Reader hungry(Connection connection) {
    return new Hungry(Recorder.of(connection));
  }

  private record Hungry(Recorder record) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      record.bytes(piece);
      throw new OutOfMemoryError("test");
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {
      record.closed(reason);
    }
  }

  @Test
  @Tag("long")
  void aStoppedProcessIsNotBrokenWhenItGoesOn() throws Exception {
    try (var server =
        ChildProcess.java(
            List.of("-Xmx64m", "--enable-native-access=ALL-UNNAMED"),
            List.of(EchoProcess.class.getName(), Transport.best().name()))) {
      var line = server.awaitLine(it -> it.startsWith("port "), PATIENCE);
      int port = Integer.parseInt(line.substring(5));
      server.signal(ChildProcess.Signal.STOP);
      assertThat(Eventually.within(Duration.ofSeconds(8), () -> false)).isFalse();

      server.signal(ChildProcess.Signal.CONT);

      try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        client.getOutputStream().write('?');
        assertThat(client.getInputStream().read()).isEqualTo('?');
      }
      assertThat(Eventually.within(Duration.ofSeconds(2), () -> said(server))).isFalse();
    }
  }

  private static boolean said(ChildProcess server) {
    return server.tail().stream().anyMatch(line -> line.contains("broken"));
  }

  /// Refusals that go on keep nobody from asking for the reserve.
  @Test
  void memoryThatDoesNotComeBackIsLostHoweverOftenItIsRefused() throws Exception {
    var reserves = new ArrayDeque<>(List.of(Unpooled.buffer(1)));
    try (var rig = new Rig(Transport.NIO);
        var watchdog = new Watchdog(rig.loops, reserves::poll)) {
      int ticks = 0;
      do {
        watchdog.memoryRefused();
        ticks++;
      } while (!watchdog.memoryIsLost() && ticks < 100);

      assertThat(ticks).isEqualTo(1 + Watchdog.RESERVE_TICKS);
    }
  }
}
