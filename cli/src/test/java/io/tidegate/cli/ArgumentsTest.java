package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Budget;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Help.Ansi;

/// What the commands are told, and how they refuse it before anything is opened.
class ArgumentsTest {
  private record Outcome(int status, String err) {}

  private static Outcome run(String... arguments) {
    var err = new StringWriter();
    var status =
        Main.commandLine(Ansi.OFF)
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Outcome(status, err.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:8080", "[::1]:8080", "0.0.0.0:80", "[::]:0"})
  void anAddressReadsBackAsItWasWritten(String text) {
    assertThat(ListenAddress.text(ListenAddress.parse(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8080",
        ":8080",
        "::1:8080",
        "[127.0.0.1]:80",
        "host:80",
        "1.2.3.4:99999",
        "1.2.3.4:"
      })
  void whatIsNoAddressIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> ListenAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("127.0.0.1:8080");
  }

  @ParameterizedTest
  @CsvSource({
    "3000, 127.0.0.1:3000",
    "localhost:5173, localhost:5173",
    "http://192.168.1.5:80/, 192.168.1.5:80",
    "http://shop.test, shop.test:80",
    "[::1]:3000, [::1]:3000"
  })
  void anAppIsAPortAnAddressOrAUrl(String text, String authority) {
    assertThat(Target.authority(Target.parse(text))).isEqualTo(authority);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "99999",
        "host",
        "https://a:1",
        "http://a:1/path",
        "::1:3000",
        "a:b",
        "http://"
      })
  void whatIsNoAppIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> Target.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("http://localhost:3000");
  }

  /// Before anything is dialled.
  @ParameterizedTest
  @CsvSource({
    "--name, a_b, is no name: 3 to 63",
    "--name, xn--abc, is no name: 3 to 63",
    "--host-header, a b, not a host: 'a b'",
    "--edge, http://a b, the edge must be http://HOST"
  })
  void whatTheEdgeWouldRefuseIsRefusedAtOnce(String option, String value, String why) {
    var outcome = run("expose", "3000", option, value);

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("tidegate: ").contains(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-bad", "a..b", "a_b", "tunnels.example.com.", "a b"})
  void whatIsNoDomainIsRefused(String domain) {
    var outcome = run("edge", "--listen", "127.0.0.1:0", "--domain", domain);

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("not a domain: '" + domain + "'");
  }

  @Test
  void anEdgeOpenToOthersWithoutTokensIsRefused() {
    var outcome = run("edge", "--listen", "0.0.0.0:0");

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("tidegate: ").contains("--token-file");
  }

  @Test
  void wrongValuesNameTheirOption() {
    assertThat(run("edge", "--listen", "8080").err()).contains("--listen: not an address");
    assertThat(run("edge", "--trusted-proxy", "10.0.0.0/99").err()).contains("--trusted-proxy");
    assertThat(run("edge", "--answer-timeout", "2h").err()).contains("answerTimeout");
    assertThat(run("demo", "--port", "x").err()).contains("--port: not a port");
    assertThat(run("expose", "3000", "--edge", "ftp://x").err()).contains("http");
    assertThat(run("top", "--rows", "0").err()).contains("--rows");
  }

  @Test
  void topWithoutAnEdgeFailsInOneLine() {
    var outcome = run("top", "--once", "--admin", "http://127.0.0.1:1");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err().lines()).singleElement().asString().contains("--admin ADDR:PORT");
  }

  private static MemoryPlan plan(long directPurse, long heapPurse, int connections) {
    return new MemoryPlan(
        64L << 20, 64L << 20, new Budget(directPurse, heapPurse), 2, connections, 2048, 0);
  }

  @Test
  void aPlanThatFitsPrintsItsArithmetic() {
    var plan = plan(48L << 20, 38L << 20, 16_000);

    plan.demandThatItFits();

    assertThat(String.join("\n", plan.lines()))
        .contains("48 MiB for bytes", "16,000 connections x 2048 B", "window of a stream 24 KiB");
  }

  @Test
  void aPlanThatDoesNotFitIsRefusedWithTheSumThatFails() {
    assertThatThrownBy(() -> plan(48L << 20, 38L << 20, 20_000).demandThatItFits())
        .hasMessageContaining("20,000 connections x 2048 B")
        .hasMessageContaining("38 MiB");
    assertThatThrownBy(() -> plan(3L << 20, 38L << 20, 100).demandThatItFits())
        .hasMessageContaining("2 x 2 MiB");
    assertThatThrownBy(() -> plan(64L << 20, 38L << 20, 100).demandThatItFits())
        .hasMessageContaining("2 loops");
  }

  private static final String CENSUS =
      """
      {"time":1,"granted":{"direct":1048576,"heap":2048},"limits":{"direct":4194304,"heap":4096},
       "unfilled":0,"usedDirect":7,"rung":2,"cuts":{"idle":3,"flood":0},"new":{"x":[1]},
       "tunnels":[{"name":"demo","links":2,"streams":5,"requests":9,"held":77}],
       "connections":[{"id":"0-12","peer":"127.0.0.1:5","held":20480,"queued":1,"read":2,
       "written":3,"ageSeconds":4,"what":"visitor \\u001b[31m"}],"connectionCount":1}
      """;

  @Test
  void aCensusIsLaidOutWithWhatPeersSentEscaped() throws IOException {
    var figures = EdgeFigures.parse(CENSUS.getBytes(StandardCharsets.UTF_8));

    var screen = String.join("\n", TopScreen.lines(figures, 20));

    assertThat(screen)
        .contains("buffers [######..................] 1024 KiB of 4096 KiB")
        .contains("overload rung 2")
        .contains("cut: 3 idle\n")
        .contains("tunnel demo: 2 links, 5 streams, 9 requests, holds 77 B")
        .contains("   1    20 KiB       1 B       2 B       3 B      4s  127.0.0.1:5")
        .contains("visitor \\x1b[31m")
        .doesNotContain("\u001b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{\"connections\":3}", "{\"granted\":[]}", "{\"a\":"})
  void whatIsNoCensusIsAnIoException(String json) {
    assertThatThrownBy(() -> EdgeFigures.parse(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }
}
