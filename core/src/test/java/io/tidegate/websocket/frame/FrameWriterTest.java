package io.tidegate.websocket.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.websocket.frame.FrameWriter.Part;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameWriterTest {
  private final FrameWriter server = FrameWriter.server();
  private final FrameWriter client = FrameWriter.client(new MaskKeys());
  private final ByteBuf out = Unpooled.buffer();

  @Test
  void aServersHeadersAreThoseOfTheRfc() {
    server.header(out, Opcode.TEXT, Part.LAST, 5);
    server.header(out, Opcode.TEXT, Part.FRAGMENT, 3);
    server.header(out, Opcode.CONTINUATION, Part.LAST, 2);
    server.header(out, Opcode.BINARY, Part.LAST, 256);
    server.header(out, Opcode.BINARY, Part.LAST, 65_536);

    assertThat(ByteBufUtil.hexDump(out))
        .isEqualTo("8105" + "0103" + "8002" + "827e0100" + "827f0000000000010000");
  }

  @ParameterizedTest
  @CsvSource({"0, 2", "125, 2", "126, 4", "65535, 4", "65536, 10", "2147483647, 10"})
  void theLengthTakesItsShortestForm(int payloadBytes, int headerBytes) {
    server.header(out, Opcode.BINARY, Part.LAST, payloadBytes);

    assertThat(out.readableBytes()).isEqualTo(headerBytes);
    assertThat(FrameWriter.headerBytes(Role.SERVER, payloadBytes)).isEqualTo(headerBytes);
    assertThat(FrameWriter.headerBytes(Role.CLIENT, payloadBytes)).isEqualTo(headerBytes + 4);
  }

  @Test
  void aClientMasksAPayloadThatComesInPieces() {
    var text = Unpooled.copiedBuffer("Hello, masked world", UTF_8);
    client.header(out, Opcode.TEXT, Part.LAST, text.readableBytes());

    while (text.isReadable()) {
      var piece = text.readSlice(Math.min(5, text.readableBytes()));
      client.mask(piece);
      out.writeBytes(piece);
    }

    assertThat(new Transcript(Role.SERVER, WebSocketLimits.DEFAULT).feed(out).lines())
        .containsExactly("TEXT 19:" + ByteBufUtil.hexDump("Hello, masked world".getBytes(UTF_8)));
  }

  @Test
  void aServerLeavesThePayloadAsItIs() {
    var payload = Unpooled.copiedBuffer("shared by many", UTF_8).asReadOnly();

    server.header(out, Opcode.TEXT, Part.LAST, payload);

    assertThat(payload.toString(UTF_8)).isEqualTo("shared by many");
  }

  @Test
  void maskKeysDiffer() {
    var keys = new MaskKeys();
    var seen = new HashSet<Integer>();

    for (var i = 0; i < 1_000; i++) seen.add(keys.next());

    assertThat(seen).hasSizeGreaterThan(990);
  }

  @Test
  void pingsAndPongsOfBothRolesAreRead() {
    var payload = Unpooled.copiedBuffer("beat", UTF_8);
    server.ping(out, payload);
    server.pong(out, Unpooled.EMPTY_BUFFER);
    var masked = Unpooled.buffer();
    client.ping(masked, payload);
    client.pong(masked, payload);

    assertThat(new Transcript(Role.CLIENT, WebSocketLimits.DEFAULT).feed(out).lines())
        .containsExactly("PING 4:62656174", "PONG 0:");
    assertThat(new Transcript(Role.SERVER, WebSocketLimits.DEFAULT).feed(masked).lines())
        .containsExactly("PING 4:62656174", "PONG 4:62656174");
    assertThat(payload.toString(UTF_8)).isEqualTo("beat");
  }

  @Test
  void aCloseFrameHasItsCodeAndReason() {
    server.close(out, CloseCode.GOING_AWAY, "bye");

    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("880503e9627965");
  }

  @Test
  void aCloseWithoutStatusIsEmpty() {
    server.close(out, CloseCode.NO_STATUS, "never sent");

    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("8800");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "é", "€", "😀", "\uD83D", "a😀", "abé€"})
  void aLongReasonIsCutBetweenTwoCharacters(String unit) {
    client.close(out, CloseCode.NORMAL, unit.repeat(200));

    var close = readClose(out);
    assertThat(out.readableBytes()).isZero();
    assertThat(close.code()).isEqualTo(CloseCode.NORMAL);
    assertThat(unit.replace('\uD83D', '?').repeat(200).replace("?\uDE00", "😀"))
        .startsWith(close.reason());
    assertThat(close.reason().getBytes(UTF_8).length).isBetween(40, 123);
  }

  private static CloseFrame readClose(ByteBuf wire) {
    var reader = new FrameReader(Role.SERVER, WebSocketLimits.DEFAULT);
    assertThat(reader.next(wire)).isEqualTo(FrameReader.Event.HEADER);
    assertThat(reader.next(wire)).isEqualTo(FrameReader.Event.PAYLOAD);
    return CloseFrame.read(wire.readSlice(reader.payloadBytes()));
  }

  @Test
  void whatMustNotBeSentIsACallersBug() {
    assertThatThrownBy(() -> server.close(out, 1006, ""))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server.header(out, Opcode.PING, Part.LAST, 126))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server.header(out, Opcode.PONG, Part.FRAGMENT, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> server.header(out, Opcode.TEXT, Part.LAST, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(out.isReadable()).isFalse();
  }
}
