package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.HostileCrowd.Script;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class HostileCrowdTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private final List<Socket> accepted = new CopyOnWriteArrayList<>();
  private final ServerSocket server;
  private final Thread acceptor;

  HostileCrowdTest() throws Exception {
    server = new ServerSocket(0, 4_096, InetAddress.getLoopbackAddress());
    acceptor = Thread.ofVirtual().start(this::acceptAll);
  }

  private void acceptAll() {
    var batch = new ArrayList<Socket>();
    try {
      while (true) {
        batch.add(server.accept());
        accepted.addAll(batch);
        batch.clear();
      }
    } catch (java.io.IOException _) {
      batch.clear();
    }
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    for (var socket : accepted) {
      socket.close();
    }
  }

  private InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  @Test
  void twoThousandSilentPeersComeFromManyAddressesOnOneThread() throws Exception {
    var threads = Thread.activeCount();
    try (var crowd =
        HostileCrowd.open(2_000, address(), HostileCrowd.loopbackSources(50), Script.SILENT)) {
      Eventually.await(SOON, () -> "accepted " + accepted.size(), () -> accepted.size() == 2_000);

      assertThat(crowd.report().open()).isEqualTo(2_000);
      assertThat(crowd.report().cut()).isZero();
      assertThat(accepted.stream().map(Socket::getInetAddress).distinct()).hasSize(50);
      assertThat(Thread.activeCount() - threads).isLessThan(8);
    }
  }

  @Test
  void itReportsHowManyWereCutHowAndWhen() throws Exception {
    try (var crowd =
        HostileCrowd.open(30, address(), HostileCrowd.loopbackSources(3), Script.SILENT)) {
      Eventually.await(SOON, () -> "accepted " + accepted.size(), () -> accepted.size() == 30);
      for (var socket : accepted.subList(0, 10)) {
        socket.close();
      }
      for (var socket : accepted.subList(10, 15)) {
        HostilePeerTest.reset(socket);
      }

      assertThat(crowd.awaitCut(15, SOON)).isTrue();
      var report = crowd.report();
      assertThat(report.fins()).isEqualTo(10);
      assertThat(report.resets()).isEqualTo(5);
      assertThat(report.open()).isEqualTo(15);
      assertThat(report.firstCut()).isPositive().isLessThanOrEqualTo(report.lastCut());
      assertThat(report.cutsBySecond().values().stream().mapToInt(it -> it).sum()).isEqualTo(15);
    }
  }

  @Test
  void theyDripCharacterByCharacterFromTheStartAgain() throws Exception {
    var script = Script.dripping("POST ", "ab", Duration.ofMillis(20));
    try (var _ = HostileCrowd.open(5, address(), HostileCrowd.loopbackSources(1), script)) {
      Eventually.await(SOON, () -> "accepted " + accepted.size(), () -> accepted.size() == 5);

      for (var socket : accepted) {
        assertThat(socket.getInputStream().readNBytes(10)).asString().isEqualTo("POST ababa");
      }
    }
  }

  @Test
  void aCrowdThatReadsNothingStillLearnsOfItsCuts() throws Exception {
    var script = Script.SILENT.withoutReading();
    try (var crowd = HostileCrowd.open(4, address(), HostileCrowd.loopbackSources(2), script)) {
      Eventually.await(SOON, () -> "accepted " + accepted.size(), () -> accepted.size() == 4);
      accepted.get(0).getOutputStream().write(new byte[100]);
      HostilePeerTest.reset(accepted.get(0));
      accepted.get(1).close();

      assertThat(crowd.awaitCut(2, SOON)).isTrue();
      assertThat(crowd.report().resets()).isEqualTo(1);
      assertThat(crowd.report().fins()).isEqualTo(1);
    }
  }

  @Test
  void itsLifetimeEndsItWithResets() throws Exception {
    var script = Script.SILENT.withLifetime(Duration.ofMillis(200));
    try (var _ = HostileCrowd.open(1, address(), HostileCrowd.loopbackSources(1), script)) {
      Eventually.await(SOON, () -> "accepted " + accepted.size(), () -> accepted.size() == 1);

      var end = new Wire(accepted.getFirst()).awaitEnd(SOON);

      assertThat(end.end()).isEqualTo(Cut.End.RESET);
    }
  }

  @Test
  void whoIsRefusedIsCountedAsRefused() throws Exception {
    var target = address();
    Wire.stopAccepting(server, acceptor);

    try (var crowd = HostileCrowd.open(7, target, HostileCrowd.loopbackSources(1), Script.SILENT)) {
      assertThat(crowd.report().refused()).isEqualTo(7);
      assertThat(crowd.report().open()).isZero();
    }
  }

  @Test
  @Tag("long")
  void fifteenThousandFitOneThread() throws Exception {
    var child = ChildProcess.java(List.of("-Xmx128m"), List.of(CountingServer.class.getName()));
    try (child) {
      var port = child.awaitLine(line -> line.startsWith("port "), SOON).substring(5);
      var target = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));

      try (var crowd =
          HostileCrowd.open(15_000, target, HostileCrowd.loopbackSources(100), Script.SILENT)) {
        assertThat(crowd.report().open()).isEqualTo(15_000);
        var _ = child.awaitLine(line -> line.equals("accepted 15000"), SOON);
      }
    }
  }
}
