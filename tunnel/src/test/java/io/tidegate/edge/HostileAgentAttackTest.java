package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.RawHttp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A45: an agent attacks the edge and the tunnels beside its own. Its link is cut for the rule that
/// it broke; requests of other tunnels go on, unchanged and as quick as before.
///
/// What a single wrong frame does to a link is in `HostilePeerTest`.
@ExtendWith(Balanced.class)
class HostileAgentAttackTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int BROKE_A_RULE = 1;

  /// Longer than a head may be, shorter than a stream's first window.
  private static final int ENDLESS_BYTES = 20_000;

  private static final int FRAMES = 1_000_000;

  @Test
  void aMillionFramesForStreamsThatNeverWereEndTheLinkAtTheFirst() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1)) {
      for (int first : new int[] {2, 3, 1 << 20}) {
        try (var agent = claimed(rig)) {
          var sending = Thread.ofVirtual().start(() -> pour(agent, first));

          assertThat(agent.awaitGoAway()).as("first id " + first).isIn(BROKE_A_RULE, -1);
          join(sending);
        }
      }
      long held = TunnelRig.held(rig.edgeLoops, Purse.DIRECT);
      assertThat(held).isLessThan(256 * 1024);
      assertThat(rig.cuts(io.tidegate.net.CutReason.BAD_MESSAGE)).isEqualTo(3);
    }
  }

  /// Data for a million ids in pieces of a thousand; the edge may end it in between.
  private static void pour(RawAgent agent, int first) {
    try {
      var piece = new ByteArrayOutputStream();
      for (int i = 0; i < FRAMES; i++) {
        piece.writeBytes(
            RawAgent.frame(
                RawAgent.DATA, i % 2 == 0 ? 0 : RawAgent.SYN, first + 2 * i, 1, (byte) 'x'));
        if (i % 1_000 == 999) {
          agent.sendRaw(piece.toByteArray());
          piece.reset();
        }
      }
    } catch (IOException cut) {
      assertThat(cut).isNotNull();
    }
  }

  private static RawAgent claimed(TunnelRig rig) throws IOException {
    var agent = RawAgent.open(rig);
    assertThat(agent.claim("evil")).contains("\"registered\"");
    return agent;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Ids count within a link: the number of another tunnel's stream is on this link nobody's.
  @Test
  void anAnswerToAnotherTunnelsStreamReachesNobody() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var victim = RawAgent.open(rig);
        var visitor = rig.visit()) {
      assertThat(victim.claim("victim")).contains("\"registered\"");
      visitor.send("GET / HTTP/1.1\r\nHost: " + rig.host("victim") + "\r\n\r\n");
      int stream = victim.request();

      try (var evil = claimed(rig)) {
        evil.answer(stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        assertThat(evil.awaitGoAway()).isEqualTo(BROKE_A_RULE);
      }
      victim.answer(stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine");

      assertThat(visitor.body(visitor.finalHead(), "GET").text()).isEqualTo("mine");
    }
  }

  @Test
  void aSecondAnswerOnAStreamThatIsOverIsPassedOverAndReachesNobody() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var agent = claimed(rig)) {
      for (int round = 0; round < 20; round++) {
        try (var visitor = rig.visit()) {
          visitor.send(
              "GET /"
                  + round
                  + " HTTP/1.1\r\nHost: "
                  + rig.host("evil")
                  + "\r\nConnection: close\r\n\r\n");
          int stream = agent.request();
          var own = "own " + round;
          agent.answer(stream, answer(own));
          agent.sendData(stream, answer("poison").getBytes(StandardCharsets.ISO_8859_1));

          assertThat(visitor.body(visitor.finalHead(), "GET").text()).isEqualTo(own);
          assertThat(visitor.awaitCut(SOON).bytesBefore()).isZero();
        }
      }
    }
  }

  private static String answer(String text) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text;
  }

  @Test
  void anEndlessHeadIs502AndCostsTheEdgeItsLimit() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var agent = claimed(rig)) {
      for (var head :
          List.of(
              "HTTP/1.1 200 OK\r\nX: ",
              "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(200),
              "HTTP/1.1 " + "9".repeat(9_000))) {
        try (var visitor = rig.visit()) {
          visitor.send("GET / HTTP/1.1\r\nHost: " + rig.host("evil") + "\r\n\r\n");
          int stream = agent.request();
          agent.answer(stream, head + "a".repeat(ENDLESS_BYTES - head.length()));

          var refused = visitor.finalHead();
          assertThat(refused.status()).isEqualTo(502);
          assertThat(refused.first("Tidegate-Error")).isEqualTo("app_bad_answer");
        }
      }
    }
  }

  /// The agent takes no notice of windows: with the first byte beyond, its link is over.
  @Test
  void anEndlessAnswerPastItsWindowEndsTheLinkAndHoldsTheWindowAtMost() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var agent = claimed(rig);
        var visitor = rig.visit()) {
      visitor.send("GET / HTTP/1.1\r\nHost: " + rig.host("evil") + "\r\n\r\n");
      int stream = agent.request();
      agent.answer(stream, "HTTP/1.1 200 OK\r\n\r\n");
      var head = visitor.finalHead();
      assertThat(head.status()).isEqualTo(200);
      var sending =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) agent.sendData(stream, new byte[64 * 1024]);
                } catch (IOException cut) {
                  assertThat(cut).isNotNull();
                }
              });

      assertThat(agent.awaitGoAway()).isIn(BROKE_A_RULE, -1);
      join(sending);

      assertThat(rig.edgeLoops.root().peak(Purse.DIRECT)).isLessThan(8 << 20);
      assertThat(visitor.body(head, "GET").drain().complete()).isFalse();
    }
  }

  /// Each kind of attack on links of its own, again and again, while a tunnel beside them is asked.
  @Test
  void theTunnelsBesideAreServedAsQuicklyAsBefore() throws Exception {
    try (var calm = RecordingOrigin.open(seen -> answer(seen.target()));
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var _ = rig.expose("calm", calm.port());
      var _ = ask(rig, 100);
      long before = ask(rig, 200);
      var over = new AtomicBoolean();
      var attacks = new AtomicInteger();
      var attackers = new ArrayList<java.util.concurrent.Future<?>>();
      for (var attack :
          List.<Attack>of(
              HostileAgentAttackTest::unknownIds,
              HostileAgentAttackTest::pings,
              HostileAgentAttackTest::endless)) {
        Callable<?> loop =
            () -> {
              while (!over.get()) {
                attack.once(rig);
                attacks.incrementAndGet();
              }
              return null;
            };
        attackers.add(threads.submit(loop));
      }
      Eventually.await(SOON, () -> "attacks", () -> attacks.get() > 3);

      long during = ask(rig, 200);
      over.set(true);
      for (var attacker : attackers) attacker.get();

      Figures.note(
          "A45: p99 beside the attacks %d us before, %d us during %d attacks"
              .formatted(before / 1_000, during / 1_000, attacks.get()));
      assertThat(attacks.get()).isGreaterThan(10);
      assertThat(rig.heard.urls).hasSize(1);
      assertThat(rig.heard.waits).isEmpty();
      // one processor serves both sides here: a ceiling against stalls, the figure is printed
      assertThat(during).isLessThan(Math.max(before * 20, Duration.ofMillis(500).toNanos()));
    }
  }

  /// One attack on a link of its own, to the end of that link.
  private interface Attack {
    void once(TunnelRig rig) throws IOException;
  }

  private static void unknownIds(TunnelRig rig) throws IOException {
    try (var agent = RawAgent.open(rig)) {
      pour(agent, 2);
      var _ = agent.awaitGoAway();
    }
  }

  private static void pings(TunnelRig rig) throws IOException {
    try (var agent = RawAgent.open(rig)) {
      for (int i = 0; i < 100; i++) agent.send(RawAgent.PING, RawAgent.SYN, 0, i);
      var _ = agent.awaitGoAway();
    } catch (SocketTimeoutException silent) {
      throw silent;
    } catch (IOException cut) {
      assertThat(cut).isNotNull();
    }
  }

  private static void endless(TunnelRig rig) throws IOException {
    try (var agent = RawAgent.open(rig);
        var visitor = rig.visit()) {
      if (!agent.claim("endless").contains("\"registered\"")) return;
      visitor.send("GET / HTTP/1.1\r\nHost: " + rig.host("endless") + "\r\n\r\n");
      int stream = agent.request();
      agent.answer(stream, "HTTP/1.1 200 OK\r\n\r\n");
      for (int i = 0; i < 100; i++) agent.sendData(stream, new byte[16 * 1024]);
    } catch (SocketTimeoutException silent) {
      throw silent;
    } catch (IOException cut) {
      assertThat(cut).isNotNull();
    }
  }

  /// The 99th percentile of `count` requests to the calm tunnel, each checked, in nanoseconds.
  private static long ask(TunnelRig rig, int count) throws IOException {
    var nanos = new long[count];
    try (RawHttp visitor = rig.visit()) {
      for (int i = 0; i < count; i++) {
        long began = System.nanoTime();
        assertThat(visitor.get(rig.host("calm"), "/" + i).body()).isEqualTo("/" + i);
        nanos[i] = System.nanoTime() - began;
      }
    }
    Arrays.sort(nanos);
    return nanos[count * 99 / 100];
  }
}
