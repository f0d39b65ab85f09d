package io.tidegate.edge;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tidegate.http.Exchange;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpStage;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.net.CutReason;
import io.tidegate.net.Described;
import io.tidegate.net.Listener;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loops;
import io.tidegate.observe.AdminGuard;
import io.tidegate.observe.Health;
import io.tidegate.observe.LargestConnections;
import io.tidegate.observe.PrometheusPage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The operator's listener: health, metrics, who holds how much, and the means to cut it.
///
/// `GET /healthz`, `GET /metrics`, `GET /census?top=N`, `POST /cut/ID`. [AdminGuard] says who is
/// answered; a cut needs the field `Tidegate-Admin: 1` besides, which no web page can send without
/// being asked first. An operator needs this just when all else is full, so it has purses of its
/// own beside those of the loops ([#RESERVE]), and the overload ladder does not see it. What a
/// census holds is charged to at most half of that; without room it is answered 503. Safe for any
/// thread.
public final class Admin implements AutoCloseable {
  /// What admin connections and their censuses may hold, beside what the loops may.
  public static final Budget RESERVE = new Budget(2 << 20, 2 << 20);

  private static final Budget CENSUSES = new Budget(1 << 20, 1 << 20);
  private static final int CONNECTIONS = 64;
  private static final int DEFAULT_TOP = 100;
  private static final String CUT = "/cut/";
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final Described PURPOSE = () -> "admin";

  private final Loops loops;
  private final @Nullable Edge edge;
  private final Account reserve;
  private final Account account;
  private final Listener listener;
  private volatile @Nullable AdminGuard guard;

  private Admin(Loops loops, @Nullable Edge edge, InetSocketAddress address) throws IOException {
    this.loops = loops;
    this.edge = edge;
    this.reserve = Ledger.open(RESERVE);
    this.account = reserve.open("censuses", CENSUSES);
    var stage = new HttpStage(loops, HttpLimits.DEFAULT, this::handle);
    try {
      this.listener =
          Listener.openReserved(
              loops,
              ListenerConfig.forVisitors(address).withMaxConnections(CONNECTIONS),
              List.of(stage),
              reserve);
    } catch (IOException failed) {
      reserve.close();
      throw failed;
    }
  }

  /// Listens at `address` for the figures of `loops`, and of the tunnels of `edge` if there is one.
  ///
  /// @throws IllegalArgumentException if `address` is not loopback and there is no `token`
  /// @throws IOException if the address cannot be bound
  public static Admin open(
      Loops loops, @Nullable Edge edge, InetSocketAddress address, @Nullable String token)
      throws IOException {
    if (token == null && !address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          "admin at "
              + address.getAddress().getHostAddress()
              + " needs --admin-token-file: without a token anyone could cut connections");
    }
    var opened = new Admin(loops, edge, address);
    opened.guard = new AdminGuard(opened.address().getPort(), token);
    return opened;
  }

  /// Where it listens, with its real port.
  public InetSocketAddress address() {
    return listener.address();
  }

  /// What censuses are charged to.
  Account account() {
    return account;
  }

  private void handle(Exchange exchange) {
    exchange.connection().attach(PURPOSE);
    var watching = guard;
    if (watching == null) {
      exchange.cut(CutReason.CLOSING); // the port is not known yet: the first instant of its life
      return;
    }
    var refused = watching.refusal(exchange);
    if (refused == null) route(exchange);
    else answer(exchange, refused.status(), PLAIN, refused.text() + "\n");
  }

  private void route(Exchange exchange) {
    var target = exchange.request().target();
    int query = target.indexOf('?');
    var path = query < 0 ? target : target.substring(0, query);
    if (path.startsWith(CUT)) {
      if (isAllowed(exchange, "POST")) cut(exchange, path.substring(CUT.length()));
      return;
    }
    switch (path) {
      case "/healthz" -> {
        if (isAllowed(exchange, "GET")) health(exchange);
      }
      case "/metrics" -> {
        if (isAllowed(exchange, "GET"))
          answer(exchange, 200, PrometheusPage.CONTENT_TYPE, PrometheusPage.of(loops));
      }
      case "/census" -> {
        if (isAllowed(exchange, "GET"))
          census(exchange, query < 0 ? "" : target.substring(query + 1));
      }
      default -> answer(exchange, 404, PLAIN, "/healthz /metrics /census?top=N /cut/ID\n");
    }
  }

  private static boolean isAllowed(Exchange exchange, String method) {
    var asked = exchange.request().method();
    if (asked.equals(method) || (asked.equals("HEAD") && method.equals("GET"))) return true;
    respond(exchange, head(405, PLAIN).field(FieldName.ALLOW, method), method + " only\n");
    return false;
  }

  private void health(Exchange exchange) {
    Health.ask(
        loops,
        exchange.connection().loop(),
        healthy -> {
          if (healthy) answer(exchange, 200, PLAIN, "ok\n");
          else answer(exchange, 503, PLAIN, "an event loop has not answered within 1 s\n");
        });
  }

  private void census(Exchange exchange, String query) {
    int top = top(query);
    if (top < 1) {
      answer(exchange, 400, PLAIN, "top is a number from 1 to " + LargestConnections.MOST + "\n");
      return;
    }
    if (!CensusPage.answer(exchange, loops, edge, account, top))
      exchange.cut(CutReason.MEMORY_REFUSED);
  }

  /// The number in `top=NUMBER`, the default for an empty query, 0 for anything else.
  private static int top(String query) {
    if (query.isEmpty()) return DEFAULT_TOP;
    if (!query.matches("top=[0-9]{1,4}")) return 0;
    int top = Integer.parseInt(query.substring("top=".length()));
    return top <= LargestConnections.MOST ? top : 0;
  }

  private void cut(Exchange exchange, String id) {
    if (!"1".equals(exchange.request().fields().value("Tidegate-Admin"))) {
      answer(exchange, 403, PLAIN, "a cut needs the field Tidegate-Admin: 1\n");
      return;
    }
    if (!id.matches("[0-9]{1,3}-[0-9]{1,18}")) {
      answer(exchange, 400, PLAIN, "a connection's id is LOOP-NUMBER, as in the census\n");
      return;
    }
    int dash = id.indexOf('-');
    int loop = Integer.parseInt(id.substring(0, dash));
    long number = Long.parseLong(id.substring(dash + 1));
    if (loop < loops.count()) cut(exchange, loop, number);
    else cutAnswer(exchange, false);
  }

  private void cut(Exchange exchange, int index, long number) {
    var home = exchange.connection().loop();
    var loop = loops.loop(index);
    var _ =
        loop.run(() -> {
          var victim = loop.connection(number);
          if (victim != null) victim.reset(CutReason.OPERATOR);
          var _ = home.run(() -> cutAnswer(exchange, victim != null));
        });
  }

  private static void cutAnswer(Exchange exchange, boolean done) {
    if (done) answer(exchange, 200, PLAIN, "cut\n");
    else answer(exchange, 404, PLAIN, "no such connection is open\n");
  }

  /// The beginning of every answer: nothing that a page of another origin could read, keep or
  /// frame.
  static HeadBuilder head(int status, String type) {
    return new HeadBuilder()
        .response(status)
        .field(FieldName.CONTENT_TYPE, type)
        .field(FieldName.CACHE_CONTROL, "no-store")
        .field("Content-Security-Policy", "default-src 'self'")
        .field("Cross-Origin-Resource-Policy", "same-origin")
        .field("X-Content-Type-Options", "nosniff")
        .field("X-Frame-Options", "DENY");
  }

  private static void answer(Exchange exchange, int status, String type, String text) {
    var head = head(status, type);
    if (status == 401) head.field(FieldName.WWW_AUTHENTICATE, "Bearer");
    if (status == 503) head.field(FieldName.RETRY_AFTER, "5");
    respond(exchange, head, text);
  }

  private static void respond(Exchange exchange, HeadBuilder head, String text) {
    exchange.answer(head.buildResponse(), text.getBytes(US_ASCII));
  }

  /// Accepts no more and cuts what is open.
  @Override
  public void close() {
    listener.close();
    account.close(); // the listener's ends with its last connection
  }
}
