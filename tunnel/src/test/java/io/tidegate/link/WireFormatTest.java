package io.tidegate.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.tidegate.ledger.Budget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is written, to the byte.
class WireFormatTest {
  private static String header(Frame.Kind kind, int id, int length) {
    var header = Frame.header(UnpooledByteBufAllocator.DEFAULT, kind, id, length);
    try {
      return ByteBufUtil.hexDump(header);
    } finally {
      header.release();
    }
  }

  @Test
  void headersAreThoseOfTheSpecification() {
    assertThat(header(Frame.Kind.PLAIN_DATA, 2, 13)).isEqualTo("00000000000000020000000d");
    assertThat(header(Frame.Kind.ACKNOWLEDGING_DATA, 2, 1)).isEqualTo("000000020000000200000001");
    assertThat(header(Frame.Kind.FINISH, 0x0102_0304, 0)).isEqualTo("000000040102030400000000");
    assertThat(header(Frame.Kind.SYNCHRONIZE, 4, 0)).isEqualTo("000100010000000400000000");
    assertThat(header(Frame.Kind.ACKNOWLEDGE, 4, 256)).isEqualTo("000100020000000400000100");
    assertThat(header(Frame.Kind.RESET, 4, 0)).isEqualTo("000100080000000400000000");
    assertThat(header(Frame.Kind.CREDIT, 1, 1 << 20)).isEqualTo("000100000000000100100000");
    assertThat(header(Frame.Kind.ASK, 0, -1)).isEqualTo("0002000100000000ffffffff");
    assertThat(header(Frame.Kind.ANSWER, 0, 7)).isEqualTo("000200020000000000000007");
    assertThat(header(Frame.Kind.LEAVE, 0, 1)).isEqualTo("000300000000000000000001");
  }

  @Test
  void aPrefaceIsEightBytes() {
    var out = Unpooled.buffer();

    new Preface(Preface.Kind.TCP, 0xABCD, 0xFFFF_FFFE).write(out);

    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0102abcdfffffffe");
    assertThat(Preface.parse(out)).isEqualTo(new Preface(Preface.Kind.TCP, 0xABCD, -2));
  }

  @ParameterizedTest
  @CsvSource({"0001000000000000", "0200000000000000", "0100000000000000", "0104000000000000"})
  void aPrefaceOfAnotherVersionOrKindIsNone(String hex) {
    assertThat(Preface.parse(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)))).isNull();
  }

  @Test
  void aClaimHasSixteenBits() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Preface(Preface.Kind.HTTP, 65_536, 0));
  }

  @Test
  void answersAreZeroToFive() {
    for (var answer : Answer.values()) assertThat(Answer.of(answer.code())).isEqualTo(answer);
    assertThat(Answer.CONNECTED.code()).isZero();
    assertThat(Answer.NO_ROOM.code()).isEqualTo((byte) 4);
    assertThat(Answer.UNREACHABLE.code()).isEqualTo((byte) 5);
    assertThat(Answer.of((byte) 6)).isNull();
    assertThat(Answer.of((byte) -1)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"1, 16384", "33554432, 16384", "50331648, 24576", "134217728, 65536", "1e12, 65536"})
  void theFirstWindowIsAShareOfThePurseWithin16And64Kibibytes(double purse, int window) {
    assertThat(LinkConfig.floorFor(new Budget((long) purse, 1))).isEqualTo(window);
  }
}
