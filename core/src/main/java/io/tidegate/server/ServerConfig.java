package io.tidegate.server;

import io.tidegate.http.HttpLimits;
import io.tidegate.http.h2.Http2Limits;
import io.tidegate.http.semantics.Cors;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.tls.Certificates;
import io.tidegate.net.tls.TlsConfig;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketHandler;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a server is made of: where it listens, its routes, and its bounds. Used by one thread,
/// within [HttpServer#start].
@ServerConfig.CanIgnoreReturnValue
public final class ServerConfig {
  /// Tells the build's checks that results are for chaining and may be dropped.
  @Target(ElementType.TYPE)
  @Retention(RetentionPolicy.CLASS)
  @interface CanIgnoreReturnValue {}

  final List<Door> doors = new ArrayList<>();
  final List<Filter> filters = new ArrayList<>();
  final List<Route> routes = new ArrayList<>();
  final Faults faults = new Faults();
  JsonMapper json = JsonMapper.NONE;
  HttpLimits limits = HttpLimits.DEFAULT;
  Http2Limits http2 = Http2Limits.DEFAULT;
  LoopsConfig loops = LoopsConfig.forLibrary("server");
  Duration grace = Duration.ofSeconds(10);
  int sendChunkBytes = 16 * 1024;
  @Nullable Cors cors;

  private static final TlsConfig TLS = TlsConfig.DEFAULT.withApplicationProtocols("h2", "http/1.1");

  /// One listener and, if it has certificates, its TLS.
  record Door(ListenerConfig listener, TlsConfig tls, @Nullable Certificates certificates) {}

  ServerConfig() {}

  /// Listens at `host` and `port`, 0 for a free one, with the limits of a listener open to anyone.
  ///
  /// @throws IllegalArgumentException if `host` is no address and has none
  public ServerConfig listen(String host, int port) {
    return listen(ListenerConfig.forVisitors(address(host, port)));
  }

  /// Listens as `listener` says. May be called several times.
  public ServerConfig listen(ListenerConfig listener) {
    doors.add(new Door(listener, TLS, null));
    return this;
  }

  /// Listens with TLS, where peers choose between HTTP/2 and HTTP/1.1.
  ///
  /// @throws IllegalArgumentException if `host` is no address and has none
  public ServerConfig listen(String host, int port, Certificates certificates) {
    return listen(ListenerConfig.forVisitors(address(host, port)), TLS, certificates);
  }

  /// Listens as `listener` and `tls` say.
  public ServerConfig listen(ListenerConfig listener, TlsConfig tls, Certificates certificates) {
    doors.add(new Door(listener, tls, certificates));
    return this;
  }

  private static InetSocketAddress address(String host, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException unknown) {
      throw new IllegalArgumentException("no address for " + host, unknown);
    }
  }

  /// Answers GET, and HEAD without the body.
  public ServerConfig get(String pattern, Handler handler) {
    return route("GET", pattern, handler);
  }

  /// Answers POST.
  public ServerConfig post(String pattern, Handler handler) {
    return route("POST", pattern, handler);
  }

  /// Answers PUT.
  public ServerConfig put(String pattern, Handler handler) {
    return route("PUT", pattern, handler);
  }

  /// Answers PATCH.
  public ServerConfig patch(String pattern, Handler handler) {
    return route("PATCH", pattern, handler);
  }

  /// Answers DELETE.
  public ServerConfig delete(String pattern, Handler handler) {
    return route("DELETE", pattern, handler);
  }

  /// Opens WebSockets on paths like `pattern` to pages of the same origin, and serves each on a
  /// thread to its end; see [Answer#webSocket] for others.
  public ServerConfig webSocket(String pattern, WebSocketHandler handler) {
    return get(pattern, _ -> Answer.webSocket(WebSocketConfig.DEFAULT, handler));
  }

  /// Answers `method` on paths like `pattern`: `/users/{id}`, or `/files/{path...}` for all that
  /// lies below. A literal segment goes before a parameter, whichever was added first.
  ///
  /// @throws IllegalArgumentException if `pattern` is none, or `method` is not in upper case
  public ServerConfig route(String method, String pattern, Handler handler) {
    routes.add(new Route(method, PathPattern.of(pattern), handler));
    return this;
  }

  /// Answers every method on `prefix`, with a slash or without, and below; [Call#rest] is what
  /// follows it.
  ///
  /// @throws IllegalArgumentException if `prefix` is no pattern
  public ServerConfig mount(String prefix, Handler handler) {
    var base = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    if (!base.isEmpty()) route(Route.ANY, base, handler);
    return route(Route.ANY, base + "/{rest...}", handler);
  }

  /// Puts `filter` around the handlers of all routes, within those added before.
  public ServerConfig filter(Filter filter) {
    filters.add(filter);
    return this;
  }

  /// Lets pages of other origins read what is answered, errors of handlers, 404 and 405 included,
  /// and tells browsers that ask beforehand which methods a path has; those questions meet neither
  /// filters nor handlers. WebSockets have an [io.tidegate.websocket.OriginPolicy] instead.
  public ServerConfig cors(Cors cors) {
    this.cors = cors;
    return this;
  }

  /// Answers what handlers throw of `type` and its subclasses that have no handler of their own.
  public <E extends Throwable> ServerConfig on(Class<E> type, ErrorHandler<E> handler) {
    faults.add(type, handler);
    return this;
  }

  /// Reads and writes JSON with `mapper`.
  public ServerConfig json(JsonMapper mapper) {
    json = mapper;
    return this;
  }

  /// How long a peer may take, and how much a connection may be used.
  public ServerConfig limits(HttpLimits limits) {
    this.limits = limits;
    return this;
  }

  /// What one HTTP/2 connection may cost beyond that.
  public ServerConfig http2(Http2Limits limits) {
    http2 = limits;
    return this;
  }

  /// How many event loops, on which transport, within which budget.
  public ServerConfig loops(LoopsConfig loops) {
    this.loops = loops;
    return this;
  }

  /// How long requests may go on once the server closes; 10 s unless said.
  public ServerConfig grace(Duration grace) {
    this.grace = grace;
    return this;
  }

  /// In pieces of how many bytes answers leave that are written or streamed; 16 KiB unless said.
  /// Four of them at most, and 64 KiB, are on their way to the kernel at once: less holds less for
  /// slow peers and costs more for each byte.
  ///
  /// @param bytes 1 KiB to 64 KiB, the most that one write to the kernel takes
  /// @throws IllegalArgumentException if `bytes` is not in that range
  public ServerConfig sendChunk(int bytes) {
    if (bytes < 1024 || bytes > AnswerStream.MOST_AHEAD)
      throw new IllegalArgumentException("send chunk not in 1 KiB..64 KiB: " + bytes);
    this.sendChunkBytes = bytes;
    return this;
  }

  Router router() {
    var router = new Router();
    for (var route : routes)
      router.add(new Route(route.method(), route.pattern(), filtered(route.handler())));
    return router;
  }

  private Handler filtered(Handler handler) {
    var all = handler;
    for (var filter : filters.reversed()) {
      var inner = all;
      all = call -> filter.answer(call, inner);
    }
    return all;
  }
}
