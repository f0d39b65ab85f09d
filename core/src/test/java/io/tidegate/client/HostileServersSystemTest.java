package io.tidegate.client;

import static io.tidegate.client.ClientRig.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.WebSocketFrame;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.CloseFrame;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Servers that mean harm: each costs its own connection, within the deadline, and is named; the
/// client's other connection goes on.
///
/// A connection's account holds 64 KiB at most, so one that is cut for another reason than
/// `MEMORY_REFUSED` has never asked for more.
@ExtendWith(Balanced.class)
class HostileServersSystemTest {
  private static final int CEILING = 64 * 1024;
  private static final Duration A_STEP = Duration.ofSeconds(1);

  /// A deadline, the sweep that looks at it, and a loaded machine.
  private static final Duration SOON = Duration.ofSeconds(6);

  private static final WebSocketConfig STRICT =
      WebSocketConfig.DEFAULT
          .withLimits(
              WebSocketLimits.DEFAULT
                  .withMaxMessageBytes(16 * 1024)
                  .withMessageTimeout(A_STEP)
                  .withPingInterval(A_STEP)
                  .withPongTimeout(A_STEP)
                  .withCloseTimeout(A_STEP))
          .withDeflate(Deflate.DEFAULT);

  private static final String DEFLATE =
      "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover;"
          + " client_no_context_takeover\r\n";

  /// What a server does once the WebSocket is open.
  private enum Attack {
    HALF_A_FRAME(CutReason.MESSAGE_TIMEOUT) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(Arrays.copyOf(WebSocketFrame.of(2, new byte[4_000]).unmaskedBytes(), 100));
      }
    },
    A_FRAME_BYTE_BY_BYTE(CutReason.MESSAGE_TIMEOUT) {
      @Override
      void play(RawServer.Peer peer) throws IOException, InterruptedException {
        for (var octet : WebSocketFrame.of(2, new byte[4_000]).unmaskedBytes()) {
          peer.send(new byte[] {octet});
          TimeUnit.MILLISECONDS.sleep(20);
        }
      }
    },
    A_LENGTH_OF_2_TO_THE_63(CutReason.BAD_MESSAGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(new byte[] {(byte) 0x82, 127, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0});
      }
    },
    THE_LONGEST_LENGTH(CutReason.TOO_LARGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(new byte[] {(byte) 0x82, 127, 127, -1, -1, -1, -1, -1, -1, -1});
      }
    },
    JUNK(CutReason.BAD_MESSAGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        var junk = new byte[30_000];
        new Random(4).nextBytes(junk);
        junk[0] = (byte) 0xf3;
        peer.send(junk);
      }
    },
    A_MASKED_FRAME(CutReason.BAD_MESSAGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(WebSocketFrame.of(1, new byte[] {'x'}).maskedBytes(7));
      }
    },
    TEXT_THAT_IS_NONE(CutReason.BAD_MESSAGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(WebSocketFrame.of(1, new byte[] {(byte) 0xff}).unmaskedBytes());
      }
    },
    ENDLESS_FRAGMENTS(CutReason.TOO_LARGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(WebSocketFrame.unfinished(2, new byte[1]).unmaskedBytes());
        forEver(peer, WebSocketFrame.unfinished(0, new byte[1]).unmaskedBytes());
      }
    },
    ENDLESS_EMPTY_FRAGMENTS(CutReason.TOO_LARGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(WebSocketFrame.unfinished(2, new byte[0]).unmaskedBytes());
        forEver(peer, WebSocketFrame.unfinished(0, new byte[0]).unmaskedBytes());
      }
    },
    LARGE_FRAGMENTS(CutReason.TOO_LARGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(WebSocketFrame.unfinished(2, new byte[4_000]).unmaskedBytes());
        forEver(peer, WebSocketFrame.unfinished(0, new byte[4_000]).unmaskedBytes());
      }
    },
    A_COMPRESSION_BOMB(CutReason.TOO_LARGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(WebSocketFrame.withFirstByte(0xc2, bomb()).unmaskedBytes());
      }
    },
    WHAT_IS_NOT_DEFLATED(CutReason.BAD_MESSAGE) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(WebSocketFrame.withFirstByte(0xc2, new byte[] {-1, -1, -1, -1}).unmaskedBytes());
      }
    },
    A_PING_FLOOD(CutReason.FLOOD) {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        forEver(peer, WebSocketFrame.of(WebSocketFrame.PING, new byte[125]).unmaskedBytes());
      }
    },
    SILENCE(CutReason.SILENT) {
      @Override
      void play(RawServer.Peer peer) {}
    };

    private final CutReason reason;

    Attack(CutReason reason) {
      this.reason = reason;
    }

    abstract void play(RawServer.Peer peer) throws IOException, InterruptedException;
  }

  private static void forEver(RawServer.Peer peer, byte[] frame) throws IOException {
    var many = new ByteArrayOutputStream();
    for (int i = 0; i < 100; i++) many.writeBytes(frame);
    while (true) peer.send(many.toByteArray());
  }

  /// 16 MB of zeros in 16 KB.
  private static byte[] bomb() {
    var deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    deflater.setInput(new byte[16 << 20]);
    var out = new byte[64 * 1024];
    int count = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(out, count - 4);
  }

  private static RawServer echo() throws IOException {
    return new RawServer(peer -> {
      var _ = peer.accept("");
      for (var text = peer.message(); text.length > 0; text = peer.message()) {
        peer.send(WebSocketFrame.of(WebSocketFrame.TEXT, text).unmaskedBytes());
      }
    });
  }

  private static ClientRig rig() {
    return new ClientRig(config ->
        config
            .withWebSocket(STRICT)
            .withTimeouts(ClientTimeouts.ofEach(A_STEP))
            .withConnectionLimits(new Budget(CEILING, CEILING)));
  }

  /// Keeps the end, and nothing else.
  private static final class End implements WebSocketListener {
    private final CompletableFuture<CutReason> reason = new CompletableFuture<>();

    @Override
    public void message(WebSocket socket, Message message) {}

    @Override
    public void closed(WebSocket socket, CloseFrame how) {
      var cut = socket.cutReason();
      var _ =
          cut == null
              ? reason.completeExceptionally(new AssertionError("ended: " + how))
              : reason.complete(cut);
    }
  }

  @ParameterizedTest
  @EnumSource(Attack.class)
  void anOpenConnectionIsCutAndNoOther(Attack attack) throws Exception {
    var end = new CountDownLatch(1);
    try (var good = echo();
        var bad =
            new RawServer(peer -> {
              var _ = peer.accept(DEFLATE);
              attack.play(peer);
              if (attack == Attack.SILENCE || attack == Attack.HALF_A_FRAME) end.await();
              peer.drain();
            });
        var rig = rig();
        var other = rig.client.open(good.uri("/"))) {
      var told = new End();
      long began = System.nanoTime();

      var _ = rig.client.open(bad.uri("/"), told);

      assertThat(told.reason.get(20, TimeUnit.SECONDS)).isEqualTo(attack.reason);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
      assertThat(rig.loops.cuts(CutReason.MEMORY_REFUSED)).isZero();
      assertThat(other.send("still here").isTaken()).isTrue();
      assertThat(ClientRig.text(other)).isEqualTo("still here");
      end.countDown();
      Eventually.await(
          PATIENCE, () -> "the attacker is there", () -> rig.loops.connectionCount() == 1);
    }
  }

  /// What a server does in place of an answer.
  private enum BadAnswer {
    SILENCE("no whole answer within") {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.drain();
      }
    },
    AN_ENDLESS_HEAD("malformed or too long") {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send("HTTP/1.1 101 Switching Protocols\r\n");
        forEver(peer, "X-Field: and so on\r\n".getBytes());
      }
    },
    AN_ENDLESS_LINE("malformed or too long") {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send("HTTP/1.1 101 ");
        forEver(peer, "and so on ".getBytes());
      }
    },
    A_HEAD_BYTE_BY_BYTE("no whole answer within") {
      @Override
      void play(RawServer.Peer peer) throws IOException, InterruptedException {
        for (int i = 0; i < 2_000; i++) {
          peer.send("HTTP/1.1 101 Switching Protocols\r\n".repeat(99).substring(i, i + 1));
          TimeUnit.MILLISECONDS.sleep(40);
          if (i == 33) i = -1;
        }
      }
    },
    ENDLESS_INTERIM_ANSWERS("no whole answer within") {
      @Override
      void play(RawServer.Peer peer) throws IOException, InterruptedException {
        while (true) {
          peer.send("HTTP/1.1 100 Continue\r\n\r\n");
          TimeUnit.MILLISECONDS.sleep(5);
        }
      }
    },
    JUNK("malformed or too long") {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send("SSH-2.0-OpenSSH_9\r\n");
        peer.drain();
      }
    },
    A_FALSE_KEY("does not answer our key") {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n");
        peer.drain();
      }
    },
    AN_ENDLESS_BODY("the server answered 500") {
      @Override
      void play(RawServer.Peer peer) throws IOException {
        peer.send("HTTP/1.1 500 No\r\nContent-Length: 99999999999\r\n\r\n");
        forEver(peer, new byte[1_000]);
      }
    },
    NOTHING_AND_THE_END("there was none") {
      @Override
      void play(RawServer.Peer peer) {}
    };

    private final String words;

    BadAnswer(String words) {
      this.words = words;
    }

    abstract void play(RawServer.Peer peer) throws IOException, InterruptedException;
  }

  @ParameterizedTest
  @EnumSource(BadAnswer.class)
  void oneThatIsBeingOpenedFailsAndNoOther(BadAnswer answer) throws Exception {
    try (var good = echo();
        var bad =
            new RawServer(peer -> {
              var _ = peer.head();
              answer.play(peer);
            });
        var rig = rig();
        var other = rig.client.open(good.uri("/"))) {
      long began = System.nanoTime();

      var failure = rig.failure(bad.uri("/"));

      assertThat(failure.step()).isEqualTo(Step.HANDSHAKE);
      assertThat(failure.reason()).contains(answer.words);
      assertThat(failure.lasting()).isFalse();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
      assertThat(rig.loops.cuts(CutReason.MEMORY_REFUSED)).isZero();
      Eventually.await(
          PATIENCE, () -> "the attacker is there", () -> rig.loops.connectionCount() == 1);
      assertThat(other.send("still here").isTaken()).isTrue();
      assertThat(ClientRig.text(other)).isEqualTo("still here");
    }
  }

  @Test
  void aMessageThatPassesTheAccountCostsItsConnectionAlone() throws Exception {
    var roomy = WebSocketConfig.DEFAULT;
    try (var good = echo();
        var bad =
            new RawServer(peer -> {
              var _ = peer.accept("");
              peer.send(WebSocketFrame.of(2, new byte[500_000]).unmaskedBytes());
              peer.drain();
            });
        var rig =
            new ClientRig(
                c -> c.withWebSocket(roomy).withConnectionLimits(new Budget(CEILING, CEILING)));
        var other = rig.client.open(good.uri("/"))) {
      var told = new End();

      var _ = rig.client.open(bad.uri("/"), told);

      assertThat(told.reason.get(20, TimeUnit.SECONDS)).isEqualTo(CutReason.MEMORY_REFUSED);
      assertThat(other.send("still here").isTaken()).isTrue();
      assertThat(ClientRig.text(other)).isEqualTo("still here");
    }
  }
}
