package io.tidegate.http.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class BodyReaderTest {
  private int granted;
  private int purse = 100_000;
  private final BodyReader reader = new BodyReader(HeadLimits.DEFAULT, this::reserve);

  private boolean reserve(int bytes) {
    boolean fits = bytes <= purse - granted;
    granted += fits ? bytes : 0;
    return fits;
  }

  private String read(ByteBuf in) {
    var payload = new StringBuilder();
    for (int bytes = reader.next(in); bytes > 0; bytes = reader.next(in)) {
      payload.append(in.readCharSequence(bytes, StandardCharsets.ISO_8859_1));
    }
    return payload.toString();
  }

  private static ByteBuf wire(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  @Test
  void whatFollowsABodyIsLeft() {
    ByteBuf in = wire("helloGET /");
    reader.begin(Framing.length(5));

    assertThat(read(in)).isEqualTo("hello");
    assertThat(reader.isDone()).isTrue();
    assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("GET /");
  }

  @Test
  void whatFollowsTrailersIsLeft() {
    ByteBuf in = wire("3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\nGET /");
    reader.begin(Framing.CHUNKED);

    assertThat(read(in)).isEqualTo("abc");
    assertThat(reader.isDone()).isTrue();
    assertThat(reader.trailers().value("x-sum")).isEqualTo("1");
    assertThat(reader.payloadBytes()).isEqualTo(3);
    assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("GET /");
  }

  @Test
  void smallChunksAreOnePieceAndALargeOneIsNotMoved() {
    var large = "x".repeat(0x400);
    ByteBuf in =
        wire("1\r\na\r\n2;e\r\nbc\r\n".repeat(100) + "400\r\n" + large + "\r\n0\r\n\r\nGET /");
    reader.begin(Framing.CHUNKED);

    int small = reader.next(in);
    assertThat(in.readCharSequence(small, StandardCharsets.ISO_8859_1).toString())
        .isEqualTo("abc".repeat(100));
    assertThat(reader.isDone()).isFalse();
    int at = in.readerIndex();
    int next = reader.next(in);

    assertThat(next).isEqualTo(0x400);
    assertThat(in.readerIndex()).isGreaterThan(at);
    assertThat(in.readCharSequence(next, StandardCharsets.ISO_8859_1).toString()).isEqualTo(large);
    assertThat(reader.next(in)).isZero();
    assertThat(reader.isDone()).isTrue();
    assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("GET /");
  }

  @Test
  void chunksCutAnywhereAreTheSameBody() {
    var wire =
        "3\r\nabc\r\n1\r\nd\r\n104\r\n" + "e".repeat(0x104) + "\r\n2\r\nfg\r\n0\r\n\r\nGET /";
    for (int cut = 0; cut <= wire.length(); cut++) {
      reader.begin(Framing.CHUNKED);
      ByteBuf first = wire(wire.substring(0, cut));

      var payload = read(first);
      boolean early = reader.isDone();
      ByteBuf second = wire(first.toString(StandardCharsets.ISO_8859_1) + wire.substring(cut));
      payload += read(second);

      assertThat(payload).as("cut at %d", cut).isEqualTo("abcd" + "e".repeat(0x104) + "fg");
      assertThat(reader.isDone()).isTrue();
      assertThat(early).isEqualTo(cut >= wire.length() - 5);
      assertThat(second.toString(StandardCharsets.US_ASCII)).isEqualTo("GET /");
    }
  }

  @Test
  void aFaultBehindSmallChunksFailsTheBody() {
    ByteBuf in = wire("1\r\na\r\n1\r\nb\r\nx");
    reader.begin(Framing.CHUNKED);

    assertThat(read(in)).isEqualTo("ab");
    assertThat(reader.failed()).isNotNull();
  }

  @Test
  void aBodyOfNothingTakesNothing() {
    ByteBuf in = wire("GET /");
    reader.begin(Framing.NONE);
    assertThat(read(in)).isEmpty();
    reader.begin(Framing.length(0));
    assertThat(read(in)).isEmpty();

    assertThat(reader.isDone()).isTrue();
    assertThat(in.readableBytes()).isEqualTo(5);
  }

  @Test
  void onlyABodyThatEndsWithTheConnectionIsCompleteThen() {
    reader.begin(Framing.UNTIL_CLOSE);
    assertThat(read(wire("abc"))).isEqualTo("abc");
    assertThat(reader.isDone()).isFalse();
    assertThat(reader.end()).isTrue();

    reader.begin(Framing.length(4));
    assertThat(read(wire("abc"))).isEqualTo("abc");
    assertThat(reader.end()).isFalse();

    reader.begin(Framing.CHUNKED);
    assertThat(read(wire("3\r\nabc\r\n0\r\n"))).isEqualTo("abc");
    assertThat(reader.end()).isFalse();
  }

  @Test
  void aBodyWithoutTrailersReservesNothing() {
    reader.begin(Framing.CHUNKED);

    assertThat(read(wire("3;x=y\r\nabc\r\n0\r\n\r\n"))).isEqualTo("abc");
    assertThat(granted).isZero();
  }

  @Test
  void trailersAreReservedBeforeTheyAreHeldAndBoundedInAll() {
    reader.begin(Framing.CHUNKED);

    assertThat(read(wire("0\r\n" + "X: aaaaaaaa\r\n".repeat(90) + "\r\n"))).isEmpty();

    assertThat(reader.isDone()).isTrue();
    assertThat(reader.trailers().size()).isEqualTo(90);
    assertThat(granted).isEqualTo(reader.heldBytes()).isBetween(1_260, 5_000);
  }

  @Test
  void refusedRoomFailsTheBodyAndHoldsNoMore() {
    purse = 300;
    reader.begin(Framing.CHUNKED);

    assertThat(read(wire("0\r\nX: " + "a".repeat(1_000) + "\r\n\r\n"))).isEmpty();

    assertThat(Objects.requireNonNull(reader.failed()).status()).isEqualTo(503);
    assertThat(reader.heldBytes()).isEqualTo(granted).isLessThanOrEqualTo(300);
  }

  @Test
  void extensionsAreBoundedOverTheWholeMessage() {
    reader.begin(Framing.CHUNKED);

    assertThat(read(wire(("1;" + "a".repeat(1_000) + "\r\nx\r\n").repeat(5)))).isEqualTo("xxxx");

    assertThat(Objects.requireNonNull(reader.failed()).status()).isEqualTo(413);
  }

  @Test
  void afterAFaultNothingMoreIsRead() {
    reader.begin(Framing.CHUNKED);
    ByteBuf in = wire("x3\r\nabc\r\n0\r\n\r\n");

    assertThat(read(in)).isEmpty();
    assertThat(read(in)).isEmpty();

    assertThat(reader.failed()).isNotNull();
    assertThat(reader.end()).isFalse();
  }

  @Test
  void aReaderUsedAgainForgetsTheLastMessage() {
    reader.begin(Framing.CHUNKED);
    assertThat(read(wire("1\r\na\r\n0\r\nX: y\r\n\r\n"))).isEqualTo("a");

    reader.begin(Framing.CHUNKED);

    assertThat(reader.trailers()).isEqualTo(Fields.EMPTY);
    assertThat(reader.heldBytes()).isZero();
    assertThat(read(wire("1\r\nb\r\n0\r\n\r\n"))).isEqualTo("b");
    assertThat(reader.isDone()).isTrue();
  }
}
