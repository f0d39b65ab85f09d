package io.tidegate.http.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.http.message.Http1Writer.Then;
import io.tidegate.testkit.HttpCorpus;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeadPropertiesTest {
  private static final String NAME = "abcXYZ019-_!#$%&'*+.^`|~";
  private static final String VALUE = "ab \t,;:\"\\(){}\u0080\u00ff@";
  private static final String TARGET = "abZ0/?&=%|[]{}\"~:@;,.-_!$'()*+<>^`\\";
  private static final List<String> METHODS = List.of("GET", "M-SEARCH", "POST", "X", "OPTIONS");

  private final Random random = new Random(7);
  private final HeadBuilder builder = new HeadBuilder();
  private final Http1RequestScanner scanner = new Http1RequestScanner(HeadLimits.DEFAULT);
  private final Http1ResponseScanner answers = new Http1ResponseScanner(HeadLimits.DEFAULT);

  private String text(String alphabet, int most) {
    var text = new StringBuilder();
    for (int length = random.nextInt(most + 1); length > 0; length--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private Fields fields() {
    builder.fields();
    for (int count = random.nextInt(12); count > 0; count--) {
      builder.field("x" + text(NAME, 20), text(VALUE, 40));
    }
    if (random.nextBoolean()) {
      builder.field(FieldName.ACCEPT, text(VALUE, 5));
    }
    return builder.buildFields();
  }

  private Framing framing() {
    return switch (random.nextInt(3)) {
      case 0 -> Framing.NONE;
      case 1 -> Framing.CHUNKED;
      default -> Framing.length(random.nextLong(Long.MAX_VALUE));
    };
  }

  private static byte[] bytesOf(ByteBuf out) {
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  @Test
  void aRequestThatIsWrittenScansBackAsItself() {
    for (int round = 0; round < 3_000; round++) {
      String method = METHODS.get(random.nextInt(METHODS.size()));
      var head =
          builder
              .request(method, "/" + text(TARGET, 60), "a.example")
              .buildRequest()
              .withFields(fields());
      Framing framing = framing();
      ByteBuf out = Unpooled.buffer();
      Http1Writer.write(head, framing, Then.CLOSE, out);
      assertThat(out.readableBytes()).isEqualTo(Http1Writer.sizeOf(head, framing, Then.CLOSE));
      byte[] wire = bytesOf(out);

      assertThat(scanner.scan(wire, 0, wire.length)).isEqualTo(Scan.HEAD);

      assertThat(scanner.consumed()).isEqualTo(wire.length);
      var back = scanner.request();
      assertThat(back.framing()).isEqualTo(framing);
      assertThat(back.keepAlive()).isFalse();
      var own =
          builder
              .fields()
              .copy(back.head().fields(), (all, i) -> i < head.fields().size())
              .buildFields();
      assertThat(back.head().withFields(own)).isEqualTo(head);
    }
  }

  @Test
  void anAnswerThatIsWrittenScansBackAsItself() {
    for (int round = 0; round < 3_000; round++) {
      var head = builder.response(200 + random.nextInt(400)).buildResponse();
      var full = new ResponseHead(head.status(), fields());
      boolean bodiless = full.status() == 204 || full.status() == 304;
      Framing framing = bodiless ? Framing.NONE : Framing.length(random.nextInt(1_000));
      ByteBuf out = Unpooled.buffer();
      Http1Writer.write(full, framing, Then.REUSE, out);
      byte[] wire = bytesOf(out);

      assertThat(answers.scan("GET", wire, 0, wire.length)).isEqualTo(Scan.HEAD);

      var back = answers.response();
      assertThat(back.head().status()).isEqualTo(full.status());
      assertThat(back.framing()).isEqualTo(framing);
      assertThat(back.keepAlive()).isTrue();
      assertThat(back.head().fields().toString()).startsWith(full.fields().toString());
    }
  }

  @Test
  void spoiltCasesOfTheCorpusNeverThrowAndNeverLetAControlByteThrough() {
    var cases = HttpCorpus.cases().stream().filter(one -> one.wire().length() < 2_000).toList();
    int accepted = 0;
    for (int round = 0; round < 60_000; round++) {
      byte[] wire = cases.get(random.nextInt(cases.size())).bytes();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        wire[random.nextInt(wire.length)] = (byte) spoilt();
      }
      int step = 1 + random.nextInt(40);

      var whole = ReadRequests.of(wire, HeadLimits.DEFAULT, all -> all);
      var pieces = ReadRequests.of(wire, HeadLimits.DEFAULT, left -> Math.min(left, step));

      assertThat(pieces).isEqualTo(whole);
      accepted += whole.requests().size();
    }
    assertThat(accepted).isGreaterThan(1_000);
  }

  private int spoilt() {
    String likely = "\r\n\0\t :;,=\"0a/\u007f\u0001\u0085";
    return random.nextInt(3) == 0
        ? random.nextInt(256)
        : likely.charAt(random.nextInt(likely.length()));
  }

  @Test
  void noControlByteStandsAnywhereInAnAcceptedHead() {
    String alphabet = "ab:/ \t\r\n\0\u007f\u000b\u0001\u00ff";
    int accepted = 0;
    for (int round = 0; round < 100_000; round++) {
      byte[] wire =
          ("GET /"
                  + text(alphabet, 2)
                  + " HTTP/1.1\r\nHost: a\r\nX"
                  + text(alphabet, 2)
                  + ":"
                  + text(alphabet, 3)
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1);
      scanner.reset();
      if (scanner.scan(wire, 0, wire.length) == Scan.HEAD) {
        accepted++;
        var head = scanner.request().head();
        assertThat(head.target()).matches("[!-~]+");
        for (int i = 0; i < head.fields().size(); i++) {
          assertThat(head.fields().name(i)).matches("[!-~&&[^:/]]+");
          assertThat(head.fields().value(i))
              .matches("[\\t -~\\x80-\\xff]*")
              .doesNotMatch("\\s.*|.*\\s");
        }
      }
    }
    assertThat(accepted).isGreaterThan(1_000);
  }

  @Test
  void garbageIsRefusedAndNeverThrows() {
    byte[] wire = new byte[200];
    for (int round = 0; round < 50_000; round++) {
      random.nextBytes(wire);
      scanner.reset();
      answers.reset();

      assertThat(scanner.scan(wire, 0, wire.length)).isEqualTo(Scan.BAD);
      assertThat(answers.scan("GET", wire, 0, wire.length)).isEqualTo(Scan.BAD);
    }
  }
}
