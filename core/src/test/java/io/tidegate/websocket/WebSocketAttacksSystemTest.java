package io.tidegate.websocket;

import static io.tidegate.http.HttpRig.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a hostile peer of a WebSocket gets, and what it can make this process hold.
@ExtendWith(Balanced.class)
class WebSocketAttacksSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int KIB = 1024;

  /// The peak of the root counts what the loop's credit line has taken in advance.
  private static final int LINE = 64 * KIB;

  private final WebSocketRig.Echo echo = new WebSocketRig.Echo();

  private static byte[] hex(String bytes) {
    return HexFormat.of().parseHex(bytes.replace(" ", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"82", "82 FF 00 00", "82 FE 80 00 00 00 00 00", "02 81 00 00 00 00 07"})
  void halfAFrameIsCutByTheClockAndHoldsLittle(String half) throws Exception {
    var limits = WebSocketLimits.DEFAULT.withMessageTimeout(Duration.ofMillis(500));
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT.withLimits(limits), echo);
        var peer = rig.open()) {
      peer.sendRaw(hex(half));
      assertThat(peer.silentFor(Duration.ofMillis(200))).isTrue();
      assertThat(rig.http.heldDirect()).isLessThanOrEqualTo(KIB);

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_008);
      rig.http.awaitCut(CutReason.MESSAGE_TIMEOUT, 1);
      assertThat(rig.peakDirect()).isLessThanOrEqualTo(LINE + KIB);
    }
  }

  @Test
  void messagesThatDoNotEndLeaveRoomForOthers() throws Exception {
    int long16 = 16 << 20;
    var limits = WebSocketLimits.DEFAULT.withMaxMessageBytes(long16).withMaxFrameBytes(long16);
    var half = Arrays.copyOf(WebSocketFrame.of(2, new byte[long16]).maskedBytes(1), 1_900 * KIB);
    var peers = new ArrayList<RawWebSocket>();
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT.withLimits(limits), echo)) {
      long purse = rig.http.loops.root().limit(Purse.DIRECT);
      for (long sent = 0; sent < 2 * purse; sent += half.length) {
        var peer = rig.open();
        peers.add(peer);
        try {
          peer.sendRaw(half);
        } catch (IOException cut) {
          // as it should be, in the middle
        }
      }

      await("some are cut", () -> rig.http.loops.cuts(CutReason.MEMORY_REFUSED) > 0);
      rig.http.expectLogged("Overload");
      try (var other = rig.open()) {
        other.sendText("still here");
        assertThat(other.read(SOON).text()).isEqualTo("still here");
      }
      assertThat(rig.peakDirect()).isBetween(purse / 2, purse / 100 * 90);
      for (var peer : peers) peer.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void fragmentsWithoutEndAreCountedAndHoldTheirBytes(int size) throws Exception {
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT, echo);
        var peer = rig.open()) {
      var all = new ByteArrayOutputStream();
      for (int i = 0; i < 1_025; i++) {
        var opcode = i == 0 ? WebSocketFrame.BINARY : WebSocketFrame.CONTINUATION;
        all.writeBytes(WebSocketFrame.unfinished(opcode, new byte[size]).maskedBytes(i));
      }
      peer.sendRaw(all.toByteArray());

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_009);
      rig.http.awaitCut(CutReason.TOO_LARGE, 1);
    }
  }

  @Test
  void aFloodOfPingsIsCutAndItsPongsAreBounded() throws Exception {
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT, echo);
        var peer = rig.open()) {
      var pings = new ByteArrayOutputStream();
      for (int i = 0; i < 1_000; i++) {
        pings.writeBytes(WebSocketFrame.of(WebSocketFrame.PING, new byte[125]).maskedBytes(i));
      }
      peer.sendRaw(pings.toByteArray());

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_008);
      rig.http.awaitCut(CutReason.FLOOD, 1);
      assertThat(rig.peakDirect()).isLessThanOrEqualTo(131_000 + 17 * 131 + 4 * KIB);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "82 FF 80 00 00 00 00 00 00 00, 1002",
    "82 FF 40 00 00 00 00 00 00 00, 1009",
    "82 FF 00 00 00 00 80 00 00 00, 1009",
    "82 FF 00 00 00 00 00 10 00 01, 1009",
  })
  void aLengthPastTheLimitIsRefusedBeforeItsPayload(String header, int code) throws Exception {
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT, echo);
        var peer = rig.open()) {
      peer.sendRaw(hex(header));

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(code);
      assertThat(rig.peakDirect()).isLessThanOrEqualTo(LINE + KIB);
    }
  }

  // ---- compression

  private static byte[] deflated(byte[] plain) {
    var deflater = new Deflater(9, true);
    deflater.setInput(plain);
    var out = new ByteArrayOutputStream();
    var step = new byte[8192];
    int count = deflater.deflate(step, 0, step.length, Deflater.SYNC_FLUSH);
    while (count > 0) {
      out.write(step, 0, count);
      count = deflater.deflate(step, 0, step.length, Deflater.SYNC_FLUSH);
    }
    deflater.end();
    var all = out.toByteArray();
    return java.util.Arrays.copyOf(all, all.length - 4);
  }

  private static RawWebSocket deflating(WebSocketRig rig) throws IOException {
    var peer = rig.open("Sec-WebSocket-Extensions: permessage-deflate");
    assertThat(peer.answer().first("Sec-WebSocket-Extensions"))
        .isEqualTo("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    return peer;
  }

  private static WebSocketFrame compressed(byte[] payload) {
    return WebSocketFrame.withFirstByte(0xC0 | WebSocketFrame.BINARY, payload);
  }

  @Test
  void aDeflateBombIsStoppedAtItsRatioAndHoldsNoMoreThanAMessage() throws Exception {
    var bomb = deflated(new byte[200 << 20]);
    assertThat((200L << 20) / bomb.length).isGreaterThan(1_000);
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT), echo);
        var peer = deflating(rig)) {
      peer.send(compressed(bomb));

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_009);
      rig.http.awaitCut(CutReason.TOO_LARGE, 1);
      assertThat(rig.peakDirect()).isLessThanOrEqualTo((1 << 20) + 64 * KIB);
    }
  }

  @Test
  void aBombUnderALooseRatioStopsAtTheMessageLimit() throws Exception {
    var loose = WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT.withMaxRatio(1_032));
    try (var rig = new WebSocketRig(loose, echo);
        var peer = deflating(rig)) {
      peer.send(compressed(deflated(new byte[(1 << 20) + 1])));

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_009);
      assertThat(rig.peakDirect()).isLessThanOrEqualTo((1 << 20) + 3 * 64 * KIB);
    }
  }

  @Test
  void compressedMessagesAreEchoedAndTheirInflatersGivenBack() throws Exception {
    var config = WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT);
    try (var rig = new WebSocketRig(config, echo);
        var peer = deflating(rig)) {
      var random = new Random(5);
      for (int size : new int[] {0, 1, 100, 5_000, 64 * KIB}) {
        var plain = new byte[size];
        for (int i = 0; i < size; i++) plain[i] = (byte) random.nextInt(12);
        peer.send(compressed(deflated(plain)));

        var answer = peer.read();
        assertThat(answer.payload().length).isLessThanOrEqualTo(size);
        if (answer.reserved() == 0) assertThat(answer.payload()).isEqualTo(plain);
      }
      await("only deflaters are held", () -> rig.http.heldDirect() == 0);
    }
  }

  @Test
  void whatIsNoDeflateDataIsRefused() throws Exception {
    var config = WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT);
    try (var rig = new WebSocketRig(config, echo);
        var peer = deflating(rig)) {
      peer.send(compressed(hex("FF FF FF FF FF")));

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_007);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate; unknown",
        "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=15; server_max_window_bits=15",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits=08",
        "permessage-bzip2",
      })
  void anOfferThatCannotBeTakenIsDeclinedAndTheConnectionStands(String offer) throws Exception {
    var config = WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT);
    try (var rig = new WebSocketRig(config, echo);
        var peer = rig.open("Sec-WebSocket-Extensions: " + offer)) {
      assertThat(peer.answer().first("Sec-WebSocket-Extensions")).isNull();
      peer.sendText("hi");
      assertThat(peer.read().text()).isEqualTo("hi");
    }
  }

  // ---- pages of other sites

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "http://evil.example",
        "null",
        "http://a.example.evil",
        "http://evila.example",
        "http://a.example:81",
        "https://a.example:80",
        "http://a.example@evil.example",
        "http://a.example:8080",
        "http://b.a.example",
        "http://a.exampl",
        "file://",
        "a.example",
        "//a.example",
        "http:a.example",
        "http://",
        "http://[::1]",
        "http://127.0.0.1",
        "http://a.example/",
        "http://a.example, http://a.example",
      })
  void aPageOfAnotherOriginIsRefused(String origin) throws Exception {
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT, echo);
        var peer = rig.http.client()) {
      peer.send(
          "GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: "
              + origin
              + "\r\n\r\n");

      assertThat(peer.head().status()).isEqualTo(403);
      assertThat(echo.seen).isEmpty();
    }
  }

  @Test
  void theSiteItselfAndNamedOriginsAreLetIn() throws Exception {
    var config =
        WebSocketConfig.DEFAULT.withOrigins(OriginPolicy.sameOriginOr("https://app.example"));
    try (var rig = new WebSocketRig(config, echo)) {
      for (var origin : List.of("http://a.example", "https://app.example", "HTTP://A.EXAMPLE:80")) {
        try (var peer = rig.open("Origin: " + origin)) {
          peer.sendText("hi");
          assertThat(peer.read().text()).isEqualTo("hi");
        }
      }
    }
  }
}
