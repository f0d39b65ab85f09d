package io.tidegate.http.form;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.tidegate.http.semantics.HttpError;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartTest {
  private static final String DISPOSITION = "Content-Disposition: form-data; name=";
  private static final Duration SOON = Duration.ofSeconds(60);

  /// A part as it was read.
  private record Got(String name, String fileName, String type, String content) {}

  /// Gives at most as many bytes at once as it is told to.
  private static final class Slices extends FilterInputStream {
    private final IntSupplier most;

    Slices(byte[] bytes, IntSupplier most) {
      super(new ByteArrayInputStream(bytes));
      this.most = most;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      return super.read(into, from, Math.min(length, most.getAsInt()));
    }
  }

  private static List<Got> read(InputStream in, String boundary) throws IOException {
    var parts = new Multipart(in, boundary, _ -> {});
    var all = new ArrayList<Got>();
    for (var part = parts.next(); part != null; part = parts.next()) {
      var content = new String(part.stream().readAllBytes(), ISO_8859_1);
      all.add(new Got(part.name(), "" + part.fileName(), "" + part.type(), content));
    }
    assertThat(parts.next()).isNull();
    return all;
  }

  private static List<Got> read(String body, String boundary) throws IOException {
    return read(new ByteArrayInputStream(body.getBytes(ISO_8859_1)), boundary);
  }

  private static String part(String name, String content) {
    return "--b\r\n" + DISPOSITION + name + "\r\n\r\n" + content + "\r\n";
  }

  // ---- whatever the slices

  @Test
  void partsAreTheSameHoweverTheyArrive() throws IOException {
    for (long seed = 0; seed < 400; seed++) {
      var random = new Random(seed);
      var boundary = boundary(random);
      var sent = new ArrayList<Got>();
      for (int i = random.nextInt(5); i >= 0; i--) sent.add(part(random, boundary));
      var body = body(random, boundary, sent);

      assertThat(read(new ByteArrayInputStream(body), boundary))
          .as("seed %d", seed)
          .isEqualTo(sent);
      assertThat(read(new Slices(body, () -> 1), boundary)).as("seed %d", seed).isEqualTo(sent);
      assertThat(read(new Slices(body, () -> 1 + random.nextInt(100)), boundary))
          .as("seed %d", seed)
          .isEqualTo(sent);
    }
  }

  private static String boundary(Random random) {
    var alphabet = "-=_'()+,./:?abzAZ09";
    var boundary = new StringBuilder();
    for (int i = random.nextInt(70); i >= 0; i--)
      boundary.append(alphabet.charAt(random.nextInt(alphabet.length())));
    return boundary.toString();
  }

  private static Got part(Random random, String boundary) {
    var delimiter = "\r\n--" + boundary;
    var content = new StringBuilder();
    for (int i = random.nextInt(random.nextInt(10) == 0 ? 2_000 : 20); i > 0; i--) {
      switch (random.nextInt(5)) {
        case 0 -> content.append(delimiter, 0, random.nextInt(delimiter.length()));
        case 1 -> content.append("\r\n");
        case 2 -> content.append("--").append(boundary);
        default -> content.append((char) random.nextInt(256));
      }
    }
    // no delimiter may stand in the content, nor grow out of it and what precedes or follows it
    var clean = content.toString();
    while (clean.contains(delimiter)) clean = clean.replace(delimiter, "");
    if (clean.startsWith("--" + boundary)) clean = "x" + clean;
    var type = random.nextBoolean() ? "null" : "image/x-" + random.nextInt(9);
    return new Got("n" + random.nextInt(9), random.nextBoolean() ? "null" : "a;b", type, clean);
  }

  private static byte[] body(Random random, String boundary, List<Got> parts) {
    var body = new StringBuilder(random.nextInt(4) == 0 ? "a preamble\r\n" : "");
    for (var part : parts) {
      body.append("--").append(boundary).append("\r\n");
      if (!part.type.equals("null")) body.append("content-TYPE:").append(part.type).append("\r\n");
      body.append(DISPOSITION).append('"').append(part.name).append('"');
      if (!part.fileName.equals("null")) body.append("; filename=\"a;b\"");
      body.append("\r\n\r\n").append(part.content).append("\r\n");
    }
    body.append("--").append(boundary).append("--").append(random.nextBoolean() ? "\r\nx" : "");
    return body.toString().getBytes(ISO_8859_1);
  }

  @Test
  void blanksBehindADelimiterAreTaken() throws IOException {
    var blanks = " \t".repeat(20_000);
    var first = "--b \r\n" + DISPOSITION + "a\r\n\r\nx\r\n--b" + blanks + "\r\n";
    var body = first + DISPOSITION + "c\r\n\r\ny --b \r\n--b--\t\r\n";
    var sent = List.of(new Got("a", "null", "null", "x"), new Got("c", "null", "null", "y --b "));

    assertThat(read(body, "b")).isEqualTo(sent);
    assertThat(read(new Slices(body.getBytes(ISO_8859_1), () -> 1), "b")).isEqualTo(sent);
  }

  @Test
  void aPartThatIsNotReadIsSkipped() throws IOException {
    var body = part("a", "x".repeat(100_000)) + part("b", "yy") + part("c", "z") + "--b--";
    var parts = new Multipart(new ByteArrayInputStream(body.getBytes(ISO_8859_1)), "b", _ -> {});

    var first = next(parts);
    assertThat(first.stream().read()).isEqualTo('x');
    var second = next(parts);
    assertThat(first.stream().read()).as("the first is over").isEqualTo(-1);
    assertThat(second.text(2)).isEqualTo("yy");
    assertThat(next(parts).name()).isEqualTo("c");
    assertThat(parts.next()).isNull();
  }

  private static Part next(Multipart parts) throws IOException {
    var part = parts.next();
    if (part == null) throw new AssertionError("no more parts");
    return part;
  }

  @Test
  void aPartThatCannotBeSavedDeletesNothing(@TempDir Path directory) throws IOException {
    var body = (part("a", "x") + "--b--").getBytes(ISO_8859_1);
    var part = next(new Multipart(new ByteArrayInputStream(body), "b", _ -> {}));

    assertThatIOException().isThrownBy(() -> part.saveTo(directory));

    assertThat(directory).isDirectory();
  }

  @Test
  void aPartReadByteByByteCostsWhatItIsLong() {
    var body = part("a", "x".repeat(2_000_000)) + "--b--";

    Assertions.assertTimeoutPreemptively(
        SOON,
        () -> {
          var in = new ByteArrayInputStream(body.getBytes(ISO_8859_1));
          var stream = next(new Multipart(in, "b", _ -> {})).stream();
          int bytes = 0;
          while (stream.read() >= 0) bytes++;

          assertThat(bytes).isEqualTo(2_000_000);
        });
  }

  // ---- what is wrong

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--",
        "--b",
        "--b\r\n",
        "--b-",
        "--bx\r\n",
        "--b ",
        "--b x\r\n",
        "--b \rx",
        "--b --",
        "--b\r\n\r\n\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b\n",
        "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=\"a\\\"\r\n\r\nx\r\n--b--",
        "--b\r\nno colon\r\n\r\nx\r\n--b--",
        "no boundary at all",
      })
  void aMalformedBodyIsThePeersFault(String body) {
    Assertions.assertTimeoutPreemptively(
        SOON,
        () ->
            assertThatExceptionOfType(HttpError.class)
                .isThrownBy(() -> read(body, "b"))
                .matches(error -> error.status() == 400));
  }

  @Test
  void aBodyCutAnywhereIsThePeersFault() {
    var body = "p\r\n" + part("a", "x\r\n--y") + part("c", "") + "--b--";
    for (int length = 0; length < body.length(); length++) {
      var cut = body.substring(0, length);
      assertThatExceptionOfType(HttpError.class)
          .as(cut)
          .isThrownBy(() -> read(cut, "b"))
          .matches(error -> error.status() == 400);
    }
  }

  @Test
  void spoiltBodiesAreReadOrRefusedAndEnd() {
    Assertions.assertTimeoutPreemptively(
        SOON,
        () -> {
          for (long seed = 0; seed < 20_000; seed++) {
            var random = new Random(seed);
            var body = body(random, "b", List.of(part(random, "b"), part(random, "b")));
            for (int i = random.nextInt(4); i >= 0; i--)
              body[random.nextInt(body.length)] =
                  (byte) "\r\n-b:;\"\\= \0".charAt(random.nextInt(11));
            try {
              var _ = read(new Slices(body, () -> 1 + random.nextInt(50)), "b");
            } catch (HttpError refused) {
              assertThat(refused.status()).isEqualTo(400);
            }
          }
        });
  }

  @Test
  void moreThan128PartsAreRefused() throws IOException {
    assertThat(read(part("a", "").repeat(128) + "--b--", "b")).hasSize(128);
    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> read(part("a", "").repeat(129) + "--b--", "b"));
  }

  @Test
  void aHeadOfMoreThan8KibIsRefused() throws IOException {
    var fits = 8 * 1024 - (DISPOSITION + "a").length();
    assertThat(read(part("a" + " ".repeat(fits), "x") + "--b--", "b")).hasSize(1);

    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> read(part("a" + " ".repeat(fits + 1), "x") + "--b--", "b"));
    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> read(part("a\r\n" + "x:y\r\n".repeat(20_000), "x") + "--b--", "b"));
  }

  @Test
  void aFieldIsChargedBeforeItIsReadAndRefusedPastItsBound() throws IOException {
    var charged = new AtomicInteger();
    var body = (part("a", "12345") + "--b--").getBytes(ISO_8859_1);
    var parts = new Multipart(new ByteArrayInputStream(body), "b", charged::addAndGet);
    assertThat(charged).hasValue(16 * 1024);

    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> next(parts).text(4))
        .matches(error -> error.status() == 413);
    assertThat(charged).as("and the byte that is too many").hasValue(16 * 1024 + 5);
  }

  @Test
  void aFieldCostsWhatItIsLongWhateverItMayBe() throws IOException {
    for (int length : new int[] {0, 1, 1_023, 1_024, 1_025, 100_000}) {
      var charged = new AtomicInteger();
      var body = (part("a", "x".repeat(length)) + "--b--").getBytes(ISO_8859_1);
      var parts = new Multipart(new ByteArrayInputStream(body), "b", charged::addAndGet);

      assertThat(next(parts).text(Integer.MAX_VALUE)).isEqualTo("x".repeat(length));

      assertThat(charged.get()).isLessThanOrEqualTo(16 * 1024 + 1_024 + 2 * length);
    }
  }

  // ---- boundaries and parameters

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '~',
      value = {
        "multipart/form-data; boundary=abc > abc",
        "Multipart/Form-Data;BOUNDARY=abc > abc",
        "multipart/form-data; charset=x; boundary=\"a b\" > a b",
        "multipart/form-data; boundary = abc ; x=y > abc",
        "multipart/form-data; x=\"; boundary=no\"; boundary=yes > yes",
        "multipart/form-data; x=\"\\\"; boundary=no\"; boundary=yes > yes",
        "multipart/form-data; flag; boundary=yes > yes",
      })
  void theBoundaryIsFoundAmongParameters(String type, String boundary) {
    assertThat(Multipart.boundary(type)).isEqualTo(boundary);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text/plain; boundary=b",
        "multipart/mixed; boundary=b",
        "multipart/form-database; boundary=b"
      })
  void anotherTypeIsUnsupported(String type) {
    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> Multipart.boundary(type))
        .matches(error -> error.status() == 415);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=ä",
        "multipart/form-data; boundary="
            + "1234567890123456789012345678901234567890123456789012345678901234567890x",
      })
  void aBoundaryThatIsNoneIsThePeersFault(String type) {
    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> Multipart.boundary(type))
        .matches(error -> error.status() == 400);
  }

  @Test
  void aNameIsReadWithItsEscapes() throws IOException {
    var read = read(part("\"a \\\"q\\\" \\\\\"; filename=\"ü\"", "x") + "--b--", "b").getFirst();

    assertThat(read.name()).isEqualTo("a \"q\" \\");
  }

  @Test
  void aHeadOfManyWordsIsLookedThroughOnce() {
    var words = "form-data" + ";".repeat(2_000_000) + "name=x";

    var found =
        Assertions.assertTimeoutPreemptively(SOON, () -> Multipart.parameter(words, "name"));
    assertThat(found).isEqualTo("x");
    assertThat(Multipart.parameter("form-data;a;b", "name")).isNull();
    assertThat(Multipart.parameter("form-data;a;name=x=y;b", "name")).isEqualTo("x=y");
  }
}
