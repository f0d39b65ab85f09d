package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.tidegate.edge.keys.Key;
import io.tidegate.edge.keys.TokenFile;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// What the edge keeps for its peers beside bytes is charged while it is kept, and not before.
@ExtendWith(Balanced.class)
class HeldEntriesTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final long MINUTE = 60_000_000_000L;

  /// As many streams may wait for their ACK.
  private static final int UNACKNOWLEDGED = 256;

  @TempDir private Path folder;

  private static InetAddress address(int number) {
    return InetAddress.ofLiteral(
        "10." + (number >> 16) + "." + (number >> 8 & 255) + "." + (number & 255));
  }

  @Test
  void anIdleEdgeHoldsNothing() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      var root = rig.edgeLoops.root();
      assertThat(root.held(Purse.HEAP) + root.held(Purse.DIRECT)).isZero();
      try (var wrong = RawHttp.open(rig.address(), SOON)) {
        wrong.send(
            "GET /_tidegate/link HTTP/1.1\r\nHost: localhost:"
                + rig.edge.port()
                + "\r\nConnection: upgrade\r\nUpgrade: yamux\r\nAuthorization: Bearer no\r\n\r\n");
        assertThat(wrong.finalHead().status()).isEqualTo(401);
      }

      Eventually.await(
          SOON,
          () -> "held " + root,
          () -> root.held(Purse.HEAP) == Failures.ENTRY_BYTES && root.held(Purse.DIRECT) == 0);
    }
  }

  @Test
  void failuresArePaidForOneByOneAndForAMinute() {
    var root = Ledger.open(new Budget(1, 1 << 20));
    var failures = new Failures(root);
    for (int i = 0; i < 100; i++) failures.failed(address(i), i);
    for (int i = 0; i < 9; i++) failures.failed(address(7), 100);

    assertThat(root.held(Purse.HEAP)).isEqualTo(100 * Failures.ENTRY_BYTES);
    assertThat(failures.allows(address(7), 200)).isFalse();
    assertThat(failures.allows(address(8), 200)).isTrue();
    failures.sweep(MINUTE + 49);
    assertThat(root.held(Purse.HEAP)).isEqualTo(50 * Failures.ENTRY_BYTES);
    assertThat(failures.allows(address(7), MINUTE + 49)).isTrue();
    failures.sweep(MINUTE + 99);
    assertThat(root.held(Purse.HEAP)).isZero();
  }

  @Test
  void withoutRoomTheOldestFailureIsForgotten() {
    var root = Ledger.open(new Budget(1, 3 * Failures.ENTRY_BYTES));
    var failures = new Failures(root);
    for (int address = 0; address < 4; address++) {
      for (int i = 0; i < 10; i++) failures.failed(address(address), 1);
    }

    assertThat(failures.allows(address(0), 2)).isTrue();
    assertThat(failures.allows(address(1), 2)).isFalse();
    assertThat(failures.allows(address(3), 2)).isFalse();
    failures.close();
    assertThat(root.held(Purse.HEAP)).isZero();
  }

  @Test
  void aSessionAndWhatItProposesAreCharged() {
    var budget = new Budget(1 << 20, 4_096);
    try (var loops = Loops.open(new LoopsConfig("edge", 1, budget, Transport.best(), false))) {
      var key = Key.of("laptop", "0".repeat(64));
      var shares = new KeyShares(loops.root());
      var session = new Session("id", key, shares, () -> {});
      assertThat(session.isPaid()).isTrue();
      assertThat(loops.root().held(Purse.HEAP)).isEqualTo(Session.HEAP_PRICE);

      var policy = new ClaimPolicy("h".repeat(100), Set.of(), Duration.ofSeconds(1));
      assertThat(session.propose(1, policy)).isTrue();
      assertThat(session.propose(1, policy)).isTrue();
      assertThat(loops.root().held(Purse.HEAP))
          .isEqualTo(Session.HEAP_PRICE + Session.CLAIM_BYTES + 100);
      assertThat(session.propose(2, policy)).isTrue();
      assertThat(session.propose(3, policy)).as("its half of the purse is used up").isFalse();
      session.abandon();
      assertThat(loops.root().held(Purse.HEAP)).isZero();
      assertThat(loops.root().charge(Purse.HEAP, 4_000)).isTrue();
      assertThat(new Session("late", key, shares, () -> {}).isPaid()).isFalse();
      loops.root().release(Purse.HEAP, 4_000);
    }
  }

  @Test
  void aKeyHasTwoSessionsForEachOfItsNamesAndHearsWhyItGetsNoMore() throws IOException {
    var agents = new ArrayList<RawAgent>();
    var tokens = Files.writeString(folder.resolve("tokens"), line("laptop") + line("other"));
    var _ = Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
    try (var rig = TunnelRig.bare(config -> config.withTokens(tokens), 1)) {
      try {
        for (int i = 0; i < 16; i++) agents.add(RawAgent.open(rig.edge.port(), "laptop"));

        assertThatIOException()
            .isThrownBy(() -> RawAgent.open(rig.edge.port(), "laptop"))
            .withMessageStartingWith("HTTP/1.1 503 ")
            .withMessageContaining("Tidegate-Error: connection_limit");
        agents.add(RawAgent.open(rig.edge.port(), "other"));
        agents.removeFirst().close();
        Eventually.await(SOON, () -> "a place", () -> opens(rig, agents));
      } finally {
        for (var agent : agents) agent.close();
      }
    }
  }

  private static String line(String key) {
    return key + " " + HexFormat.of().formatHex(TokenFile.hash(key)) + "\n";
  }

  private static boolean opens(TunnelRig rig, List<RawAgent> agents) {
    try {
      return agents.add(RawAgent.open(rig.edge.port(), "laptop"));
    } catch (IOException refused) {
      return false;
    }
  }

  /// The agent acknowledges no stream until the test has it do so. That what was charged is given
  /// back when they go on is seen by the rig, whose ledger is empty at its end.
  @Test
  void visitsThatWaitForAnAcknowledgementAreChargedAndGoOnBehindIt() throws IOException {
    int waiting = 40;
    var visitors = new ArrayList<RawHttp>();
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var agent = RawAgent.open(rig)) {
      try {
        assertThat(agent.claim("slow")).contains("\"registered\"");
        var session = rig.edge.sessions().iterator().next();
        var opened = new ArrayList<Integer>();
        for (int i = 0; i < UNACKNOWLEDGED; i++) {
          visitors.add(ask(rig));
          opened.add(agent.request());
        }
        long full = heap(session);

        for (int i = 0; i < waiting; i++) visitors.add(ask(rig));
        awaitHeap(session, full + waiting * Access.WAITING_BYTES);

        for (int id : opened) agent.send(RawAgent.WINDOW, RawAgent.ACK, id, 0);
        for (int i = 0; i < waiting; i++) assertThat(agent.request()).isPositive();
      } finally {
        for (var visitor : visitors) visitor.close();
      }
    }
  }

  private static RawHttp ask(TunnelRig rig) throws IOException {
    var visitor = rig.visit();
    visitor.send("GET / HTTP/1.1\r\nHost: " + rig.host("slow") + "\r\n\r\n");
    return visitor;
  }

  /// What the session is charged for entries, the credit of lines left out.
  private static long heap(Session session) {
    var heap = Census.of(session.account()).heap();
    return heap.held() - heap.unused();
  }

  private static void awaitHeap(Session session, long bytes) {
    Eventually.await(
        SOON, () -> "charged " + heap(session) + ", not " + bytes, () -> heap(session) == bytes);
  }
}
