package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.HostilePeer;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A visitor from whom nothing comes any more, not even a FIN: a laptop that was shut, a network
/// that went away. Its packets are dropped by a rule for one loopback address of its own.
@ExtendWith(Balanced.class)
@EnabledOnOs(OS.LINUX)
class VanishedVisitorSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String ADDRESS = "127.0.77.1";
  private static final String UPGRADE =
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  /// Idle, the kernel asks after 30 s and gives up 30 s later; with bytes under way it waits 30 s.
  @ParameterizedTest
  @CsvSource({"/ws, 101", "/sse/200, 200"})
  @Tag("long")
  void itIsGoneFromTheEdgeAndFromTheAppWithin90Seconds(String target, int status)
      throws IOException {
    try (var rig = TunnelRig.open()) {
      var baseline = Baseline.of(rig);
      try (var visitor = HostilePeer.openFrom(InetAddress.ofLiteral(ADDRESS), rig.address())) {
        var fields = status == 101 ? UPGRADE : "";
        visitor.send(
            "GET " + target + " HTTP/1.1\r\nHost: " + rig.host() + "\r\n" + fields + "\r\n");
        assertThat(visitor.readUntil("\r\n\r\n", SOON)).startsWith("HTTP/1.1 " + status);
        assertThat(rig.origin.openConnections()).isOne();

        drop(rig, target);
      }
      baseline.awaitReturn();
    }
  }

  private static void drop(TunnelRig rig, String target) throws IOException {
    var rules = new ArrayList<List<String>>();
    try {
      for (var side : new String[] {"-s", "-d"}) {
        var rule = List.of("INPUT", side, ADDRESS, "-j", "DROP");
        Assumptions.assumeTrue(iptables("-A", rule) == 0, "iptables may not be changed here");
        rules.add(rule);
      }
      long began = System.nanoTime();
      Eventually.await(
          Duration.ofSeconds(90),
          () ->
              rig.visitors()
                  + " visitors at the edge, connections at the app "
                  + rig.origin.openConnections(),
          () -> rig.visitors() == 0 && rig.origin.openConnections() == 0);
      Figures.note(
          "vanished under %s: gone after %.1f s"
              .formatted(target, (System.nanoTime() - began) / 1e9));
    } finally {
      for (var rule : rules) assertThat(iptables("-D", rule)).isZero();
    }
  }

  private static int iptables(String change, List<String> rule) throws IOException {
    var command = new ArrayList<>(List.of(Peers.find("iptables").toString(), "-w", change));
    command.addAll(rule);
    try (var process = ChildProcess.command(command, Map.of())) {
      return process.awaitExit(SOON);
    }
  }
}
