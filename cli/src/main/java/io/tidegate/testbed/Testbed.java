package io.tidegate.testbed;

import io.tidegate.files.StaticFiles;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.outbound.Slow;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import io.tidegate.server.HttpServer;
import io.tidegate.stream.Event;
import io.tidegate.stream.EventStream;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.OriginPolicy;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/// What conformance suites and attackers talk to, on the library's own server:
///
/// | path | answers |
/// |---|---|
/// | `/echo` | the request's body, as it arrives |
/// | `/bytes/N` | N bytes |
/// | `/drip?n=&ms=` | n pieces, one every ms |
/// | `/events` | an event a second |
/// | `/cam.mjpg` | pictures of about 120 kB, 15 a second |
/// | `/files/` | the files of a directory |
/// | `/ws`, and `/` for an upgrade | each message of a WebSocket, sent back |
/// | any other | a line of text, by any method, behind the whole body |
public final class Testbed implements AutoCloseable {
  /// Autobahn sends messages of 16 MiB in up to 65,536 fragments, and wants them back whole.
  private static final int MESSAGE_BYTES = 16 << 20;

  private static final int FRAGMENTS = 65_537;

  /// A message that has arrived, the same one waiting to leave, and 2 MiB for all else.
  private static final int CEILING_BYTES = 34 << 20;

  private static final long MOST_BYTES = 10L << 30;
  private static final int MOST_PIECES = 100_000;
  private static final int MOST_MILLIS = 60_000;
  private static final byte[] PATTERN = pattern();

  private final HttpServer server;
  private final Camera camera;

  private Testbed(HttpServer server, Camera camera) {
    this.server = server;
    this.camera = camera;
  }

  private static byte[] pattern() {
    var bytes = new byte[16 * 1024];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) ('a' + i % 26);
    return bytes;
  }

  /// How much it takes.
  public enum Limits {
    /// Messages of 16 MiB in 65,536 fragments, which conformance suites send.
    ROOMY {
      @Override
      ListenerConfig of(ListenerConfig listener) {
        return listener.withConnectionLimits(new Budget(CEILING_BYTES, CEILING_BYTES));
      }

      @Override
      WebSocketConfig of(WebSocketConfig socket) {
        return socket
            .withLimits(
                WebSocketLimits.DEFAULT
                    .withMaxMessageBytes(MESSAGE_BYTES)
                    .withMaxFrameBytes(MESSAGE_BYTES)
                    .withMaxFragments(FRAGMENTS))
            .withOutboundBytes(MESSAGE_BYTES);
      }
    },

    /// What every server has unless it is told otherwise, and attackers are to find.
    DEFAULT {
      @Override
      ListenerConfig of(ListenerConfig listener) {
        return listener;
      }

      @Override
      WebSocketConfig of(WebSocketConfig socket) {
        return socket;
      }
    };

    abstract ListenerConfig of(ListenerConfig listener);

    abstract WebSocketConfig of(WebSocketConfig socket);
  }

  /// Starts at `address`, with the files below `files`.
  ///
  /// @throws IOException if the address cannot be bound, or there is no such directory
  public static Testbed open(
      InetSocketAddress address, Limits limits, LoopsConfig loops, Path files) throws IOException {
    var camera = new Camera();
    var directory = StaticFiles.of(files);
    var socket = limits.of(WebSocketConfig.DEFAULT.withOrigins(OriginPolicy.any()));
    var server =
        HttpServer.start(s ->
            s.listen(limits.of(ListenerConfig.forVisitors(address)))
                .loops(loops)
                .grace(Duration.ofMillis(500))
                .post("/echo", call -> call.body().stream(MOST_BYTES))
                .put("/echo", call -> call.body().stream(MOST_BYTES))
                .get("/bytes/{n}", Testbed::bytes)
                .get("/drip", Testbed::drip)
                .get("/events", _ -> EventStream.answer(Slow.dropOldest(), Testbed::tick))
                .get("/cam.mjpg", camera.frames().motion())
                .get("/snapshot.jpg", camera.frames().snapshot())
                .mount("/files", directory)
                .get("/ws", _ -> echo(socket))
                .mount("/", call -> other(call, socket)));
    camera.start();
    return new Testbed(server, camera);
  }

  private static Answer bytes(Call call) {
    long bytes = number(call.path("n"), MOST_BYTES);
    return Answer.stream("application/octet-stream", new PatternStream(bytes));
  }

  /// So many bytes of the pattern, over and over.
  private static final class PatternStream extends InputStream {
    private final long bytes;
    private long next;

    PatternStream(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return next == bytes ? -1 : PATTERN[(int) (next++ % PATTERN.length)] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int most) {
      if (next == bytes) return -1;
      int start = (int) (next % PATTERN.length);
      int count = (int) Math.min(Math.min(most, PATTERN.length - start), bytes - next);
      System.arraycopy(PATTERN, start, into, from, count);
      next += count;
      return count;
    }
  }

  private static Answer drip(Call call) {
    int pieces = (int) number(or(call.query("n"), "10"), MOST_PIECES);
    int millis = (int) number(or(call.query("ms"), "100"), MOST_MILLIS);
    return Answer.written("text/plain; charset=utf-8", out -> drip(out, pieces, millis));
  }

  private static void drip(OutputStream out, int pieces, int millis) throws IOException {
    for (int i = 1; i <= pieces; i++) {
      out.write(("piece " + i + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      out.flush();
      pause(millis);
    }
  }

  private static void pause(int millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new java.io.InterruptedIOException("interrupted between two pieces");
    }
  }

  private static String or(@org.jspecify.annotations.Nullable String value, String otherwise) {
    return value == null ? otherwise : value;
  }

  private static long number(String text, long most) {
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number <= most) return number;
    } catch (NumberFormatException none) {
      // as one that is out of its range
    }
    throw new HttpError(400, "not a number in 0.." + most);
  }

  private static void tick(EventStream events) throws InterruptedException {
    for (long n = 1; events.await(Duration.ofSeconds(1)); n++) {
      var _ = events.send(Event.of("tick " + n + " " + Instant.now()).withId(Long.toString(n)));
    }
  }

  private static Answer echo(WebSocketConfig config) {
    WebSocketListener echo =
        (WebSocket socket, Message message) -> {
          var _ = socket.send(message);
        };
    return Answer.webSocket(config, echo);
  }

  private static Answer other(Call call, WebSocketConfig socket) throws IOException {
    var upgrade = call.field("Upgrade");
    if (upgrade != null && upgrade.equalsIgnoreCase("websocket")) return echo(socket);
    try (var body = call.body().stream(MOST_BYTES)) {
      long bytes = body.transferTo(OutputStream.nullOutputStream());
      return Answer.text(call.method() + " with " + bytes + " bytes\n");
    }
  }

  /// Where it listens, with its real port.
  public InetSocketAddress address() {
    return server.address();
  }

  @Override
  public void close() {
    camera.close();
    server.close();
  }
}
