package io.tidegate.websocket.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.tidegate.websocket.frame.FrameReader.Event;
import io.tidegate.websocket.frame.FrameWriter.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Cuts, random frames and garbage: what a reader says depends on the bytes alone.
class FrameStreamTest {
  /// A paranoid leak detector notes every access; here are too many.
  private static final ByteBufAllocator UNWATCHED = new UnpooledByteBufAllocator(false, true);

  private static final WebSocketLimits LIMITS =
      WebSocketLimits.DEFAULT.withMaxMessageBytes(200_000).withMaxFragments(20);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "81 85 37fa213d 7f9f4d5158 89 80 00000000 02 83 01020304 050607 80 81 00000000 00",
        "82 FE 0080 11223344 " + "5A",
        "01 82 00000000 E282 8A 81 00000000 FF 80 81 00000000 AC 88 82 00000000 03E8 FF FF",
        "81 82 00000000 C328 81 80 00000000",
        "82 FF 0000000000000001 00000000 00",
        "82 FF 0000000000030D41 00000000 00",
        "09 80 00000000",
      })
  void aCutAnywhereChangesNothing(String hex) {
    var bytes = Transcript.bytes(hex);
    var whole = new Transcript(Role.SERVER, LIMITS).feed(bytes).lines();

    for (var first = 0; first <= bytes.length; first++) {
      for (var second = first; second <= bytes.length; second++) {
        var cut = new Transcript(Role.SERVER, LIMITS);

        cut.take(Unpooled.copiedBuffer(bytes, 0, first));
        cut.take(Unpooled.copiedBuffer(bytes, first, second - first));
        cut.take(Unpooled.copiedBuffer(bytes, second, bytes.length - second));

        assertThat(cut.lines()).as("cut at %d and %d", first, second).isEqualTo(whole);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void whatAWriterWroteAReaderReadsHoweverItIsSliced(Role sender) {
    for (var seed = 0; seed < 150; seed++) {
      var random = new Random(seed);
      var expected = new ArrayList<String>();
      var wire = UNWATCHED.heapBuffer();
      var writer =
          sender == Role.CLIENT ? FrameWriter.client(new MaskKeys()) : FrameWriter.server();
      for (var i = 0; i < 8; i++) message(random, writer, wire, expected);

      var transcript = new Transcript(other(sender), LIMITS);
      while (wire.isReadable()) transcript.take(wire.readSlice(slice(random, wire)));

      assertThat(transcript.lines()).as("seed %d", seed).isEqualTo(expected);
    }
  }

  private static void message(
      Random random, FrameWriter writer, ByteBuf wire, List<String> expected) {
    var fragments = 1 + random.nextInt(4);
    for (var i = 0; i < fragments; i++) {
      if (random.nextInt(4) == 0)
        frame(random, writer, wire, expected, Opcode.PING, Part.LAST, 126);
      var opcode = i == 0 ? Opcode.BINARY : Opcode.CONTINUATION;
      var part = i == fragments - 1 ? Part.LAST : Part.FRAGMENT;
      var bound = List.of(1, 10, 130, 3_000, 40_000).get(random.nextInt(5));
      frame(random, writer, wire, expected, opcode, part, bound);
    }
  }

  private static void frame(
      Random random,
      FrameWriter writer,
      ByteBuf wire,
      List<String> expected,
      Opcode opcode,
      Part part,
      int bound) {
    var payload = new byte[random.nextInt(bound)];
    random.nextBytes(payload);
    var fragment = part == Part.LAST ? "" : "+";
    expected.add(opcode + fragment + " " + payload.length + ":" + ByteBufUtil.hexDump(payload));
    var own = Unpooled.wrappedBuffer(payload);
    var before = wire.writerIndex();

    writer.header(wire, opcode, part, own);

    assertThat(wire.writerIndex() - before)
        .isEqualTo(FrameWriter.headerBytes(writer.role(), payload.length));
    wire.writeBytes(own);
  }

  private static int slice(Random random, ByteBuf wire) {
    return Math.min(wire.readableBytes(), 1 + random.nextInt(random.nextBoolean() ? 9 : 5_000));
  }

  private static Role other(Role role) {
    return role == Role.CLIENT ? Role.SERVER : Role.CLIENT;
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void garbageNeverThrowsAndEndsInAnEventTheSpecNames(Role role) {
    var random = new Random(7);
    for (var run = 0; run < 20_000; run++) {
      var bytes = new byte[1 + random.nextInt(64)];
      random.nextBytes(bytes);
      if (run % 2 == 0) makePlausible(bytes, role, random);
      var transcript = new Transcript(role, LIMITS).feed(bytes);

      var last = transcript.reader().next(Unpooled.EMPTY_BUFFER);

      assertThat(last).isIn(Event.NEED_MORE, Event.BAD);
      if (last == Event.BAD) assertThat(transcript.reader().closeCode()).isIn(1002, 1007, 1009);
    }
  }

  private static void makePlausible(byte[] bytes, Role role, Random random) {
    bytes[0] &= (byte) 0x8F;
    if (bytes.length == 1) return;
    bytes[1] = (byte) (random.nextInt(20) | (role == Role.SERVER ? 0x80 : 0));
  }

  @Test
  void aMillionEmptyFragmentsAreCutAtTheLimitAndHoldNothing() {
    var reader = new FrameReader(Role.CLIENT, LIMITS);
    var in = UNWATCHED.heapBuffer().writeBytes(Transcript.bytes("01 00"));
    in.writeZero(2_000_000);

    var frames = 0;
    var event = reader.next(in);
    while (event != Event.BAD && event != Event.NEED_MORE) {
      if (event == Event.FRAME_END) frames++;
      event = reader.next(in);
    }

    assertThat(event).isEqualTo(Event.BAD);
    assertThat(reader.closeCode()).isEqualTo(CloseCode.TOO_BIG);
    assertThat(frames).isEqualTo(LIMITS.maxFragments());
    in.release();
  }
}
