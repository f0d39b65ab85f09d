package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Browser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The demo's page in a browser, through the tunnel: every panel shows what came to it.
@ExtendWith(Balanced.class)
class DemoPageSystemTest {
  @TempDir private static Path keys;

  @Test
  void everyPanelOfThePageShowsDataThatCameThroughTheTunnel() throws Exception {
    System.setProperty("tidegate.keys", keys.toString());
    try (var loops = Loops.open(LoopsConfig.forCommand("demo-page").withCount(2));
        var printer = new Printer(new PrintWriter(Writer.nullWriter()))) {
      var lines = new DemoLines(printer);
      var free = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
      try (var demo = Demo.open(loops, List.of(free), lines);
          var browser = Browser.open()) {
        assertThat(lines.up().await(10, TimeUnit.SECONDS)).isTrue();
        var host = "demo.localhost:" + demo.edge().port();
        browser.visit("http://" + host + "/");

        assertThat(browser.evaluate("document.getElementById('host').textContent")).isEqualTo(host);
        theSocketEchoesAndTicks(browser);
        eventsArrive(browser);
        aDownloadAndAnUploadAreWhole(browser);
        theCensusHasItsAccounts(browser);
        nothingFailed(browser);
        Files.write(Path.of("target", "demo.png"), browser.screenshot());
      }
    } finally {
      var _ = System.clearProperty("tidegate.keys");
    }
  }

  private static void theSocketEchoesAndTicks(Browser browser) throws IOException {
    browser.await("document.getElementById('ws-state').classList.contains('live')");
    var _ =
        browser.evaluate(
            "(() => { const text = document.getElementById('ws-text'); text.value = 'gr\\u00fc\\u00dfe'; text.form.requestSubmit(); })()");
    browser.await("document.getElementById('ws-log').innerText.includes('gr\\u00fc\\u00dfe')");
    assertThat(browser.evaluate("document.getElementById('ws-log').innerText"))
        .containsPattern("after [0-9.]+ ms");
    browser.await(
        "/[0-9]{2}:[0-9]{2}:[0-9]{2}/.test(document.getElementById('ws-clock').innerText)");
  }

  private static void eventsArrive(Browser browser) throws IOException {
    browser.await("document.getElementById('sse-log').childElementCount >= 2");
    assertThat(browser.evaluate("document.getElementById('sse-log').innerText"))
        .containsPattern("#2 .*[0-9]{2}:[0-9]{2}:[0-9]{2}");
  }

  private static void aDownloadAndAnUploadAreWhole(Browser browser) throws IOException {
    var _ = browser.evaluate("document.querySelector('[data-bytes]').click()");
    browser.await("document.getElementById('down').innerText.includes('10 MB')");
    browser.await("!document.getElementById('up-go').disabled");
    var _ = browser.evaluate("document.getElementById('up-go').click()");
    browser.await("document.getElementById('up').innerText.includes('counted there')");
    assertThat(browser.evaluate("document.getElementById('up').innerText")).contains("64 MB");
  }

  private static void theCensusHasItsAccounts(Browser browser) throws IOException {
    browser.await("document.getElementById('accounts').childElementCount > 3");
    assertThat(browser.evaluate("document.getElementById('accounts').innerText"))
        .contains("agent", "link");
    assertThat(browser.evaluate("document.getElementById('direct-text').textContent"))
        .matches("Buffers: .* of .*iB");
    assertThat(browser.evaluate("document.getElementById('heap-text').textContent"))
        .matches("Entries: .* of .*iB");
  }

  private static void nothingFailed(Browser browser) throws IOException {
    assertThat(browser.evaluate("document.body.innerText"))
        .doesNotContain("failed", "reconnecting", "no answer");
    assertThat(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"))
        .isEqualTo("true");
  }
}
