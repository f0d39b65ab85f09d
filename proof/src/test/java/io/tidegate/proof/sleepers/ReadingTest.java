package io.tidegate.proof.sleepers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadingTest {
  private static final String STAMP = "0000000000000001234";

  private final List<Long> heard = new ArrayList<>();
  private final Book book = new Book(heard::add);
  private final List<byte[]> said = new ArrayList<>();

  @Test
  void eventsAreReadHoweverTheirChunksFall() throws IOException {
    var stream =
        chunk("id: e-3\n\n")
            + chunk("id: e-9\nevent: gap\ndata: {\"lost\":6,\"cause\":\"behind\"}\n\n")
            + chunk(":\n\n")
            + chunk("id: e-10\ndata: ")
            + chunk(STAMP + "xxx")
            + chunk("\n\nid: e-11\ndata: " + STAMP + "\n\n");

    oneByOne(new StreamReading(book), stream);

    assertThat(book.fault()).isEmpty();
    assertThat(book.position()).isEqualTo("e-11");
    assertThat(book.received()).isEqualTo(2);
    assertThat(book.behind()).isEqualTo(1);
    assertThat(heard).containsExactly(1_234L, 1_234L);
  }

  @Test
  void framesAreReadAndPingsAnswered() throws IOException {
    var long126 = "e-10\n" + STAMP + "x".repeat(200);
    var frames =
        frame(1, "e-3 open")
            + frame(1, "e-9 gap 6 away")
            + frame(9, "")
            + frame(1, long126)
            + frame(1, "e-11\n" + STAMP);

    oneByOne(new SocketReading(book), frames);

    assertThat(book.fault()).isEmpty();
    assertThat(book.position()).isEqualTo("e-11");
    assertThat(book.behind()).isZero();
    assertThat(heard).containsExactly(1_234L, 1_234L);
    assertThat(said).hasSize(1);
  }

  @Test
  void anEndIsAnEnd() {
    assertThatThrownBy(() -> oneByOne(new StreamReading(book), "0\r\n\r\n"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> oneByOne(new SocketReading(book), frame(8, "\u0003\u00f5")))
        .hasMessage("closed with 1013");
  }

  private void oneByOne(Reading reading, String bytes) throws IOException {
    ByteBuf pending = Unpooled.buffer();
    for (byte each : bytes.getBytes(ISO_8859_1)) {
      pending.writeByte(each);
      reading.read(pending, said::add);
    }
    assertThat(pending.isReadable()).isFalse();
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private static String frame(int kind, String text) {
    int length = text.length();
    var head =
        length < 126
            ? "" + (char) length
            : "" + (char) 126 + (char) (length >> 8) + (char) (length & 0xff);
    return (char) (0x80 | kind) + head + text;
  }
}
