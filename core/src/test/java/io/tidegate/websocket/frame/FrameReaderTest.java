package io.tidegate.websocket.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.tidegate.websocket.frame.FrameReader.Event;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
  private static final WebSocketLimits SMALL =
      WebSocketLimits.DEFAULT.withMaxMessageBytes(300).withMaxFrameBytes(200).withMaxFragments(3);

  // RFC 6455 §5.7

  @Test
  void theUnmaskedHelloOfTheRfcIsRead() {
    assertThat(Transcript.of(Role.CLIENT, "81 05 48 65 6c 6c 6f"))
        .containsExactly("TEXT 5:48656c6c6f");
  }

  @Test
  void theMaskedHelloOfTheRfcIsReadAndUnmasked() {
    assertThat(Transcript.of(Role.SERVER, "81 85 37 fa 21 3d 7f 9f 4d 51 58"))
        .containsExactly("TEXT 5:48656c6c6f");
  }

  @Test
  void theFragmentedHelloOfTheRfcIsTwoFramesOfOneText() {
    assertThat(Transcript.of(Role.CLIENT, "01 03 48 65 6c 80 02 6c 6f"))
        .containsExactly("TEXT+ 3:48656c", "CONTINUATION 2:6c6f");
  }

  @Test
  void thePingAndTheMaskedPongOfTheRfcAreRead() {
    assertThat(Transcript.of(Role.CLIENT, "89 05 48 65 6c 6c 6f"))
        .containsExactly("PING 5:48656c6c6f");
    assertThat(Transcript.of(Role.SERVER, "8a 85 37 fa 21 3d 7f 9f 4d 51 58"))
        .containsExactly("PONG 5:48656c6c6f");
  }

  @ParameterizedTest
  @CsvSource({
    "82 7E 0100, 256",
    "82 7F 0000000000010000, 65536",
    "82 7E 007E, 126",
    "82 7E FFFF, 65535"
  })
  void longLengthsOfTheRfcAreRead(String header, int bytes) {
    var transcript = new Transcript(Role.CLIENT, WebSocketLimits.DEFAULT);

    var lines = transcript.feed(Transcript.bytes(header)).feed(new byte[bytes]).lines();

    assertThat(lines).containsExactly("BINARY " + bytes + ":" + "00".repeat(bytes));
  }

  // Headers

  @ParameterizedTest
  @ValueSource(strings = {"C1", "A1", "91", "F1", "C9", "C0"})
  void aReservedBitIs1002(String firstByte) {
    assertThat(Transcript.of(Role.SERVER, firstByte)).containsExactly("BAD 1002 reserved bit set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"83", "84", "85", "86", "87", "8B", "8C", "8D", "8E", "8F", "03", "0B"})
  void aReservedOpcodeIs1002(String firstByte) {
    assertThat(Transcript.of(Role.SERVER, firstByte)).containsExactly("BAD 1002 reserved opcode");
  }

  @ParameterizedTest
  @ValueSource(strings = {"08", "09", "0A"})
  void aControlFrameWithoutFinIs1002(String firstByte) {
    assertThat(Transcript.of(Role.SERVER, firstByte))
        .containsExactly("BAD 1002 fragmented control frame");
  }

  @ParameterizedTest
  @ValueSource(strings = {"88 FE", "89 FE", "8A FF"})
  void aControlFrameOfMoreThan125BytesIs1002(String header) {
    assertThat(Transcript.of(Role.SERVER, header))
        .containsExactly("BAD 1002 control frame longer than 125 bytes");
  }

  @Test
  void aServerRefusesAnUnmaskedFrameAndAClientAMaskedOne() {
    assertThat(Transcript.of(Role.SERVER, "81 05")).containsExactly("BAD 1002 unmasked frame");
    assertThat(Transcript.of(Role.CLIENT, "81 85")).containsExactly("BAD 1002 masked frame");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"82 7E 0000", "82 7E 007D", "82 7F 0000000000000005", "82 7F 000000000000FFFF"})
  void aLengthThatIsNotInItsShortestFormIs1002(String header) {
    assertThat(Transcript.of(Role.CLIENT, header))
        .containsExactly("BAD 1002 length not in its shortest form");
  }

  @ParameterizedTest
  @ValueSource(strings = {"82 7F 8000000000000000", "82 7F FFFFFFFFFFFFFFFF"})
  void aLengthWithItsHighestBitIs1002(String header) {
    assertThat(Transcript.of(Role.CLIENT, header)).containsExactly("BAD 1002 length of 64 bits");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "82 FF 7FFFFFFFFFFFFFFF",
        "82 FF 4000000000000000",
        "82 FF 0000000080000000",
        "82 FF 0000000000100001"
      })
  void aFrameOverTheLimitIs1009BeforeItsMaskKeyAndPayload(String header) {
    assertThat(Transcript.of(Role.SERVER, header))
        .containsExactly("BAD 1009 frame longer than 1048576 bytes");
  }

  @Test
  void aFrameOfExactlyTheLimitIsTaken() {
    assertThat(Transcript.of(Role.CLIENT, SMALL, "82 7E 00C8")).containsExactly("BINARY 200");
    assertThat(Transcript.of(Role.CLIENT, SMALL, "82 7E 00C9"))
        .containsExactly("BAD 1009 frame longer than 200 bytes");
  }

  @Test
  void aControlFrameIsNotBoundByTheLimitOfDataFrames() {
    var tiny = WebSocketLimits.DEFAULT.withMaxMessageBytes(1);

    assertThat(Transcript.of(Role.CLIENT, tiny, "89 02 00 00 82 01 00"))
        .containsExactly("PING 2:0000", "BINARY 1:00");
  }

  @Test
  void theReaderStaysBad() {
    var transcript =
        new Transcript(Role.SERVER, WebSocketLimits.DEFAULT).feed(Transcript.bytes("FF"));

    var event = transcript.reader().next(Unpooled.wrappedBuffer(Transcript.bytes("818000000000")));

    assertThat(event).isEqualTo(Event.BAD);
    assertThat(transcript.reader().closeCode()).isEqualTo(1002);
  }

  // Messages

  @Test
  void aContinuationOfNoMessageIs1002() {
    assertThat(Transcript.of(Role.CLIENT, "80 00"))
        .containsExactly("BAD 1002 continuation of no message");
    assertThat(Transcript.of(Role.CLIENT, "81 00 80 00"))
        .containsExactly("TEXT 0:", "BAD 1002 continuation of no message");
  }

  @ParameterizedTest
  @ValueSource(strings = {"81", "82", "01", "02"})
  void aMessageInsideAMessageIs1002(String second) {
    assertThat(Transcript.of(Role.CLIENT, "02 00 " + second))
        .containsExactly("BINARY+ 0:", "BAD 1002 message inside a message");
  }

  @Test
  void controlFramesComeBetweenFragments() {
    assertThat(Transcript.of(Role.CLIENT, "01 01 41 89 01 FF 8A 00 80 01 42"))
        .containsExactly("TEXT+ 1:41", "PING 1:ff", "PONG 0:", "CONTINUATION 1:42");
  }

  @Test
  void fragmentsPastTheLimitAre1009AndEmptyOnesCount() {
    assertThat(Transcript.of(Role.CLIENT, SMALL, "02 00 00 00 80 00 82 00"))
        .containsExactly("BINARY+ 0:", "CONTINUATION+ 0:", "CONTINUATION 0:", "BINARY 0:");
    assertThat(Transcript.of(Role.CLIENT, SMALL, "02 00 00 00 00 00 00"))
        .containsExactly(
            "BINARY+ 0:", "CONTINUATION+ 0:", "CONTINUATION+ 0:", "BAD 1009 more than 3 fragments");
  }

  @Test
  void aMessageOverTheLimitIs1009OnTheHeaderThatPassesIt() {
    var transcript = new Transcript(Role.CLIENT, SMALL);

    var lines =
        transcript
            .feed(Transcript.bytes("02 7E 00C8"))
            .feed(new byte[200])
            .feed(Transcript.bytes("80 65"))
            .lines();

    assertThat(lines.getLast()).isEqualTo("BAD 1009 message longer than 300 bytes");
  }

  @Test
  void aMessageOfExactlyTheLimitIsTakenAndTheNextBeginsAtNothing() {
    var transcript = new Transcript(Role.CLIENT, SMALL);
    var message = "02 7E 00C8" + "00".repeat(200) + "80 64" + "00".repeat(100);

    var lines = transcript.feed(Transcript.bytes(message)).feed(Transcript.bytes(message)).lines();

    assertThat(lines).hasSize(4).noneMatch(line -> line.startsWith("BAD"));
  }

  @Test
  void theKindOfAMessageIsKnownInItsContinuationEvenBehindAPing() {
    var transcript = new Transcript(Role.CLIENT, WebSocketLimits.DEFAULT);

    var reader = transcript.feed(Transcript.bytes("02 01 41 89 00 80 01")).reader();

    assertThat(reader.opcode()).isEqualTo(Opcode.CONTINUATION);
    assertThat(reader.messageOpcode()).isEqualTo(Opcode.BINARY);
    assertThat(reader.frameBytes()).isOne();
  }

  @Test
  void theClockOfAMessageRunsFromItsFirstByteToItsLast() {
    var transcript = new Transcript(Role.CLIENT, WebSocketLimits.DEFAULT);
    assertThat(transcript.reader().isInsideMessage()).isFalse();

    assertThat(transcript.feed(Transcript.bytes("01")).reader().isInsideMessage()).isTrue();
    assertThat(transcript.feed(Transcript.bytes("01 41")).reader().isInsideMessage()).isTrue();
    assertThat(transcript.feed(Transcript.bytes("80 00")).reader().isInsideMessage()).isFalse();
    assertThat(transcript.feed(Transcript.bytes("89")).reader().isInsideMessage()).isTrue();
  }

  // Text

  @Test
  void aCharacterMayBeCutByAFragment() {
    assertThat(Transcript.of(Role.CLIENT, "01 01 C3 89 00 80 01 A9"))
        .containsExactly("TEXT+ 1:c3", "PING 0:", "CONTINUATION 1:a9");
  }

  @Test
  void wrongUtf8Is1007AtOnceAndNotAtTheEndOfTheFrame() {
    assertThat(Transcript.of(Role.CLIENT, "81 7D 41 FF"))
        .containsExactly("TEXT 125", "BAD 1007 text is not UTF-8");
  }

  @Test
  void aTextThatEndsInsideACharacterIs1007() {
    assertThat(Transcript.of(Role.CLIENT, "01 01 C3 80 00"))
        .containsExactly("TEXT+ 1:c3", "CONTINUATION 0", "BAD 1007 text ends inside a character");
  }

  @Test
  void binaryAndPingsAreNotCheckedForUtf8() {
    assertThat(Transcript.of(Role.CLIENT, "82 01 FF 89 01 FF 01 00 89 01 FF 80 00"))
        .containsExactly("BINARY 1:ff", "PING 1:ff", "TEXT+ 0:", "PING 1:ff", "CONTINUATION 0:");
  }

  // Close

  @Test
  void whatFollowsACloseFrameIsDropped() {
    var in = Unpooled.wrappedBuffer(Transcript.bytes("88 02 03 E8 FF FF FF"));
    var transcript = new Transcript(Role.CLIENT, WebSocketLimits.DEFAULT);

    var lines = transcript.feed(in).lines();

    assertThat(lines).containsExactly("CLOSE 2:03e8");
    assertThat(in.isReadable()).isFalse();
    assertThat(transcript.feed(Transcript.bytes("81 05")).lines()).hasSize(1);
    assertThat(transcript.reader().isInsideMessage()).isFalse();
  }
}
