package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.link.Control;
import io.tidegate.net.CutReason;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Help.Ansi;

/// What peers sent, on its way to a terminal.
class WireTest {
  @ParameterizedTest
  @CsvSource({
    "/a?b=c, /a?b=c",
    "'\u001b[2J', '\\x1b[2J'",
    "'a\r\nb', 'a\\x0d\\x0ab'",
    "'\u009b31m', '\\x9b31m'",
    "'\u007f', '\\x7f'",
    "'abc\u202egpj', 'abc\\u202egpj'",
    "'\u2066x\u2069', '\\u2066x\\u2069'",
    "'\u2028', '\\u2028'",
    "'\\x1b', '\\x5cx1b'",
    "grüße, grüße"
  })
  void whatCouldForgeOrReorderALineIsEscaped(String raw, String shown) {
    assertThat(Wire.text(raw)).isEqualTo(shown);
  }

  @Test
  void aLongTextIsCutAt256Characters() {
    assertThat(Wire.text("x".repeat(256))).hasSize(256);
    assertThat(Wire.text("x".repeat(257))).hasSize(259).endsWith("x...");
  }

  private static Control.Exchange exchange(String target, int status, @Nullable CutReason cut) {
    return new Control.Exchange(1, 0, "GET", target, status, 12, 0, 1, 0, 1, cut);
  }

  private static String printed(Ansi ansi, boolean rewrites, Control.Exchange... exchanges) {
    var out = new StringWriter();
    try (var printer = new Printer(new PrintWriter(out))) {
      var lines = new RequestLines(printer, ansi, "127.0.0.1:3000", rewrites);
      for (var exchange : exchanges) lines.exchanged(exchange);
    }
    return out.toString();
  }

  @Test
  void aRequestIsOneLineWhateverItsTarget() {
    var printed = printed(Ansi.OFF, false, exchange("/a\n\u001b]0;x\u0007@|red y|@", 200, null));

    assertThat(printed.lines()).hasSize(1);
    assertThat(printed)
        .matches("[0-9:]{8} GET     /a\\\\x0a\\\\x1b]0;x\\\\x07@\\|red y\\|@ 200 12 ms\\R");
  }

  @Test
  void aCutRequestSaysWhy() {
    assertThat(printed(Ansi.OFF, false, exchange("/", 0, CutReason.APP_REFUSED)))
        .contains(" / - 12 ms  cut: the app refused the connection");
  }

  @Test
  void coloursAreThereOnlyWhenAskedFor() {
    assertThat(printed(Ansi.OFF, false, exchange("/", 500, null))).doesNotContain("\u001b");
    assertThat(printed(Ansi.ON, false, exchange("/", 500, null))).contains("\u001b[31m");
  }

  @Test
  void aHostCheckIsExplainedOnce() {
    var twice = printed(Ansi.OFF, false, exchange("/", 403, null), exchange("/", 403, null));

    assertThat(twice.lines().filter(line -> line.contains("--host-header rewrite"))).hasSize(1);
    assertThat(printed(Ansi.OFF, true, exchange("/", 403, null))).doesNotContain("--host-header");
    var letIn = printed(Ansi.OFF, false, exchange("/", 200, null), exchange("/admin", 403, null));
    assertThat(letIn).doesNotContain("--host-header");
    var ours = printed(Ansi.OFF, false, exchange("/", 403, CutReason.TUNNEL_FULL));
    assertThat(ours).doesNotContain("--host-header");
  }

  @Test
  void aHostChecksPageIsExplainedOnceWhateverItsStatus() {
    var out = new StringWriter();
    try (var printer = new Printer(new PrintWriter(out))) {
      var lines = new RequestLines(printer, Ansi.OFF, "127.0.0.1:3000", false);
      lines.hostRefused();
      lines.exchanged(exchange("/", 200, null));
      lines.exchanged(exchange("/", 403, null));
    }

    assertThat(out.toString().lines().filter(line -> line.contains("--host-header rewrite")))
        .containsExactly(
            "The app does not take the visitor's Host. For its host check (Vite, webpack, Django,"
                + " Rails), start with --host-header rewrite");
  }

  @Test
  void aTerminalThatStandsStillCostsLinesAndNobodyWaits() {
    var stands = new CountDownLatch(1);
    var shown = new StringWriter();
    var terminal =
        new Writer() {
          @Override
          public void write(char[] text, int from, int length) {
            try {
              stands.await();
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt();
            }
            shown.write(text, from, length);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };

    try (var printer = new Printer(new PrintWriter(terminal))) {
      for (int i = 0; i < 3_000; i++) printer.line("line " + i);
      stands.countDown();
    }

    assertThat(shown.toString()).contains("line 0").contains("lines dropped");
  }
}
