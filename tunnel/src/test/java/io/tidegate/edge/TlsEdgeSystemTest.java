package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.agent.Agent;
import io.tidegate.agent.AgentConfig;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.net.tls.PemFile;
import io.tidegate.net.tls.PemPair;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.TestAuthority;
import io.tidegate.testkit.TestOrigin;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// An edge that speaks TLS, seen by curl, Java's client and agents that have reasons not to trust
/// it.
@ExtendWith(Balanced.class)
class TlsEdgeSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

  @TempDir private Path directory;
  private TestAuthority authority;
  private TestOrigin origin;
  private Loops loops;
  private final TunnelRig.Heard heard = new TunnelRig.Heard();

  @BeforeEach
  void open() throws Exception {
    System.setProperty("tidegate.keys", TunnelRig.keys().toString());
    authority = TestAuthority.in(directory);
    origin = TestOrigin.open();
    loops =
        Loops.open(
            new LoopsConfig("tls", 2, new Budget(48L << 20, 38L << 20), Transport.best(), false));
  }

  @AfterEach
  void close() {
    origin.close();
    loops.close();
  }

  private Edge edge(TestAuthority.Issued issued) throws Exception {
    var tls = new EdgeTls(List.of(new PemPair(issued.certificate(), issued.key())), List.of(ANY));
    return Edge.open(loops, EdgeConfig.onLoopback("localhost", ANY).withTls(tls));
  }

  private Agent agent(String host, Edge edge, boolean trusting) throws Exception {
    var config =
        AgentConfig.of(
                URI.create("https://" + host + ":" + edge.port()), origin.address().getPort())
            .withName("demo");
    return Agent.start(
        loops,
        trusting ? config.withAuthorities(PemFile.certificates(authority.file())) : config,
        heard);
  }

  private void awaitUp() {
    Eventually.await(SOON, () -> "up: " + heard.waits + heard.ends, () -> !heard.urls.isEmpty());
  }

  private String curl(Edge edge, String... arguments) throws Exception {
    var command =
        Stream.concat(
                Stream.of(
                    "curl",
                    "-sS",
                    "-m",
                    "20",
                    "--cacert",
                    authority.file().toString(),
                    "--resolve",
                    "demo.localhost:" + edge.port() + ":127.0.0.1"),
                Stream.of(arguments))
            .toList();
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  @Test
  void curlAndJavasClientGetTheAppByHttps() throws Exception {
    try (var edge = edge(authority.issue("DNS:localhost", "DNS:demo.localhost"));
        var _ = agent("localhost", edge, true)) {
      awaitUp();
      var url = heard.urls.getFirst();

      var modern =
          curl(
              edge,
              "--tlsv1.3",
              url + "/bytes/100000",
              "-o",
              "/dev/null",
              "-w",
              "%{http_code} %{size_download} %{http_version}");
      var older =
          curl(
              edge, "--tls-max", "1.2", url + "/bytes/13", "-o", "/dev/null", "-w", "%{http_code}");
      HttpResponse<String> java;
      try (var client = HttpClient.newBuilder().sslContext(authority.trusting()).build()) {
        java =
            client.send(
                HttpRequest.newBuilder(URI.create("https://localhost:" + edge.port() + "/"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
      }

      assertThat(url).isEqualTo("https://demo.localhost:" + edge.port());
      assertThat(modern).isEqualTo("200 100000 2");
      assertThat(older).isEqualTo("200");
      assertThat(java.statusCode()).isEqualTo(200);
      assertThat(java.body()).contains("This is a Tidegate edge");
    }
  }

  @Test
  void theAppHearsThatTheVisitorCameByHttps() throws Exception {
    try (var app = RecordingOrigin.open(_ -> "HTTP/1.1 204 No Content\r\n\r\n");
        var edge = edge(authority.issue("DNS:localhost", "DNS:demo.localhost"));
        var agent =
            Agent.start(
                loops,
                AgentConfig.of(URI.create("https://localhost:" + edge.port()), app.port())
                    .withName("demo")
                    .withAuthorities(PemFile.certificates(authority.file())),
                heard)) {
      awaitUp();
      var _ = curl(edge, heard.urls.getFirst() + "/");

      assertThat(app.whole().getFirst().field("X-Forwarded-Proto")).isEqualTo("https");
      assertThat(app.whole().getFirst().field("Forwarded")).endsWith(";proto=https");
      assertThat(agent.end()).isNotDone();
    }
  }

  @Test
  void aHostThatIsNotTheNameOfTheConnectionIsMisdirected() throws Exception {
    try (var edge = edge(authority.issue("DNS:localhost", "DNS:demo.localhost"));
        var _ = agent("localhost", edge, true)) {
      awaitUp();
      var said =
          curl(
              edge,
              "-H",
              "Host: other.localhost:" + edge.port(),
              heard.urls.getFirst() + "/",
              "-w",
              " %{http_code}");

      assertThat(said).contains("host and TLS server name differ").endsWith(" 421");
      assertThat(loops.cuts(CutReason.MISDIRECTED)).isEqualTo(1);
    }
  }

  @Test
  void plainHttpIsSentToHttpsAndElsewhereNobodyIs() throws Exception {
    try (var edge = edge(authority.issue("DNS:localhost"));
        var visitor = RawHttp.open(edge.redirectAddresses().getFirst(), SOON)) {
      var answer = visitor.get("demo.localhost:80", "/a?b=c");
      var foreign = visitor.get("evil.example", "/");

      assertThat(answer.status()).isEqualTo(308);
      assertThat(answer.head().first("Location"))
          .isEqualTo("https://demo.localhost:" + edge.port() + "/a?b=c");
      assertThat(foreign.status()).isEqualTo(404);
    }
  }

  @Test
  void anAgentSaysWhyItDoesNotTrustAnEdgeAndEnds() throws Exception {
    var reasons = new ArrayList<String>();
    try (var edge = edge(authority.issue("DNS:localhost"))) {
      reasons.add(reasonOf(agent("localhost", edge, false)));
      reasons.add(reasonOf(agent("127.0.0.1", edge, true)));
    }
    try (var edge = edge(authority.issueExpired("DNS:localhost"))) {
      reasons.add(reasonOf(agent("localhost", edge, true)));
    }

    assertThat(reasons.get(0)).contains("nobody trusted vouches", "--ca");
    assertThat(reasons.get(1)).contains("of another name", "127.0.0.1");
    assertThat(reasons.get(2)).contains("expired");
    assertThat(reasons).allMatch(reason -> reason.startsWith("UNTRUSTED: "));
  }

  private String reasonOf(Agent agent) throws Exception {
    assertThat(agent.end().get(20, TimeUnit.SECONDS)).isEqualTo(Agent.End.UNTRUSTED);
    agent.close();
    return heard.ends.getLast();
  }

  @Test
  void renewedCertificatesAreServedWithoutARestartAndTheLinkLives() throws Exception {
    var first = authority.issue("DNS:localhost", "DNS:demo.localhost");
    var second = authority.issue("DNS:renewed.test", "DNS:demo.localhost", "DNS:localhost");
    try (var edge = edge(first);
        var _ = agent("localhost", edge, true)) {
      awaitUp();
      Files.write(first.certificate(), Files.readAllBytes(second.certificate()));
      Files.write(first.key(), Files.readAllBytes(second.key()));

      Eventually.await(SOON, () -> "the new certificate", () -> shows(edge, "renewed.test"));

      assertThat(
              curl(
                  edge,
                  heard.urls.getFirst() + "/bytes/13",
                  "-o",
                  "/dev/null",
                  "-w",
                  "%{http_code}"))
          .isEqualTo("200");
      assertThat(heard.waits).isEmpty();
    }
  }

  private boolean shows(Edge edge, String name) {
    try (var socket =
        (javax.net.ssl.SSLSocket)
            authority
                .trusting()
                .getSocketFactory()
                .createSocket(InetAddress.ofLiteral("127.0.0.1"), edge.port())) {
      socket.startHandshake();
      var shown = (java.security.cert.X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectAlternativeNames().toString().contains(name);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }
}
