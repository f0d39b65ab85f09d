package io.tidegate.cli;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.hub.Hub;
import io.tidegate.hub.outlet.Authorizer;
import io.tidegate.hub.outlet.HubRoutes;
import io.tidegate.net.Loops;
import io.tidegate.observe.AdminGuard;
import io.tidegate.observe.PrometheusPage;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import io.tidegate.server.HttpServer;
import io.tidegate.server.ServerConfig;
import io.tidegate.websocket.WebSocketConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The routes of a hub as a server, and who may use them.
///
/// Without a token all who can reach loopback may do anything, but web pages of other origins:
/// [AdminGuard] keeps those away that [HubOrigins] does not let in. With one, publishers and
/// operators must show it, and subscribers of a private hub.
final class HubService implements Authorizer, AutoCloseable {
  private final Hub hub;
  private final boolean atLoopback;
  private final @Nullable String token;
  private final boolean isPrivate;
  private final HubOrigins origins;
  private final HubFeed feed;
  private volatile @Nullable Serving serving;

  /// What is known once the server runs.
  private record Serving(Loops loops, AdminGuard guard) {}

  /// A service of `hub`; its page has new figures in every `interval`.
  HubService(
      Hub hub,
      boolean atLoopback,
      @Nullable String token,
      boolean isPrivate,
      HubOrigins origins,
      Duration interval) {
    this.hub = hub;
    this.origins = origins;
    this.feed = new HubFeed(() -> HubPage.live(hub, serving().loops()), interval);
    this.atLoopback = atLoopback;
    this.token = token;
    this.isPrivate = isPrivate;
  }

  /// Whether publishing asks for a token.
  boolean hasToken() {
    return token != null;
  }

  /// Adds all routes to `server`.
  void describe(ServerConfig server) {
    var sockets = WebSocketConfig.DEFAULT.withOrigins(origins.sockets());
    var routes = HubRoutes.of(hub).withAuthorizer(this).withSockets(sockets);
    origins.describe(server);
    var cameras = routes.withPrefix("cam/");
    server
        .filter((call, next) -> {
          if (token == null) demandNoStranger(call);
          return next.answer(call);
        })
        .post("/publish/{topic...}", routes.publish())
        .delete("/publish/{topic...}", routes.publish())
        .get("/events/{topic...}", routes.events())
        .get("/ws/{topic...}", routes.webSocket())
        .get("/cam/{topic...}", call -> camera(cameras, call))
        .get("/", _ -> HubDocument.ANSWER)
        .get("/live", feed.events(this::mayLook))
        .get("/healthz", _ -> "ok\n")
        .get("/metrics", this::metrics)
        .get("/census", this::census);
  }

  /// The server runs.
  void serves(HttpServer server) {
    serving = new Serving(server.loops(), new AdminGuard(server.address().getPort(), null));
  }

  private Serving serving() {
    var now = serving;
    if (now == null) throw new HttpError(503, "starting");
    return now;
  }

  private void demandNoStranger(Call call) {
    var refusal = serving().guard().refusal(call.authority(), call.fields(), atLoopback);
    if (refusal == AdminGuard.Refusal.FOREIGN && origins.lets(call)) return;
    if (refusal != null) throw new HttpError(refusal.status(), refusal.text());
  }

  private static Object camera(HubRoutes cameras, Call call) throws Exception {
    boolean still = call.path("topic").endsWith(".jpg");
    return (still ? cameras.snapshot() : cameras.motionJpeg()).answer(call);
  }

  private Answer metrics(Call call) {
    demandToken(call);
    var page = PrometheusPage.of(serving().loops(), hub.figures());
    return Answer.text(page).withType(PrometheusPage.CONTENT_TYPE);
  }

  private Answer census(Call call) {
    demandToken(call);
    return Answer.bytes("application/json", HubPage.of(hub, serving().loops()));
  }

  // ---- who may

  @Override
  public boolean allows(Call call, Right right, String topic) {
    if (right == Right.PUBLISH || isPrivate) demandToken(call);
    return true;
  }

  /// As the census: a page cannot name fields of an EventSource, so ours reads the events itself.
  private boolean mayLook(Call call, Right right, String topic) {
    demandToken(call);
    return true;
  }

  private void demandToken(Call call) {
    if (token == null || token.isEmpty()) return;
    var shown = bearer(call.fields().value(FieldName.AUTHORIZATION));
    if (shown == null && isPrivate) shown = call.query("access_token");
    if (shown == null || !MessageDigest.isEqual(hash(token), hash(shown)))
      throw new HttpError(401, "the token is missing or wrong");
  }

  /// What the page's viewers are given, and what they cost.
  HubFeed feed() {
    return feed;
  }

  /// Ends the page's viewers.
  @Override
  public void close() {
    feed.close();
  }

  private static @Nullable String bearer(@Nullable String authorization) {
    return authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
        ? authorization.substring(7).strip()
        : null;
  }

  /// Hashes have one length: comparing them tells nothing of the token's.
  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java has SHA-256", missing);
    }
  }
}
