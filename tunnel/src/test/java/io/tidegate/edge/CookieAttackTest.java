package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.Figures;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A38: a tunnel tosses cookies at its siblings. In Chromium none that it sends for the domain
/// above it reaches them; the edge has made each of them the sender's own, and counted it.
@ExtendWith(Balanced.class)
class CookieAttackTest {
  private static final String PAGE = "<!doctype html><title>app</title><p>app";

  /// `/set` sets every cookie that could reach a sibling; `/seen` says what cookies came.
  private static String app(RecordingOrigin.Seen seen, String domain) {
    var body = seen.target().equals("/seen") ? seen.field("Cookie") : PAGE;
    var fields =
        seen.target().equals("/set")
            ? List.of(
                    "own=1",
                    "plain=1; Domain=" + domain,
                    "dotted=1; Path=/; Domain=." + domain,
                    "upper=1; DOMAIN=" + domain.toUpperCase(java.util.Locale.ROOT) + " ; HttpOnly",
                    "twice=1; Domain=a." + domain + "; Domain=" + domain,
                    "empty=1; Domain=",
                    "sibling=1; Domain=b." + domain,
                    "bare=1;domain=" + domain + ";")
                .stream()
                .map(cookie -> "Set-Cookie: " + cookie + "\r\n")
                .collect(Collectors.joining())
            : "";
    return "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: no-store\r\n"
        + fields
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  @Test
  void noCookieThatOneTunnelSendsForLocalhostIsSeenByAnother() throws IOException {
    toss("localhost", UnaryOperator.identity());
  }

  @Test
  void noCookieThatOneTunnelSendsForTheEdgesDomainIsSeenByAnother() throws IOException {
    toss(
        "tunnels.example",
        before ->
            new EdgeConfig(
                before.listen(),
                "tunnels.example",
                before.tokens(),
                before.trustedProxies(),
                before.proxyProtocol(),
                before.answerTimeout(),
                before.linkLifetime(),
                before.limits(),
                before.visitors(),
                before.tls()));
  }

  private static void toss(String domain, UnaryOperator<EdgeConfig> change) throws IOException {
    try (var a = RecordingOrigin.open(seen -> app(seen, domain));
        var b = RecordingOrigin.open(seen -> app(seen, domain));
        var rig = TunnelRig.bare(change, 1);
        var browser = Browser.open("--host-resolver-rules=MAP * 127.0.0.1")) {
      var _ = rig.expose("aaa", a.port());
      var _ = rig.expose("bbb", b.port());
      long narrowed = AnswerRewrite.NARROWED_COOKIES.sum();

      browser.visit("http://aaa." + domain + ":" + rig.edge.port() + "/set");
      var own = browser.evaluate("fetch('/seen').then(answer => answer.text())");
      browser.visit("http://bbb." + domain + ":" + rig.edge.port() + "/");
      var tossed = browser.evaluate("fetch('/seen').then(answer => answer.text())");

      assertThat(own).contains("own=1", "plain=1", "dotted=1", "upper=1", "twice=1", "bare=1");
      assertThat(tossed).isEmpty();
      assertThat(browser.evaluate("document.cookie")).isEmpty();
      assertThat(b.whole()).isNotEmpty().allMatch(seen -> seen.field("Cookie").isEmpty());
      Figures.note("A38: of " + own + " nothing came to the sibling under " + domain);
      assertThat(AnswerRewrite.NARROWED_COOKIES.sum() - narrowed).isGreaterThanOrEqualTo(7);
    }
  }
}
