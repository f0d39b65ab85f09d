package io.tidegate.websocket.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.websocket.frame.MessageReader.Found;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MessageReaderTest {
  private final Account account = Ledger.open(new Budget(4_000, 1));
  private final MessageReader reader =
      new MessageReader(
          Role.CLIENT,
          WebSocketLimits.DEFAULT.withMaxMessageBytes(2_000),
          account,
          ByteBufAllocator.DEFAULT);

  @AfterEach
  void nothingIsHeldAfterwards() {
    reader.close();
    assertThat(account.held(Purse.DIRECT)).isZero();
  }

  private List<String> read(String hex) {
    return read(Unpooled.wrappedBuffer(Transcript.bytes(hex)));
  }

  private List<String> read(ByteBuf in) {
    var lines = new ArrayList<String>();
    var found = reader.next(in);
    while (found != Found.NEED_MORE && found != Found.BAD && found != Found.NO_ROOM) {
      var kind = found == Found.MESSAGE ? reader.kind().name() : found.name();
      lines.add(kind + " " + ByteBufUtil.hexDump(reader.payload()));
      found = reader.next(in);
    }
    if (found == Found.BAD) lines.add("BAD " + reader.closeCode());
    if (found == Found.NO_ROOM) lines.add("NO_ROOM");
    return lines;
  }

  private long held() {
    return account.held(Purse.DIRECT);
  }

  @Test
  void aMessageInOnePieceIsShownWhereItLies() {
    assertThat(read("81 02 6869 82 00")).containsExactly("TEXT 6869", "BINARY ");

    assertThat(account.peak(Purse.DIRECT)).isZero();
  }

  @Test
  void fragmentsAreJoinedAndControlFramesBetweenThemShown() {
    assertThat(read("01 01 41 89 02 4142 00 00 8A 00 80 02 4243 88 02 03E8"))
        .containsExactly("PING 4142", "PONG ", "TEXT 414243", "CLOSE 03e8");
  }

  @Test
  void piecesOfOneFrameAreJoinedAndSoAreThoseOfAPing() {
    assertThat(read("82 04 01")).isEmpty();
    assertThat(read("0203")).isEmpty();
    assertThat(read("04 89 03 0a")).containsExactly("BINARY 01020304");
    assertThat(read("0b0c")).containsExactly("PING 0a0b0c");
    assertThat(held()).isZero();
  }

  @Test
  void fragmentsThatComeOneReadApartAreJoined() {
    assertThat(read("01 01 41")).isEmpty();
    assertThat(held()).isPositive();
    assertThat(read("89 00")).containsExactly("PING ");
    assertThat(read("00 01 42")).isEmpty();
    assertThat(read("80 01 43")).containsExactly("TEXT 414243");
  }

  @Test
  void aMessageEndedByAnEmptyFrameIsWhole() {
    assertThat(read("02 02 0102 80 00 02 00 80 00")).containsExactly("BINARY 0102", "BINARY ");
  }

  @Test
  void whatIsKeptIsChargedWhenItComesAndNotWhenItIsAnnounced() {
    assertThat(read("82 7E 07D0")).isEmpty();
    assertThat(held()).isZero();

    assertThat(read("00".repeat(100))).isEmpty();
    assertThat(held()).isEqualTo(256);

    assertThat(read("00".repeat(400))).isEmpty();
    assertThat(held()).isEqualTo(512);
    assertThat(account.peak(Purse.DIRECT)).isEqualTo(512);

    assertThat(read("00".repeat(1_500))).hasSize(1);
    assertThat(held()).isZero();
  }

  @Test
  void aFullAccountRefusesAndNothingMoreIsRead() {
    assertThat(account.charge(Purse.DIRECT, 3_900)).isTrue();

    assertThat(read("02 01 00")).containsExactly("NO_ROOM");
    assertThat(read("80 00")).containsExactly("NO_ROOM");

    assertThat(held()).isEqualTo(3_900);
    account.release(Purse.DIRECT, 3_900);
  }

  @Test
  void aClosedReaderGivesBackHalfAMessage() {
    assertThat(read("02 05 0102030405 89 02 00")).isEmpty();
    assertThat(held()).isPositive();

    reader.close();

    assertThat(held()).isZero();
  }

  @Test
  void aBrokenRuleEndsTheReading() {
    assertThat(read("81 01 41 81 02 C328 81 00")).containsExactly("TEXT 41", "BAD 1007");
    assertThat(read("81 00")).containsExactly("BAD 1007");
  }
}
