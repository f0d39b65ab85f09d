package io.tidegate.sleeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseFinderTest {
  private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

  private void frame(int first, int... lengthBytes) {
    wire.write(first);
    for (int each : lengthBytes) wire.write(each);
  }

  private void payload(int length) {
    for (int i = 0; i < length; i++) wire.write(0x88); // what looks like a close frame's first byte
  }

  private void close(int code, String reason) {
    var text = reason.getBytes(StandardCharsets.UTF_8);
    frame(0x88, 2 + text.length, code >> 8, code & 0xff);
    wire.writeBytes(text);
  }

  private CloseFinder found(int pieceBytes) {
    var finder = new CloseFinder();
    var all = wire.toByteArray();
    for (int i = 0; i < all.length; i += pieceBytes) {
      int length = Math.min(pieceBytes, all.length - i);
      var piece = new byte[length];
      System.arraycopy(all, i, piece, 0, length);
      finder.accept(piece, length);
    }
    return finder;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100_000})
  void aCloseIsFoundBehindMessagesOfEveryLengthHoweverTheBytesCome(int pieceBytes) {
    frame(0x82, 0);
    frame(0x81, 5);
    payload(5);
    frame(0x82, 126, 0x01, 0x00);
    payload(256);
    frame(0x02, 127, 0, 0, 0, 0, 0, 1, 0, 0);
    payload(65_536);
    close(1008, "too slow");

    assertThat(found(pieceBytes).close()).isEqualTo(new CloseSeen(1008, "too slow"));
  }

  @Test
  void oneWithoutACodeIs1005() {
    frame(0x88, 0);

    assertThat(found(1).close()).isEqualTo(new CloseSeen(1005, ""));
  }

  @Test
  void whereThereIsNoneNothingIsFound() {
    frame(0x82, 126, 0x10, 0x00);
    payload(4_000);

    assertThat(found(512).close()).isNull();
  }

  @Test
  void theFirstOneCounts() {
    close(4001, "first");
    close(4002, "second");

    assertThat(found(3).close()).isEqualTo(new CloseSeen(4001, "first"));
  }
}
