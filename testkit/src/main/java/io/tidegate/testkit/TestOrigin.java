package io.tidegate.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A small HTTP/1.1 application on loopback whose answers are known byte for byte: what stands
/// behind a proxy or tunnel under test.
///
/// | path | answer |
/// |---|---|
/// | `/bytes/N`, `/chunked/N`, `/http10/N` | the first N bytes of [Pattern], by length, in chunks, ended by FIN |
/// | `/echo` | the request's body, framed as it came, while it comes |
/// | `/count/ID` | how many requests this id has had, see [#count] |
/// | `/sse/MILLIS/EVENTS` | events with `System.nanoTime()` in them; 100 ms, without end, by default |
/// | `/late/MILLIS`, `/slow-head/MILLIS` | silence, then an answer; an answer whose head takes that long |
/// | `/never` | nothing until the peer ends |
/// | `/status/CODE` | an empty answer |
/// | `/100-headers`, `/103`, `/trailers` | 100 fields; an interim answer first; fields behind the body |
/// | `/extra-byte` | one byte too many behind a complete answer |
/// | `/keep-alive/SECONDS` | an answer with `Keep-Alive: timeout=` |
/// | `/truncated/N`, `/reset/N` | N bytes of 2N announced, then FIN or RST |
/// | `/ws`, `/ws/close/CODE` | WebSocket echo, frame by frame; a close frame at once |
///
/// Any other path is what [#on] says, or 404. One virtual thread a connection. Safe for any thread.
public final class TestOrigin implements AutoCloseable {
  private static final int BACKLOG = 1_024;
  private static final long ACCEPT_PAUSE_NANOS = 10_000_000;

  private final ServerSocket listener;
  private final Thread acceptor;
  private final OriginLog log = new OriginLog();
  private final Set<OriginConnection> open = ConcurrentHashMap.newKeySet();
  private final Map<String, Reply> replies = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
  private final AtomicLong accepted = new AtomicLong();
  private volatile Duration keepAlive = Duration.ofSeconds(60);

  /// Answers one request.
  @FunctionalInterface
  public interface Reply {
    /// Writes the answer. An unread request body is read to its end afterwards. An [IOException]
    /// closes the connection.
    void to(OriginExchange exchange) throws IOException;
  }

  /// How one connection ended.
  ///
  /// @param connection its number, from 1
  /// @param target the target of its last request, empty if it had none
  /// @param webSocket whether it had become a WebSocket
  /// @param how what the peer's end was; [Cut.End#OPEN] if this side closed first
  /// @param nanos when this side saw it, by `System.nanoTime()`
  public record Closing(
      long connection, String target, boolean webSocket, Cut.End how, long nanos) {}

  private TestOrigin(ServerSocket listener) {
    this.listener = listener;
    this.acceptor = Thread.ofVirtual().name("testkit-origin-accept").unstarted(this::acceptAll);
  }

  /// Starts on a free port of loopback.
  public static TestOrigin open() throws IOException {
    return open(0);
  }

  /// Starts on `port` of loopback.
  public static TestOrigin open(int port) throws IOException {
    var listener = new ServerSocket();
    listener.setReuseAddress(true);
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
    var origin = new TestOrigin(listener);
    origin.acceptor.start();
    return origin;
  }

  /// Where it listens.
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /// Answers `path`, all of it before a `?`, with `reply`, instead of what it did before.
  public void on(String path, Reply reply) {
    var _ = replies.put(path, reply);
  }

  /// Answers `path` with exactly these bytes (ISO 8859-1); the connection stays.
  public void answer(String path, String raw) {
    on(path, exchange -> exchange.write(raw));
  }

  /// Closes connections idle between two requests for this long; 60 s at first. Binds from the next
  /// request on.
  public void keepAlive(Duration idle) {
    keepAlive = idle;
  }

  Duration keepAlive() {
    return keepAlive;
  }

  /// Requests that `/count/ID` has had, whatever came of the answers.
  public long count(String id) {
    var count = counts.get(id);
    return count == null ? 0 : count.get();
  }

  long countOne(String id) {
    return counts.computeIfAbsent(id, _ -> new AtomicLong()).incrementAndGet();
  }

  /// Connections accepted since the start.
  public long accepted() {
    return accepted.get();
  }

  /// Connections open now, WebSockets among them.
  public int openConnections() {
    return open.size();
  }

  /// WebSockets open now.
  public int openWebSockets() {
    return (int) open.stream().filter(OriginConnection::webSocket).count();
  }

  /// The requests' heads as received, and the connections' ends.
  public OriginLog log() {
    return log;
  }

  Reply reply(String path) {
    var own = replies.get(path);
    return own == null ? OriginRoutes.builtIn(path) : own;
  }

  /// Resets every open connection; the listener stays.
  public void resetAll() {
    open.forEach(OriginConnection::abort);
  }

  /// Stops listening and closes every connection; afterwards the port refuses.
  @Override
  public void close() {
    Wire.stopAccepting(listener, acceptor);
    open.forEach(OriginConnection::close);
  }

  void ended(OriginConnection connection) {
    var _ = open.remove(connection);
  }

  private void acceptAll() {
    while (!listener.isClosed()) {
      try {
        serve(listener.accept());
      } catch (IOException _) {
        LockSupport.parkNanos(ACCEPT_PAUSE_NANOS); // closed, or out of descriptors for a while
      }
    }
  }

  private void serve(Socket socket) throws IOException {
    var connection = new OriginConnection(this, new Wire(socket), accepted.incrementAndGet());
    var _ = open.add(connection);
    var _ = Thread.ofVirtual().name("testkit-origin").start(connection::run);
    if (listener.isClosed()) {
      connection.close();
    }
  }
}
