package io.tidegate.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Two links back to back over a real socket.
@ExtendWith({Balanced.class, Leaks.class})
class LinkPairTest {
  private static final int FLOOR = LinkConfig.floorFor(LinkRig.BUDGET);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bytesPassBothWaysUnchangedInWhateverPiecesTheyAreOffered(boolean webSocket)
      throws IOException {
    try (var rig = webSocket ? LinkRig.inWebSocket() : LinkRig.open()) {
      var _ = rig.dial();
      // the paranoid detector notes every access while bytes are masked
      long down = webSocket ? 60_000 : 1_500_000;
      long up = webSocket ? 40_000 : 1_000_000;
      var streams = new ArrayList<Sink>();
      for (int i = 0; i < 8; i++) streams.add(rig.stream());

      for (var stream : streams) rig.edge.run(() -> stream.send(down, 7, true));
      Eventually.await(
          LinkRig.SOON, () -> "streams", () -> rig.agent.ear().sinks.size() == streams.size());
      for (var sink : rig.agent.ear().sinks) rig.agent.run(() -> sink.send(up, 8, true));

      for (var stream : streams) stream.awaitReceived(up);
      for (var sink : rig.agent.ear().sinks) sink.awaitReceived(down);
      for (var stream : streams) stream.awaitClosed();
      for (var sink : rig.agent.ear().sinks) sink.awaitClosed();
      assertThat(streams).noneMatch(stream -> stream.wrong).allMatch(stream -> stream.ended);
      assertThat(rig.agent.ear().sinks).noneMatch(sink -> sink.wrong).allMatch(sink -> sink.ended);
      assertThat(streams).allSatisfy(s -> assertThat(s.closed).containsExactly("null"));
    }
  }

  @Test
  void aStalledStreamHoldsItsFirstWindowAndNoOtherIsSlowed() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      rig.agent.ear().holding = true;
      for (int i = 0; i < 64; i++) {
        var stream = rig.stream();
        rig.edge.run(() -> stream.send(200_000, 3, false));
      }
      Eventually.await(
          LinkRig.SOON,
          () -> "windows full",
          () -> rig.agent.ear().sinks.stream().filter(s -> s.received == FLOOR).count() == 64);

      rig.agent.ear().holding = false;
      var live = rig.stream();
      rig.edge.run(() -> live.send(1_000_000, 4, false));
      Eventually.await(LinkRig.SOON, () -> "live stream", () -> rig.agent.ear().sinks.size() == 65);
      rig.agent.ear().sinks.getLast().awaitReceived(1_000_000);

      assertThat(rig.agent.ear().sinks.subList(0, 64)).allMatch(s -> s.received == FLOOR);
      assertThat(rig.agent.ear().sinks.getLast().wrong).isFalse();
      rig.agent.run(() -> rig.agent.ear().sinks.forEach(Sink::letGo));
      for (var sink : rig.agent.ear().sinks.subList(0, 64)) sink.awaitReceived(200_000);
    }
  }

  @Test
  void theAccountIsTheWindowFullOrEmptyAndNothingElse() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      rig.agent.ear().holding = true;
      long linkDirect = rig.agent.held(Purse.DIRECT);
      long linkHeap = rig.agent.held(Purse.HEAP);
      var streams = new ArrayList<Sink>();
      for (int i = 0; i < 5; i++) streams.add(rig.stream());

      for (var stream : streams) rig.edge.run(() -> stream.send(1000, 3, false));
      Eventually.await(
          LinkRig.SOON,
          () -> "bytes",
          () -> rig.agent.ear().sinks.stream().filter(s -> s.received == 1000).count() == 5);

      assertThat(rig.agent.held(Purse.DIRECT) - linkDirect).isEqualTo(5L * FLOOR);
      assertThat(rig.agent.held(Purse.HEAP) - linkHeap).isEqualTo(5L * LinkStream.HEAP_PRICE);
      assertThat(rig.agent.loop.unfilled()).isEqualTo(5L * (FLOOR - 1000));

      for (var stream : streams) rig.edge.run(() -> stream.stream().reset(CutReason.PEER_GONE));
      for (var sink : rig.agent.ear().sinks) sink.awaitClosed();
      assertThat(rig.agent.held(Purse.DIRECT) - linkDirect).isEqualTo(5 * 1000);
      assertThat(rig.agent.loop.unfilled()).isZero();

      rig.agent.run(() -> rig.agent.ear().sinks.forEach(Sink::letGo));
      assertThat(rig.agent.held(Purse.DIRECT)).isEqualTo(linkDirect);
      assertThat(rig.agent.held(Purse.HEAP)).isEqualTo(linkHeap);
    }
  }

  @Test
  void aWindowGrowsToAMebibyteAndNoFurtherWhileItsBytesAreTaken() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      var stream = rig.stream();

      rig.edge.run(() -> stream.send(8_000_000, 3, false));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());
      var sink = rig.agent.ear().sinks.getFirst();
      sink.awaitReceived(8_000_000);

      assertThat(sink.stream().account().held(Purse.DIRECT)).isEqualTo(1 << 20);
    }
  }

  @Test
  void noWindowGrowsInATunnelThatIsHalfFull() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      rig.agent.run(() -> assertThat(rig.agent.tunnel.charge(Purse.DIRECT, 12 << 20)).isTrue());
      var stream = rig.stream();

      rig.edge.run(() -> stream.send(500_000, 3, false));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());
      var sink = rig.agent.ear().sinks.getFirst();
      sink.awaitReceived(500_000);

      assertThat(sink.stream().account().held(Purse.DIRECT)).isEqualTo(FLOOR);
      rig.agent.tunnel.release(Purse.DIRECT, 12 << 20);
    }
  }

  @Test
  void aLinkOutlives256ResetsAtOnce() throws IOException {
    try (var rig = LinkRig.open()) {
      var link = rig.dial();
      var streams = new ArrayList<Sink>();
      for (int i = 0; i < 256; i++) streams.add(rig.stream());
      for (var stream : streams) rig.edge.run(() -> stream.send(30_000, 3, false));

      rig.edge.run(() -> streams.forEach(s -> s.stream().reset(CutReason.PEER_GONE)));
      for (var stream : streams) stream.awaitClosed();
      var after = rig.stream();
      rig.edge.run(() -> after.send(1_000_000, 5, true));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> rig.agent.ear().sinks.size() == 257);

      rig.agent.ear().sinks.getLast().awaitReceived(1_000_000);
      assertThat(link.isClosed()).isFalse();
      Eventually.await(LinkRig.SOON, () -> "streams", () -> link.streamCount() == 1);
    }
  }

  @Test
  void nothingIsSentBeforeTheFirstOfferAndIdsRiseInThatOrder() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      var first = rig.stream();
      var second = rig.stream();
      assertThat(List.of(first.stream().id(), second.stream().id())).containsExactly(0, 0);

      rig.edge.run(() -> second.send(10, 1, false));
      rig.edge.run(() -> first.send(20, 1, false));

      Eventually.await(LinkRig.SOON, () -> "streams", () -> rig.agent.ear().sinks.size() == 2);
      rig.agent.ear().sinks.getFirst().awaitReceived(10);
      rig.agent.ear().sinks.getLast().awaitReceived(20);
      assertThat(List.of(first.stream().id(), second.stream().id())).containsExactly(4, 2);
    }
  }

  @Test
  void streamsWithoutAnAcknowledgementAreLimited() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      for (int i = 0; i < 256; i++) {
        assertThat(rig.edge.call(() -> rig.edge.ear().link().openStream(new Sink()))).isNotNull();
      }

      var oneMore =
          rig.edge.call(() -> rig.edge.ear().link().openStream(new Sink()) == null ? 1 : 0);

      assertThat(oneMore).isEqualTo(1);
    }
  }

  @Test
  void aTunnelWithoutRoomRefusesAStreamAndKeepsNothing() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      int rest = (int) (rig.edge.tunnel.limit(Purse.DIRECT) - rig.edge.held(Purse.DIRECT));
      assertThat(rig.edge.tunnel.charge(Purse.DIRECT, rest - FLOOR + 1)).isTrue();
      long heap = rig.edge.held(Purse.HEAP);

      var refused =
          rig.edge.call(() -> rig.edge.ear().link().openStream(new Sink()) == null ? 1 : 0);

      assertThat(refused).isEqualTo(1);
      assertThat(rig.edge.held(Purse.HEAP)).isEqualTo(heap);
      rig.edge.tunnel.release(Purse.DIRECT, rest - FLOOR + 1);
    }
  }

  @Test
  void aStreamThatTheReceiverCannotPayIsResetAndTheLinkLives() throws IOException {
    try (var rig = LinkRig.open()) {
      var link = rig.dial();
      int rest = (int) (rig.agent.tunnel.limit(Purse.DIRECT) - rig.agent.held(Purse.DIRECT));
      assertThat(rig.agent.tunnel.charge(Purse.DIRECT, rest - FLOOR + 1)).isTrue();
      var stream = rig.stream();

      rig.edge.run(() -> stream.send(100_000, 3, false));
      stream.awaitClosed();

      assertThat(stream.closed).containsExactly("PEER_GONE");
      assertThat(link.isClosed()).isFalse();
      rig.agent.tunnel.release(Purse.DIRECT, rest - FLOOR + 1);
    }
  }

  @Test
  void everyStreamEndsWithItsLink() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      rig.agent.ear().holding = true;
      var streams = new ArrayList<Sink>();
      for (int i = 0; i < 20; i++) streams.add(rig.stream());
      for (var stream : streams) rig.edge.run(() -> stream.send(100_000, 3, false));
      Eventually.await(LinkRig.SOON, () -> "streams", () -> rig.agent.ear().sinks.size() == 20);

      rig.agent.run(() -> rig.agent.ear().link().cut(CutReason.OPERATOR));

      for (var stream : streams) stream.awaitClosed();
      assertThat(streams).allSatisfy(s -> assertThat(s.closed).containsExactly("LINK_LOST"));
      assertThat(rig.agent.ear().sinks)
          .allSatisfy(s -> assertThat(s.closed).containsExactly("LINK_LOST"));
      assertThat(rig.agent.ear().ends).containsExactly(CutReason.OPERATOR);
      Eventually.await(LinkRig.SOON, () -> "end", () -> !rig.edge.ear().ends.isEmpty());
      rig.agent.run(() -> rig.agent.ear().sinks.forEach(Sink::letGo));
    }
  }

  @Test
  void afterAGoAwayNoStreamOpensAndTheLastOneEndsTheLink() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      var stream = rig.stream();
      rig.edge.run(() -> stream.send(1000, 3, false));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());

      rig.agent.run(() -> rig.agent.ear().link().goAway());
      Eventually.await(LinkRig.SOON, () -> "GoAway", () -> !rig.edge.ear().farewells.isEmpty());
      boolean refused = rig.edge.call(() -> rig.edge.ear().link().openStream(new Sink()) == null);
      rig.edge.run(() -> stream.send(500_000, 3, true));
      rig.agent.ear().sinks.getFirst().awaitReceived(501_000);
      rig.agent.run(() -> rig.agent.ear().sinks.getFirst().stream().end());

      assertThat(refused).isTrue();
      Eventually.await(LinkRig.SOON, () -> "end", () -> !rig.edge.ear().ends.isEmpty());
      assertThat(stream.closed).containsExactly("null");
    }
  }

  @Test
  void resettingOneEndDiscardsWhatWaitsAndTellsItsPayers() throws IOException {
    try (var rig = LinkRig.open()) {
      var _ = rig.dial();
      rig.agent.ear().holding = true;
      var stream = rig.stream();
      var told = new long[1];
      Payer payer = bytes -> told[0] += bytes;
      rig.edge.run(() -> {
        for (int i = 0; i < 40; i++) {
          var piece = rig.edge.loop.buffers().directBuffer(5000).writeZero(5000);
          var _ = stream.stream().offer(piece, 5000, payer);
        }
      });
      Eventually.await(
          LinkRig.SOON,
          () -> "window full",
          () ->
              !rig.agent.ear().sinks.isEmpty()
                  && rig.agent.ear().sinks.getFirst().received == FLOOR);

      long queued = rig.edge.call(() -> stream.stream().queuedBytes());
      rig.edge.run(() -> stream.stream().reset(CutReason.OTHER_SIDE_GONE));
      stream.awaitClosed();

      assertThat(queued).isEqualTo(200_000 - FLOOR);
      assertThat(rig.edge.call(() -> told[0])).isEqualTo(200_000);
      assertThat(stream.closed).containsExactly("OTHER_SIDE_GONE");
      assertThat(rig.edge.loop.cuts(CutReason.OTHER_SIDE_GONE)).isEqualTo(1);
      rig.agent.ear().sinks.getFirst().awaitClosed();
      rig.agent.run(() -> rig.agent.ear().sinks.getFirst().letGo());
    }
  }
}
