package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.tidegate.agent.Agent;
import io.tidegate.agent.AgentConfig;
import io.tidegate.edge.Edge;
import io.tidegate.edge.EdgeConfig;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Help.Ansi;

/// A42: visitors write into the agent's terminal, the edge's log, its pages and its fields. What
/// they write is one line an event, without a byte that a terminal obeys, and nothing at all in the
/// log.
@ExtendWith(Balanced.class)
class InjectionAttackTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /// What a terminal, a log reader or a browser could obey.
  private static final List<String> INJECTIONS =
      List.of(
          "/a\r\n12:00:00 GET     /forged 200 1 ms",
          "/a\n12:00:00 GET /forged",
          "/a\u001b[2J\u001b[H",
          "/a\u001b]0;title\u0007",
          "/a\u009b31m",
          "/a\u0085forged",
          "/a\u0000b",
          "/a\u007f",
          "/a" + utf8("\u202egpj.exe"),
          "/a" + utf8("\u2066x\u2069\u2028"),
          "/%0d%0a%1b[2J",
          "/" + "x".repeat(7_000),
          "/<script>alert(1)</script>",
          "/@|red y|@ %s %n ${jndi:ldap://127.0.0.1/a}".replace(' ', '+'));

  @TempDir private static Path keys;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger("io.tidegate");
  private final StringWriter terminal = new StringWriter();
  private Loops loops;
  private TestOrigin origin;
  private Edge edge;
  private Printer printer;
  private Agent agent;
  private InetSocketAddress address;
  private String host;

  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  @BeforeEach
  void aTunnelAndALogThatIsRead() throws IOException {
    System.setProperty("tidegate.keys", keys.toString());
    root.setLevel(Level.DEBUG);
    root.setAdditive(false);
    log.start();
    root.addAppender(log);
    loops = Loops.open(LoopsConfig.forCommand("injection-test").withCount(1));
    origin = TestOrigin.open();
    edge =
        Edge.open(
            loops,
            EdgeConfig.onLoopback(
                "localhost", new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0)));
    address = edge.addresses().getFirst();
    host = "shop.localhost:" + edge.port();
    printer = new Printer(new PrintWriter(terminal));
    var config =
        AgentConfig.of(URI.create("http://127.0.0.1:" + edge.port()), origin.address().getPort());
    agent =
        Agent.start(
            loops,
            config.withName("shop"),
            new RequestLines(printer, Ansi.OFF, config.app().toString(), false));
    Eventually.await(SOON, () -> "the tunnel", () -> terminal.toString().contains("->"));
  }

  @AfterEach
  void nothingStays() {
    agent.close();
    edge.close();
    printer.close();
    origin.close();
    loops.close();
    root.detachAppender(log);
    root.setLevel(null);
    root.setAdditive(true);
    var _ = System.clearProperty("tidegate.keys");
  }

  @Test
  void whateverATargetHoldsARequestIsOneHarmlessLine() throws IOException {
    int passed = 0;
    for (var target : INJECTIONS) {
      int status =
          ask("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
      assertThat(status).as(target).isIn(400, 404);
      if (status == 404) passed++;
    }

    int lines = passed + 1;
    Eventually.await(
        SOON, () -> terminal.toString(), () -> terminal.toString().lines().count() >= lines);
    assertThat(terminal.toString().lines()).hasSize(lines);
    assertThat(terminal.toString())
        .doesNotContainPattern(
            "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\u2028]");
    assertThat(terminal.toString().lines().skip(1))
        .allMatch(
            line -> line.length() < 256 + 40 && line.matches("[0-9:]{8} GET .* 404 [0-9]+ ms"));
    nothingIsLogged();
  }

  /// The status that raw bytes are answered with.
  private int ask(String request) throws IOException {
    try (var visitor = RawHttp.open(address)) {
      visitor.send(request);
      var head = visitor.finalHead();
      var body = visitor.body(head, "GET").text();
      assertThat(body).doesNotContain("<script>", "forged", "\u001b");
      assertThat(head.raw()).doesNotContain("forged", "\u001b");
      return head.status();
    }
  }

  @Test
  void fieldsWithLineEndsNeverReachTheAppAsOthers() throws IOException {
    for (var value :
        List.of(
            "a\r\nX-Forged: 1",
            "a\nX-Forged: 1",
            "a\rX-Forged: 1",
            "a\0",
            "a\u001b[2J",
            "a\u0085X-Forged: 1"))
      for (var name :
          List.of(
              "User-Agent",
              "Referer",
              "Cookie",
              "Origin",
              "Forwarded",
              "X-Forwarded-For",
              "Accept"))
        assertThat(
                ask(
                    "GET /bytes/13 HTTP/1.1\r\nHost: "
                        + host
                        + "\r\n"
                        + name
                        + ": "
                        + value
                        + "\r\nConnection: close\r\n\r\n"))
            .as(name + ": " + value)
            .isIn(200, 400);

    assertThat(origin.log().heads())
        .noneMatch(head ->
            head.raw().contains("\u001b")
                || head.raw().contains("\0")
                || head.raw().replace("\r\n", "").contains("\n"));
    // with CR LF before it, it is simply another field of the visitor's
    assertThat(origin.log().heads()).filteredOn(head -> head.first("X-Forged") != null).hasSize(7);
    nothingIsLogged();
  }

  @Test
  void aMebibyteOfUserAgentIs431AndLeavesNoTrace() throws IOException {
    try (var peer = HostilePeer.open(address)) {
      peer.send("GET / HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: ");
      try {
        peer.send("\u001b[31m".repeat(209_715));
      } catch (IOException cut) {
        assertThat(cut).isNotNull();
      }
      assertThat(peer.awaitCut(SOON).end()).isNotEqualTo(Cut.End.OPEN);
    }
    try (var visitor = RawHttp.open(address)) {
      visitor.send(
          "GET / HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: " + "m".repeat(20_000) + "\r\n\r\n");
      assertThat(visitor.finalHead().status()).isEqualTo(431);
    }

    assertThat(terminal.toString().lines()).hasSize(1);
    assertThat(origin.log().requests()).isZero();
    nothingIsLogged();
  }

  @Test
  void whatThePagesOfTheEdgeRepeatIsEscaped() throws IOException {
    for (var name :
        List.of("<b>x</b>", "x\"onload=1", "x'y", "x&amp;y", "x y", "x\u001b[2J", "nobody")) {
      try (var visitor = RawHttp.open(address)) {
        visitor.send(
            "GET /<i> HTTP/1.1\r\nHost: "
                + name
                + ".localhost:"
                + edge.port()
                + "\r\nAccept: text/html\r\n\r\n");
        var head = visitor.finalHead();
        var page = visitor.body(head, "GET").text();

        assertThat(head.status()).isEqualTo(name.equals("nobody") ? 404 : 400);
        assertThat(page).doesNotContain("<b>", "<i>", "onload", "\u001b");
      }
    }
  }

  /// An app's own reason phrase and fields could carry what its visitors sent it.
  @Test
  void anAnswerWithControlsIsRefusedAndPrintedHarmlessly() throws IOException {
    origin.answer("/esc", "HTTP/1.1 200 \u001b[2J\r\nContent-Length: 0\r\n\r\n");
    origin.answer("/nul", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n");
    origin.answer(
        "/cr", "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: forged\r\nContent-Length: 0\r\n\r\n");

    for (var target : List.of("/esc", "/nul", "/cr"))
      assertThat(
              ask("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
          .as(target)
          .isIn(200, 502);

    Eventually.await(
        SOON, () -> terminal.toString(), () -> terminal.toString().lines().count() == 4);
    assertThat(terminal.toString()).doesNotContain("\u001b", "forged");
    nothingIsLogged();
  }

  @Test
  void aThousandFaultsOfPeersLeaveNothingInTheLog() throws IOException {
    for (int i = 0; i < 1_000; i++) {
      try (var peer = HostilePeer.open(address)) {
        peer.send(
            i % 3 == 0
                ? "\r\n\u001b\0 bad"
                : i % 3 == 1
                    ? "GET /a\u001b HTTP/1.1\r\n\r\n"
                    : "GET / HTTP/1.1\r\nHost: " + host + "\r\nX");
        if (i % 2 == 0) peer.abort();
      }
    }

    nothingIsLogged();
  }

  private void nothingIsLogged() {
    var loud =
        List.copyOf(log.list).stream()
            .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
            .toList();
    assertThat(loud).isEmpty();
  }
}
