package io.tidegate.link;

import static io.tidegate.link.RawPeer.ACK;
import static io.tidegate.link.RawPeer.DATA;
import static io.tidegate.link.RawPeer.FIN;
import static io.tidegate.link.RawPeer.GO_AWAY;
import static io.tidegate.link.RawPeer.PING;
import static io.tidegate.link.RawPeer.RST;
import static io.tidegate.link.RawPeer.SYN;
import static io.tidegate.link.RawPeer.WINDOW;
import static io.tidegate.link.RawPeer.frame;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.FakeTicker;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Silence, stalls and drains, on a clock that the test moves.
@ExtendWith({Balanced.class, Leaks.class})
class LinkTimesTest {
  private final FakeTicker clock = new FakeTicker();

  /// Waits until the loop has looked at its deadlines.
  private static void sweep(LinkRig rig) {
    long before = rig.agent.loop.coarseNanos();
    Eventually.await(
        LinkRig.SOON,
        () -> "no sweep",
        () -> rig.agent.call(() -> rig.agent.loop.coarseNanos()) != before);
  }

  @Test
  void aSilentPeerIsAskedAfterTenSecondsAndDeadAfterTwentyFive() throws IOException {
    try (var rig = LinkRig.open(clock);
        var peer = RawPeer.accept(rig)) {

      clock.advance(Duration.ofSeconds(11));
      assertThat(peer.next()).isEqualTo(new RawPeer.Got(PING, SYN, 0, 1));
      assertThat(rig.agent.ear().ends).isEmpty();
      clock.advance(Duration.ofSeconds(15));

      assertThat(peer.next()).isNull();
      assertThat(rig.agent.ear().ends).containsExactly(CutReason.SILENT);
      assertThat(rig.agent.loop.cuts(CutReason.SILENT)).isEqualTo(1);
    }
  }

  @Test
  void anAnsweredPingGivesTheRoundTripAndTheLinkLives() throws IOException {
    try (var rig = LinkRig.open(clock);
        var peer = RawPeer.accept(rig)) {

      for (int i = 1; i <= 4; i++) {
        clock.advance(Duration.ofSeconds(11));
        assertThat(peer.next()).isEqualTo(new RawPeer.Got(PING, SYN, 0, i));
        long roundTrip = i * 10_000_000L;
        clock.advance(Duration.ofNanos(roundTrip));
        peer.send(frame(PING, ACK, 0, i));
        Eventually.await(
            LinkRig.SOON,
            () -> "no round trip",
            () -> rig.agent.call(() -> rig.agent.ear().link().roundTripNanos()) == roundTrip);
      }

      assertThat(rig.agent.ear().ends).isEmpty();
    }
  }

  @Test
  void aHalfClosedStreamWithoutProgressIsReset() throws IOException {
    try (var rig = LinkRig.open(clock);
        var peer = RawPeer.accept(rig)) {
      peer.send(frame(WINDOW, SYN, 2, 0), frame(DATA, FIN, 2, 0));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());
      var sink = rig.agent.ear().sinks.getFirst();
      Eventually.await(LinkRig.SOON, () -> "end", () -> sink.ended);

      for (int i = 0; i < 9; i++) {
        clock.advance(Duration.ofSeconds(2));
        sweep(rig);
        peer.send(frame(PING, SYN, 0, i));
      }
      assertThat(sink.closed).isEmpty();
      clock.advance(Duration.ofSeconds(4));

      sink.awaitClosed();
      assertThat(sink.closed).containsExactly("IDLE");
      var got = peer.next(WINDOW);
      while (got.flags() == ACK) got = peer.next(WINDOW);
      assertThat(got).isEqualTo(new RawPeer.Got(WINDOW, RST, 2, 0));
    }
  }

  @Test
  void aHalfClosedStreamThatStillCarriesBytesLives() throws IOException {
    try (var rig = LinkRig.open(clock);
        var peer = RawPeer.accept(rig)) {
      peer.send(frame(WINDOW, SYN, 2, 0), frame(DATA, FIN, 2, 0));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());
      var sink = rig.agent.ear().sinks.getFirst();
      Eventually.await(LinkRig.SOON, () -> "end", () -> sink.ended);

      for (int i = 0; i < 8; i++) {
        clock.advance(Duration.ofSeconds(6));
        rig.agent.run(() -> sink.send(1, 1, false));
        sweep(rig);
        peer.send(frame(PING, SYN, 0, i));
      }

      assertThat(sink.closed).isEmpty();
    }
  }

  @Test
  void aStreamWhoseBytesGetNoCreditIsReset() throws IOException {
    try (var rig = LinkRig.open(clock);
        var peer = RawPeer.accept(rig)) {
      peer.send(frame(WINDOW, SYN, 2, 0));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());
      var sink = rig.agent.ear().sinks.getFirst();

      rig.agent.run(() -> sink.send(100_000, 1, false));
      clock.advance(Duration.ofSeconds(21));
      peer.send(frame(PING, SYN, 0, 0));

      sink.awaitClosed();
      assertThat(sink.closed).containsExactly("WRITE_STALLED");
    }
  }

  @Test
  void streamsMayRunTenMinutesAfterAGoAway() throws IOException {
    try (var rig = LinkRig.open(clock);
        var peer = RawPeer.accept(rig)) {
      peer.send(frame(WINDOW, SYN, 2, 0));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());

      rig.agent.run(() -> rig.agent.ear().link().goAway());
      assertThat(peer.next(GO_AWAY)).isEqualTo(new RawPeer.Got(GO_AWAY, 0, 0, 0));
      peer.send(frame(WINDOW, SYN, 4, 0));
      // it was on its way before the peer could hear of the GoAway
      Eventually.await(
          LinkRig.SOON, () -> "crossing stream", () -> rig.agent.ear().sinks.size() == 2);
      clock.advance(Duration.ofMinutes(11));

      Eventually.await(LinkRig.SOON, () -> "end", () -> !rig.agent.ear().ends.isEmpty());
      rig.agent.ear().sinks.getFirst().awaitClosed();
    }
  }
}
