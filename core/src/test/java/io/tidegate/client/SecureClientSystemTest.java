package io.tidegate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.net.tls.ClientAuthentication;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemException;
import io.tidegate.net.tls.PemFile;
import io.tidegate.net.tls.PemPair;
import io.tidegate.net.tls.TlsConfig;
import io.tidegate.net.tls.TlsEngine;
import io.tidegate.server.HttpServer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.TestAuthority;
import io.tidegate.websocket.WebSocketHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `wss`, whom it trusts and whom it is trusted by.
@ExtendWith(Balanced.class)
class SecureClientSystemTest {
  private static final WebSocketHandler ECHO =
      socket -> {
        for (var message : socket) {
          var _ = socket.send(message);
        }
      };

  @TempDir private static Path directory;
  private static TestAuthority authority;
  private static PemPair pair;
  private static PemPair ofAnother;

  @BeforeAll
  static void issue() throws Exception {
    authority = TestAuthority.in(directory);
    pair = pair(authority.issue("DNS:localhost", "IP:127.0.0.1"));
    var stranger = TestAuthority.in(Files.createDirectory(directory.resolve("stranger")));
    ofAnother = pair(stranger.issue("DNS:client"));
  }

  private static PemPair pair(TestAuthority.Issued issued) {
    return new PemPair(issued.certificate(), issued.key());
  }

  private static HttpServer server(PemPair own, UnaryOperator<TlsConfig> with) throws Exception {
    var certificates = PemCertificates.open(List.of(own));
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var budget = new Budget(64L << 20, 64L << 20);
    return HttpServer.start(server ->
        server
            .loops(new LoopsConfig("server", 1, budget, Transport.best(), false))
            .grace(Duration.ofMillis(200))
            .listen(
                ListenerConfig.forVisitors(address),
                with.apply(TlsConfig.DEFAULT.withApplicationProtocols("http/1.1")),
                certificates)
            .webSocket("/echo", ECHO));
  }

  private static HttpServer server() throws Exception {
    return server(pair, config -> config);
  }

  private static HttpServer mutual() throws Exception {
    return server(
        pair,
        config -> config.withClients(ClientAuthentication.REQUIRED, authorities(authority.file())));
  }

  private static List<java.security.cert.X509Certificate> authorities(Path file) {
    try {
      return PemFile.certificates(file);
    } catch (PemException fault) {
      throw new java.io.UncheckedIOException(fault);
    }
  }

  private static ClientRig rig(UnaryOperator<ClientTls> with) throws Exception {
    var trusting = with.apply(ClientTls.DEFAULT.withAuthorities(authority.file()));
    return new ClientRig(config -> config.withTls(trusting));
  }

  private static URI uri(HttpServer server, String host) {
    return URI.create("wss://" + host + ":" + server.address().getPort() + "/echo");
  }

  private static void echoes(ClientRig rig, URI uri) throws Exception {
    try (var socket = rig.client.open(uri)) {
      assertThat(socket.send("x".repeat(40_000)).isTaken()).isTrue();
      assertThat(ClientRig.text(socket)).hasSize(40_000);
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void aServerWhoseAuthorityIsNamedIsTrusted(TlsEngine engine) throws Exception {
    try (var server = server();
        var rig = rig(tls -> tls.withEngine(engine))) {
      echoes(rig, uri(server, "localhost"));
      echoes(rig, uri(server, "127.0.0.1"));
    }
  }

  @Test
  void aServerThatNobodyVouchesForIsALastingFailure() throws Exception {
    try (var server = server();
        var rig = new ClientRig()) {
      assertThat(rig.failure(uri(server, "localhost")))
          .isEqualTo(
              new ConnectFailure(
                  Step.TLS,
                  true,
                  0,
                  null,
                  "nobody that is trusted vouches for the server's certificate"));
    }
  }

  @Test
  void aServerOfAnotherNameIsALastingFailure() throws Exception {
    var other = pair(authority.issue("DNS:other.example"));
    try (var server = server(other, config -> config);
        var rig = rig(tls -> tls)) {
      var failure = rig.failure(uri(server, "localhost"));

      assertThat(failure.lasting()).isTrue();
      assertThat(failure.reason()).isEqualTo("the server's certificate is of another name");
    }
  }

  @Test
  void anExpiredServerIsALastingFailure() throws Exception {
    var old = pair(authority.issueExpired("DNS:localhost"));
    try (var server = server(old, config -> config);
        var rig = rig(tls -> tls)) {
      var failure = rig.failure(uri(server, "localhost"));

      assertThat(failure.lasting()).isTrue();
      assertThat(failure.reason()).contains("has expired");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void aServerThatAsksIsShownOurCertificate(TlsEngine engine) throws Exception {
    var own = pair(authority.issue("DNS:client"));
    try (var server = mutual();
        var rig = rig(tls -> tls.withEngine(engine).withOwn(own))) {
      echoes(rig, uri(server, "localhost"));
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void aServerThatAsksAndIsShownNothingIsALastingFailure(TlsEngine engine) throws Exception {
    try (var server = mutual();
        var rig = rig(tls -> tls.withEngine(engine))) {
      var failure = rig.failure(uri(server, "localhost"));

      assertThat(failure.step()).isEqualTo(Step.TLS);
      assertThat(failure.lasting()).isTrue();
    }
  }

  @Test
  void aServerThatDoesNotTrustUsIsALastingFailure() throws Exception {
    try (var server = mutual();
        var rig = rig(tls -> tls.withOwn(ofAnother))) {
      var failure = rig.failure(uri(server, "localhost"));

      assertThat(failure.step()).isEqualTo(Step.TLS);
      assertThat(failure.lasting()).isTrue();
    }
  }

  @Test
  void aServerThatSpeaksNoTlsIsAPassingFailure() throws Exception {
    try (var plain =
            new RawServer(peer -> {
              peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
              peer.drain();
            });
        var rig = rig(tls -> tls)) {
      var failure = rig.failure(URI.create("wss://127.0.0.1:" + plain.port() + "/"));

      assertThat(failure.step()).isEqualTo(Step.TLS);
      assertThat(failure.lasting()).isFalse();
    }
  }

  @Test
  void aHandshakeThatDoesNotEndFailsWithinItsTime() throws Exception {
    try (var silent = new RawServer(RawServer.Peer::drain);
        var rig =
            new ClientRig(
                c -> c.withTimeouts(ClientTimeouts.DEFAULT.withTls(Duration.ofMillis(300))))) {
      var failure = rig.failure(URI.create("wss://127.0.0.1:" + silent.port() + "/"));

      assertThat(failure.step()).isEqualTo(Step.TLS);
      assertThat(failure.reason()).isEqualTo("no end of the TLS handshake within 300 ms");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsEngine.class)
  void tlsPassesThroughProxies(TlsEngine engine) throws Exception {
    try (var server = server();
        var http = TestProxy.http("u:p");
        var socks = TestProxy.socks("u:p")) {
      var tls = ClientTls.DEFAULT.withAuthorities(authority.file()).withEngine(engine);
      var through =
          List.of(
              Proxy.http("127.0.0.1", http.port()).withLogin("u", "p"),
              Proxy.socks5("127.0.0.1", socks.port()).withLogin("u", "p"));
      for (var proxy : through) {
        try (var rig = new ClientRig(config -> config.withTls(tls).withProxy(proxy))) {
          echoes(rig, uri(server, "localhost"));
        }
      }
    }
  }

  @Test
  void aKeyThatIsNotTheCertificatesIsRefusedAtTheStart() throws Exception {
    var mixed = new PemPair(pair.certificates(), ofAnother.key());
    var config = ClientConfig.DEFAULT.withTls(ClientTls.DEFAULT.withOwn(mixed));

    assertThatThrownBy(() -> WebSocketClient.start(config)).isInstanceOf(PemException.class);
  }
}
