package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The admin listener over real sockets; what a web page could do to it is tried here.
@ExtendWith(Balanced.class)
class AdminSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final InetSocketAddress ANYWHERE =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

  /// Loops with an admin listener and nothing else.
  private static final class Desk implements AutoCloseable {
    final Loops loops;
    final Admin admin;

    Desk(@Nullable String token) throws IOException {
      var budget = new Budget(16 << 20, 16 << 20);
      loops = Loops.open(new LoopsConfig("admin", 2, budget, Transport.best(), false));
      admin = Admin.open(loops, null, ANYWHERE, token);
    }

    int port() {
      return admin.address().getPort();
    }

    String host() {
      return "127.0.0.1:" + port();
    }

    RawHttp.Answer ask(String request, String fields) throws IOException {
      return AdminSystemTest.ask(admin, request, fields);
    }

    RawHttp.Answer get(String target) throws IOException {
      return ask("GET " + target, "Host: " + host() + "\r\n");
    }

    @Override
    public void close() {
      admin.close();
      loops.close();
    }
  }

  private static RawHttp.Answer ask(Admin admin, String request, String fields) throws IOException {
    try (var client = RawHttp.open(admin.address(), SOON)) {
      client.send(request + " HTTP/1.1\r\n" + fields + "\r\n");
      var head = client.finalHead();
      return new RawHttp.Answer(head, client.body(head, "GET").text());
    }
  }

  private static Object json(String text) throws IOException {
    try (var parser = new JsonFactory().createParser(text)) {
      return value(parser, parser.nextToken());
    }
  }

  private static Object value(JsonParser parser, @Nullable JsonToken token) throws IOException {
    if (token == JsonToken.START_OBJECT) return object(parser);
    if (token == JsonToken.START_ARRAY) return array(parser);
    if (token == JsonToken.VALUE_NUMBER_INT) return parser.getLongValue();
    return String.valueOf(parser.getText());
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    var object = new LinkedHashMap<String, Object>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      var name = parser.currentName();
      object.put(name, value(parser, parser.nextToken()));
    }
    return object;
  }

  private static List<Object> array(JsonParser parser) throws IOException {
    var array = new ArrayList<Object>();
    for (var token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken())
      array.add(value(parser, token));
    return array;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> census(Admin admin, String query) throws IOException {
    var answer =
        ask(admin, "GET /census" + query, "Host: 127.0.0.1:" + admin.address().getPort() + "\r\n");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head().first("Content-Type")).isEqualTo("application/json");
    return (Map<String, Object>) json(answer.body());
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> rows(Map<String, Object> census, String name) {
    return (List<Map<String, Object>>) census.getOrDefault(name, List.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example:PORT",
        "evil.example",
        "127.0.0.1.evil.example:PORT",
        "localhost.evil.example:PORT",
        "evil-localhost:PORT",
        "demo.localhost:PORT",
        "0.0.0.0:PORT",
        "[::]:PORT",
        "[::ffff:127.0.0.1]:PORT",
        "[0:0:0:0:0:0:0:1]:PORT",
        "[::1%25lo]:PORT",
        "[fe80::1]:PORT",
        "127.1:PORT",
        "2130706433:PORT",
        "0x7f000001:PORT",
        "0177.0.0.1:PORT",
        "127.0.0.1.:PORT",
        "localhost.:PORT",
        "128.0.0.1:PORT",
        "10.0.0.1:PORT",
        "169.254.169.254:PORT",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:1",
        "127.0.0.1:0PORT",
        "localhost:80",
        "user@127.0.0.1:PORT",
        "127.0.0.1:PORT,evil.example",
        "xn--lcalhost-54a:PORT",
        ""
      })
  void aHostThatARebindingPageCouldSendGetsNothing(String host) throws IOException {
    try (var desk = new Desk(null)) {
      var sent = host.replace("PORT", Integer.toString(desk.port()));

      for (var target : List.of("GET /census", "GET /metrics", "GET /healthz", "POST /cut/0-0")) {
        var answer = desk.ask(target, "Host: " + sent + "\r\nTidegate-Admin: 1\r\n");

        assertThat(answer.status()).isIn(400, 421);
        assertThat(answer.body()).doesNotContain("granted", "tidegate_", "ok", "connections");
        assertThat(answer.head().first("Access-Control-Allow-Origin")).isNull();
      }
      assertThat(desk.loops.cuts(CutReason.OPERATOR)).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:PORT",
        "localhost:PORT",
        "LocalHost:PORT",
        "[::1]:PORT",
        "127.9.9.9:PORT"
      })
  void loopbackLiteralsAndLocalhostWithItsPortAreAnswered(String host) throws IOException {
    try (var desk = new Desk(null)) {
      var sent = host.replace("PORT", Integer.toString(desk.port()));

      assertThat(desk.ask("GET /healthz", "Host: " + sent + "\r\n").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://evil.example",
        "Origin: null",
        "Origin:",
        "Origin: https://127.0.0.1:PORT",
        "Origin: http://127.0.0.1",
        "Origin: http://127.0.0.1:1",
        "Origin: http://localhost:PORT",
        "Origin: http://127.0.0.1:PORT.evil.example",
        "Origin: http://127.0.0.1:PORT/",
        "Origin: HTTP://127.0.0.1:PORT",
        "Origin: http://127.0.0.1:PORT http://evil.example",
        "Origin: http://127.0.0.1:PORT\r\nOrigin: http://evil.example",
        "Origin: http://127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT",
        "Origin: chrome-extension://abcdef",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site"
      })
  void aPageOfAnotherOriginGetsNothingAndCutsNobody(String field) throws IOException {
    try (var desk = new Desk(null)) {
      var fields =
          "Host: "
              + desk.host()
              + "\r\n"
              + field.replace("PORT", Integer.toString(desk.port()))
              + "\r\n";

      for (var target :
          List.of("GET /census", "GET /metrics", "POST /cut/0-0", "OPTIONS /census")) {
        var answer = desk.ask(target, fields + "Tidegate-Admin: 1\r\n");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.body()).doesNotContain("granted", "tidegate_");
        assertThat(answer.head().raw()).doesNotContainIgnoringCase("access-control");
      }
      assertThat(desk.loops.cuts(CutReason.OPERATOR)).isZero();
    }
  }

  @Test
  void itsOwnOriginIsAnsweredAndEveryAnswerForbidsOthersToUseIt() throws IOException {
    try (var desk = new Desk(null)) {
      var answer =
          desk.ask(
              "GET /metrics",
              "Host: " + desk.host() + "\r\nOrigin: http://" + desk.host() + "\r\n");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).contains("tidegate_cuts_total{reason=\"operator\"} 0\n");
      assertThat(answer.head().first("Content-Security-Policy")).isEqualTo("default-src 'self'");
      assertThat(answer.head().first("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.head().raw()).doesNotContainIgnoringCase("access-control");
    }
  }

  @Test
  void aPreflightIsNeverAnsweredWithPermission() throws IOException {
    try (var desk = new Desk(null)) {
      var answer =
          desk.ask(
              "OPTIONS /cut/0-0",
              "Host: " + desk.host() + "\r\nAccess-Control-Request-Headers: tidegate-admin\r\n");

      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.head().raw()).doesNotContainIgnoringCase("access-control");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Authorization: Bearer \r\n",
        "Authorization: Bearer wrong\r\n",
        "Authorization: Basic c2VjcmV0\r\n",
        "Authorization: secret\r\n",
        "Authorization: Bearer secre\r\n",
        "Authorization: Bearer secrets\r\n"
      })
  void withATokenNobodyIsAnsweredWithoutIt(String field) throws IOException {
    try (var desk = new Desk("secret")) {
      var answer = desk.ask("GET /census", "Host: " + desk.host() + "\r\n" + field);

      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.head().first("WWW-Authenticate")).isEqualTo("Bearer");
      var known =
          desk.ask("GET /healthz", "Host: " + desk.host() + "\r\nAuthorization: Bearer secret\r\n");
      assertThat(known.status()).isEqualTo(200);
    }
  }

  @Test
  void offLoopbackItDoesNotOpenWithoutAToken() {
    try (var desk = new Desk(null)) {
      var everywhere = new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);

      assertThatThrownBy(() -> Admin.open(desk.loops, null, everywhere, null).close())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("token");
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/census/", "/census.json", "/cut", "/metrics/x", "/healthz%20"})
  void whatIsNotThereIs404(String target) throws IOException {
    try (var desk = new Desk(null)) {
      assertThat(desk.get(target).status()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "top=0",
        "top=1001",
        "top=-1",
        "top=",
        "top=1&top=2",
        "top=9999999999",
        "x=1",
        "top=0x1"
      })
  void aTopOutsideItsBoundsIsRefused(String query) throws IOException {
    try (var desk = new Desk(null)) {
      assertThat(desk.get("/census?" + query).status()).isEqualTo(400);
    }
  }

  @Test
  void anIdleProcessShowsNothingChargedButItsOwnConnection() throws IOException {
    try (var desk = new Desk(null)) {
      var census = census(desk.admin, "");

      assertThat(census.keySet())
          .containsExactly(
              "time",
              "granted",
              "unused",
              "limits",
              "unfilled",
              "usedDirect",
              "rung",
              "cuts",
              "tunnels",
              "connections",
              "connectionCount");
      assertThat(census.get("limits")).isEqualTo(Map.of("direct", 16L << 20, "heap", 16L << 20));
      assertThat(census.get("connectionCount")).isEqualTo(1L);
      assertThat(rows(census, "connections"))
          .singleElement()
          .satisfies(row ->
              assertThat(row)
                  .containsOnlyKeys(
                      "id", "peer", "held", "queued", "read", "written", "ageSeconds", "what")
                  .containsEntry("what", "admin"));
      Eventually.await(
          SOON,
          () -> "held " + desk.loops.root(),
          () -> desk.loops.root().held(Purse.HEAP) + desk.loops.root().held(Purse.DIRECT) == 0);
    }
  }

  @Test
  void aCensusOfManyPiecesIsOneWholeAnswerAndLeavesNothingBehind() throws IOException {
    int count = 300;
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 2);
        var admin = Admin.open(rig.edgeLoops, rig.edge, ANYWHERE, null)) {
      var idle = new ArrayList<RawHttp>();
      try {
        for (int i = 0; i < count; i++) idle.add(rig.visit());
        Eventually.await(SOON, () -> "connections", () -> rig.edge.connectionCount() == count);

        var all = census(admin, "?top=1000");
        var some = census(admin, "?top=40");

        assertThat(rows(all, "connections"))
            .extracting(row -> row.get("id"))
            .doesNotHaveDuplicates()
            .hasSizeGreaterThanOrEqualTo(count + 1);
        assertThat(rows(some, "connections")).hasSize(40);
      } finally {
        idle.forEach(RawHttp::close);
      }
      Eventually.await(
          SOON,
          () -> "direct bytes held: " + Census.of(rig.edgeLoops.root()),
          () -> rig.edgeLoops.root().held(Purse.DIRECT) == 0);
    }
  }

  @Test
  void aPeerThatDoesNotReadItsCensusHoldsOnePieceAtMost() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var admin = Admin.open(rig.edgeLoops, rig.edge, ANYWHERE, null);
        var sleeper = RawHttp.open(admin.address(), SOON)) {
      var ask =
          "GET /census?top=1000 HTTP/1.1\r\nHost: 127.0.0.1:"
              + admin.address().getPort()
              + "\r\n\r\n";

      sleeper.send(ask.repeat(200));

      var head = sleeper.finalHead();
      assertThat(head.status()).isEqualTo(200);
      assertThat(admin.account().peak(Purse.DIRECT)).isBetween(1L, 256L * 1024);
    }
  }

  @Test
  void aCensusThatFindsNoRoomIs503() throws IOException {
    try (var desk = new Desk(null);
        var client = RawHttp.open(desk.admin.address(), SOON)) {
      assertThat(client.get(desk.host(), "/healthz").status()).isEqualTo(200);
      var hog = desk.admin.account().open("hog", new Budget(1 << 20, 1 << 20));
      assertThat(hog.charge(Purse.HEAP, (1 << 20) - 200_000)).isTrue();

      var refused = client.get(desk.host(), "/census?top=1000");
      hog.close();

      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.head().first("Tidegate-Error")).isEqualTo("memory_refused");
      assertThat(desk.get("/census?top=1000").status()).isEqualTo(200);
    }
  }

  /// All of both purses is granted: no visitor gets in, and the operator sees it.
  @Test
  void anOperatorGetsInWhenAllIsFull() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var admin = Admin.open(rig.edgeLoops, rig.edge, ANYWHERE, null)) {
      var root = rig.edgeLoops.root();
      var hog = root.open("hog", new Budget(root.limit(Purse.DIRECT), root.limit(Purse.HEAP)));
      long direct = root.limit(Purse.DIRECT) - root.held(Purse.DIRECT);
      long heap = root.limit(Purse.HEAP) - root.held(Purse.HEAP);
      assertThat(hog.charge(Purse.DIRECT, (int) direct)).isTrue();
      assertThat(hog.charge(Purse.HEAP, (int) heap)).isTrue();
      Eventually.await(SOON, () -> "rung", () -> rig.edgeLoops.ladder().rung() == 95);

      try (var visitor = rig.visit()) {
        assertThat(visitor.finalHead().first("Tidegate-Error")).isEqualTo("overloaded");
      }
      var census = census(admin, "?top=1000");

      assertThat(census.get("rung")).isEqualTo(95L);
      assertThat(
              ask(admin, "GET /metrics", "Host: 127.0.0.1:" + admin.address().getPort() + "\r\n")
                  .body())
          .contains("tidegate_overload_reached_total{rung=\"95\"} 1\n");
      hog.close();
      assertThat(rig.edgeLoops.cuts(CutReason.OVERLOAD_LARGEST)).isZero();
    }
  }

  @Test
  void tunnelsAndTheirConnectionsShowInTheCensus() throws IOException {
    try (var rig = TunnelRig.open();
        var admin = Admin.open(rig.edgeLoops, rig.edge, ANYWHERE, null);
        var visitor = rig.visit()) {
      assertThat(visitor.get(rig.host(), "/bytes/13").status()).isEqualTo(200);

      var census = census(admin, "");

      assertThat(rows(census, "tunnels"))
          .singleElement()
          .satisfies(tunnel ->
              assertThat(tunnel)
                  .containsOnlyKeys("name", "links", "streams", "requests", "held")
                  .containsEntry("name", "demo")
                  .containsEntry("requests", 1L));
      assertThat(rows(census, "connections"))
          .extracting(row -> row.get("what"))
          .contains("visitor", "link", "admin");
    }
  }

  @Test
  void anOperatorCutsOneVisitorByItsId() throws IOException {
    try (var rig = TunnelRig.open();
        var admin = Admin.open(rig.edgeLoops, rig.edge, ANYWHERE, null);
        var visitor = rig.visit()) {
      assertThat(visitor.get(rig.host(), "/bytes/13").status()).isEqualTo(200);
      var id =
          rows(census(admin, ""), "connections").stream()
              .filter(row -> "visitor".equals(row.get("what")))
              .map(row -> String.valueOf(row.get("id")))
              .findFirst()
              .orElseThrow();
      var host = "Host: 127.0.0.1:" + admin.address().getPort() + "\r\n";

      assertThat(ask(admin, "POST /cut/" + id, host).status()).isEqualTo(403);
      assertThat(ask(admin, "GET /cut/" + id, host + "Tidegate-Admin: 1\r\n").status())
          .isEqualTo(405);
      assertThat(rig.cuts(CutReason.OPERATOR)).isZero();
      assertThat(ask(admin, "POST /cut/" + id, host + "Tidegate-Admin: 1\r\n").status())
          .isEqualTo(200);

      assertThat(rig.cuts(CutReason.OPERATOR)).isEqualTo(1);
      assertThat(visitor.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
      assertThat(ask(admin, "POST /cut/" + id, host + "Tidegate-Admin: 1\r\n").status())
          .isEqualTo(404);
      assertThat(ask(admin, "POST /cut/7-7", host + "Tidegate-Admin: 1\r\n").status())
          .isEqualTo(404);
      assertThat(ask(admin, "POST /cut/x", host + "Tidegate-Admin: 1\r\n").status()).isEqualTo(400);
    }
  }
}
