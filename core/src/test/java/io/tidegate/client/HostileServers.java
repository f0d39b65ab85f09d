package io.tidegate.client;

import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.WebSocketFrame;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.Deflater;

/// Servers that mean harm, and a client that bears with little.
public final class HostileServers {
  /// What a connection's account holds at most: one that is cut for another reason than
  /// `MEMORY_REFUSED` has never asked for more.
  public static final int CEILING = 64 * 1024;

  /// A deadline, the sweep that looks at it, and a loaded machine.
  public static final Duration SOON = Duration.ofSeconds(6);

  private static final Duration A_STEP = Duration.ofSeconds(1);

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

  private HostileServers() {}

  /// Gives a server a second for each step, and a connection [#CEILING].
  public static ClientConfig strict(ClientConfig config) {
    return config
        .withWebSocket(STRICT)
        .withTimeouts(ClientTimeouts.ofEach(A_STEP))
        .withConnectionLimits(new Budget(CEILING, CEILING));
  }

  /// A server that sends texts back.
  public static RawServer echo() throws IOException {
    return new RawServer(HostileServers::echo);
  }

  /// Agrees, and sends texts back.
  public static void echo(RawServer.Peer peer) throws IOException {
    var _ = peer.accept("");
    for (var text = peer.message(); text.length > 0; text = peer.message()) {
      peer.send(WebSocketFrame.of(WebSocketFrame.TEXT, text).unmaskedBytes());
    }
  }

  /// What a server does once the WebSocket is open.
  public enum Attack {
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
    /// A pong that nobody asked for in front of each read's pings.
    PINGS_BEHIND_PONGS(CutReason.FLOOD) {
      @Override
      void play(RawServer.Peer peer) throws IOException, InterruptedException {
        var some = new ByteArrayOutputStream();
        some.writeBytes(WebSocketFrame.of(WebSocketFrame.PONG, new byte[4]).unmaskedBytes());
        for (int i = 0; i < 20; i++)
          some.writeBytes(WebSocketFrame.of(WebSocketFrame.PING, new byte[1]).unmaskedBytes());
        while (true) {
          peer.send(some.toByteArray());
          TimeUnit.MILLISECONDS.sleep(10);
        }
      }
    },
    SILENCE(CutReason.SILENT) {
      @Override
      void play(RawServer.Peer peer) {}
    };

    /// What the client cuts it for.
    public final CutReason reason;

    Attack(CutReason reason) {
      this.reason = reason;
    }

    /// Agrees, does its worst, and reads into nothing until the client ends.
    public void serve(RawServer.Peer peer) throws IOException, InterruptedException {
      var _ = peer.accept(DEFLATE);
      play(peer);
      peer.drain();
    }

    abstract void play(RawServer.Peer peer) throws IOException, InterruptedException;
  }

  /// What a server does in place of an answer.
  public enum BadAnswer {
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

    /// What the client's failure says.
    public final String words;

    BadAnswer(String words) {
      this.words = words;
    }

    /// Reads the request and does its worst.
    public void serve(RawServer.Peer peer) throws IOException, InterruptedException {
      var _ = peer.head();
      play(peer);
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
}
