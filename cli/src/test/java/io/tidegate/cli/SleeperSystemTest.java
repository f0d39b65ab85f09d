package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.WriteLimits;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemPair;
import io.tidegate.outbound.Slow;
import io.tidegate.server.HttpServer;
import io.tidegate.stream.Event;
import io.tidegate.stream.EventStream;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.TestAuthority;
import io.tidegate.websocket.WebSocket;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Help.Ansi;

/// `sleeper` against servers that cut who does not read, and against one that does not.
@EnabledOnOs(OS.LINUX)
class SleeperSystemTest {
  private static final Duration START = Duration.ofSeconds(60);

  /// The stall after which our own server cuts here; in use it is 20 s.
  private static final Duration STALL = Duration.ofSeconds(1);

  /// Sends 1 MB a second to whoever comes, however slow; /ended, /reset and /close end it after a
  /// second, /told waits for a message first.
  private static final String NODE =
      """
      const http = require('http'), { WebSocketServer } = require('ws');
      const server = http.createServer((q, s) => { s.writeHead(404); s.end('no'); });
      const all = new WebSocketServer({ server }), frame = Buffer.alloc(20000, 'x');
      all.on('connection', (w, q) => {
        w.on('error', () => {});
        const begin = () => {
          const timer = setInterval(() => { if (w.readyState === 1) w.send(frame); }, 20);
          w.on('close', () => clearInterval(timer));
        };
        if (q.url === '/told') w.on('message', m => { if (String(m) === 'news, please') begin(); });
        else begin();
        if (q.url === '/ended') setTimeout(() => w._socket.destroy(), 1000);
        if (q.url === '/reset') setTimeout(() => w._socket.resetAndDestroy(), 1000);
        if (q.url === '/close') setTimeout(() => w.close(4001, 'slow'), 1000);
      });
      server.listen(0, '127.0.0.1', () => console.log('listening at ' + server.address().port));
      """;

  @TempDir private Path folder;

  private record Outcome(int status, String out, String err) {
    /// The first number of the field `name`.
    double number(String name) {
      return figures(out).getOrDefault(name, -1.0);
    }
  }

  private static Outcome run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        Main.commandLine(Ansi.OFF)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Outcome(status, out.toString(), err.toString());
  }

  private static Map<String, Double> figures(String json) {
    var figures = new TreeMap<String, Double>();
    try (var in = new JsonFactory().createParser(json)) {
      for (var token = in.nextToken(); token != null; token = in.nextToken()) {
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT)
          figures.putIfAbsent(in.currentName(), in.getDoubleValue());
      }
    } catch (IOException broken) {
      throw new AssertionError(json, broken);
    }
    return figures;
  }

  private static Path find(String what, Stream<Path> places) {
    var found = places.filter(Files::exists).findFirst();
    if (found.isEmpty() && "required".equals(System.getenv("TIDEGATE_PEERS")))
      Assertions.fail(what + " is required and not there; ./check installs it");
    Assumptions.assumeTrue(found.isPresent(), what + " is not installed; ./check installs it");
    return found.orElseThrow();
  }

  private static Stream<String> entries(String variable) {
    var value = System.getenv(variable);
    return Arrays.stream((value == null ? "" : value).split(File.pathSeparator, -1))
        .filter(entry -> !entry.isEmpty());
  }

  private ChildProcess node() throws IOException {
    var program = find("node", entries("PATH").map(place -> Path.of(place, "node")));
    var places = Stream.concat(entries("NODE_PATH"), Stream.of("../target/node/node_modules"));
    var modules =
        find(
            "the npm package ws",
            places.map(Path::of).filter(place -> Files.isDirectory(place.resolve("ws"))));
    var script = Files.writeString(folder.resolve("server.js"), NODE);
    return ChildProcess.command(
        List.of(program.toString(), script.toString()),
        Map.of("NODE_PATH", modules.toAbsolutePath().normalize().toString()));
  }

  private static String url(ChildProcess node, String path) {
    var line = node.awaitLine(each -> each.startsWith("listening at "), START);
    return "ws://127.0.0.1:" + line.substring("listening at ".length()) + path;
  }

  private static ListenerConfig listener() {
    return ListenerConfig.forVisitors(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))
        .withWriteLimits(WriteLimits.DEFAULT.withStall(STALL));
  }

  /// Ours: a WebSocket at /ws and events at /events, both as much as fits.
  private static HttpServer ours() throws IOException {
    return HttpServer.start(s ->
        s.listen(listener())
            .loops(LoopsConfig.forCommand("sleepers").withCount(1))
            .grace(Duration.ofMillis(100))
            .webSocket("/ws", SleeperSystemTest::flood)
            .get("/hello", _ -> "hello")
            .get("/events", _ -> EventStream.answer(Slow.dropOldest(), SleeperSystemTest::events)));
  }

  private static void flood(WebSocket socket) throws InterruptedException {
    var frame = new byte[20_000];
    while (socket.isOpen()) {
      var _ = socket.send(frame, Slow.dropNewest());
      Thread.sleep(5);
    }
  }

  private static void events(EventStream events) throws InterruptedException {
    var event = Event.of("x".repeat(20_000));
    while (events.await(Duration.ofMillis(5))) {
      var _ = events.send(event);
    }
  }

  private static String url(HttpServer server, String scheme, String path) {
    return scheme + "://127.0.0.1:" + server.address().getPort() + path;
  }

  @Test
  void aServerThatNeverCutsIsToldByWhatItHolds() throws IOException {
    try (var node = node()) {
      var outcome =
          run(
              "sleeper",
              url(node, "/"),
              "--for",
              "4s",
              "--then-read",
              "2s",
              "--json",
              "--pid",
              "" + node.pid());

      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.status()).isZero();
      assertThat(outcome.number("opened")).isEqualTo(1);
      assertThat(outcome.number("cut")).isZero();
      assertThat(outcome.number("atMostBytes")).isGreaterThan(300_000);
      assertThat(outcome.number("ownKernelBytes")).isBetween(10_000.0, 140_000.0);
      assertThat(outcome.number("atMost")).isGreaterThanOrEqualTo(outcome.number("before"));
      assertThat(outcome.number("bytes")).isGreaterThan(3_000_000);
      assertThat(outcome.number("staleBytes")).isBetween(1_500_000.0, outcome.number("bytes"));
      assertThat(outcome.out()).contains("\"end\":\"open\"").doesNotContain("closeCode");
    }
  }

  @Test
  void aServerThatNeverCutsFailsWhoeverExpectsIt() throws IOException {
    try (var node = node()) {
      var outcome = run("sleeper", url(node, "/"), "--connections", "3", "--expect-cut", "1s");

      assertThat(outcome.status()).isEqualTo(1);
      assertThat(outcome.err())
          .isEqualTo(
              "tidegate: 3 of 3 connections were not cut within 1s" + System.lineSeparator());
      assertThat(outcome.out())
          .contains("3 opened; slept for 1s at most, receive buffer 64 KiB")
          .contains("cut: none")
          .doesNotContain("\u001b");
    }
  }

  @ParameterizedTest
  @CsvSource({"/reset, reset, reset", "/ended, fin_waits, fin"})
  void howAServerCutsIsSeenWithoutReading(String path, String how, String end) throws IOException {
    try (var node = node()) {
      var outcome =
          run("sleeper", url(node, path), "--expect-cut", "8s", "--then-read", "5s", "--json");

      assertThat(outcome.status()).as(outcome.out()).isZero();
      assertThat(outcome.out()).contains("\"cut\":\"" + how + "\"");
      assertThat(outcome.out()).contains("\"end\":\"" + end + "\"");
      assertThat(outcome.number("firstCutSeconds")).isBetween(0.8, 4.0);
      assertThat(outcome.number("staleBytes")).isEqualTo(outcome.number("bytes"));
    }
  }

  @Test
  void aCloseFrameBehindWhatWaitedIsFoundWhenItIsReadAgain() throws IOException {
    try (var node = node()) {
      var outcome = run("sleeper", url(node, "/close"), "--for", "3s", "--then-read", "3s");

      assertThat(outcome.status()).isZero();
      assertThat(outcome.out()).contains("close 4001 slow");
    }
  }

  @Test
  void aMessageSubscribes() throws IOException {
    try (var node = node()) {
      var told =
          run("sleeper", url(node, "/told"), "--send", "news, please", "--for", "1s", "--json");
      var silent = run("sleeper", url(node, "/told"), "--for", "500ms", "--json");

      assertThat(told.number("ownKernelBytes")).isGreaterThan(10_000);
      assertThat(silent.number("ownKernelBytes")).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"ws, /ws", "http, /events"})
  void oursCutsThemAllAndItsKernelHoldsLittle(String scheme, String path) throws IOException {
    try (var server = ours()) {
      var outcome =
          run(
              "sleeper",
              url(server, scheme, path),
              "--connections",
              "8",
              "--expect-cut",
              "8s",
              "--json");

      assertThat(outcome.status()).as(outcome.err() + outcome.out()).isZero();
      assertThat(outcome.number("cut")).isEqualTo(8);
      assertThat(outcome.number("firstCutSeconds")).isBetween(0.9, 5.0);
      assertThat(outcome.out()).contains("\"cut\":\"reset\"").doesNotContain("\"cut\":\"fin");
      assertThat(outcome.number("atMostBytes")).isLessThan(8 * 400_000.0);
    }
  }

  @Test
  void theTableIsForPeople() throws IOException {
    try (var server = ours()) {
      var outcome =
          run(
              "sleeper",
              url(server, "ws", "/ws"),
              "--connections",
              "3",
              "--rows",
              "2",
              "--expect-cut",
              "8s",
              "--then-read",
              "1s");

      var lines = outcome.out().lines().toList();
      assertThat(lines.getFirst())
          .matches("ws://127\\.0\\.0\\.1:[0-9]+/ws: 3 opened; slept for 8s at most, .*");
      assertThat(lines.get(1))
          .matches("cut: 3 of 3, the first after [0-9.]+s, half after [0-9.]+s, the last after .*");
      assertThat(lines.get(2)).matches("held by the server's kernel: .* a connection; .* the end");
      assertThat(lines.get(6)).matches(" +1 +[0-9.]+s  reset .* stale; reset");
      assertThat(lines.getLast()).contains("and 1 more; see --rows and --json");
    }
  }

  @Test
  void tlsIsSleptThroughToo() throws IOException {
    var authority = TestAuthority.in(folder);
    var issued = authority.issue("IP:127.0.0.1");
    var certificates =
        PemCertificates.open(List.of(new PemPair(issued.certificate(), issued.key())));
    try (var server =
        HttpServer.start(s ->
            s.listen("127.0.0.1", 0, certificates)
                .loops(LoopsConfig.forCommand("sleepers").withCount(1))
                .grace(Duration.ofMillis(100))
                .webSocket("/ws", SleeperSystemTest::flood))) {
      var trusted =
          run(
              "sleeper",
              url(server, "wss", "/ws"),
              "--ca",
              authority.file().toString(),
              "--for",
              "1s",
              "--then-read",
              "1s",
              "--json");
      var unknown = run("sleeper", url(server, "wss", "/ws"), "--for", "1s");

      assertThat(trusted.status()).as(trusted.err()).isZero();
      assertThat(trusted.number("ownKernelBytes")).isGreaterThan(10_000);
      assertThat(trusted.number("bytes")).isGreaterThan(20_000);
      assertThat(unknown.status()).isEqualTo(1);
      assertThat(unknown.err())
          .startsWith(
              "tidegate: no connection was opened; the last attempt: no TLS with 127.0.0.1");
    }
  }

  @Test
  void anAnswerWithAnEndIsNoted() throws IOException {
    try (var server = ours()) {
      var outcome = run("sleeper", url(server, "http", "/hello"), "--for", "200ms");

      assertThat(outcome.out()).contains("note: the answer ends after 5 B (Content-Length)");
    }
  }

  @Test
  void whatCannotBeOpenedIsSaidInALine() throws IOException {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    try (var server = ours()) {
      var nobody = run("sleeper", "ws://127.0.0.1:" + port + "/", "--for", "1s");
      var absent = run("sleeper", url(server, "ws", "/none"), "--for", "1s");

      for (var outcome : List.of(nobody, absent)) {
        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.err()).startsWith("tidegate: no connection was opened; the last");
        assertThat(outcome.err().lines()).hasSize(1);
      }
      assertThat(nobody.err()).contains("127.0.0.1 port " + port + ": Connection refused");
      assertThat(absent.err()).contains("the server answered 404");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:80, --for, 1s, not a URL to sleep at",
    "ws://127.0.0.1/, --connections, 0, --connections not in 1..5000: 0",
    "ws://127.0.0.1/, --receive-buffer, 1k, --receive-buffer not in 2k..64m: 1024",
    "http://127.0.0.1/, --send, x, --send is for WebSockets",
    "ws://127.0.0.1/, --header, x, not a header: 'x'",
    "ws://127.0.0.1/, --rows, 0, --rows not in 1..1000: 0",
    "ws://127.0.0.1/, --for, 5, not a time: '5'",
    "ws://127.0.0.1/, --for, 1s --expect-cut=2s, --for is shorter than --expect-cut: 1s < 2s"
  })
  void whatCannotWorkIsRefusedBeforeAnythingIsOpened(
      String url, String option, String value, String why) {
    var arguments = new ArrayList<>(List.of("sleeper", url, option));
    arguments.addAll(List.of(value.split(" ", -1)));

    var outcome = run(arguments.toArray(String[]::new));

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).startsWith("tidegate: ").contains(why);
  }

  @Test
  void aProcessThatShowsNoMemoryIsRefused() {
    var outcome = run("sleeper", "ws://127.0.0.1/", "--pid", "999999999");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("tidegate: no memory of process 999999999 to be seen");
  }

  private static final String TYPIST =
      """
      import os, pty, re, select, sys, time
      command = sys.argv[1:]
      child, terminal = pty.fork()
      if child == 0:
          os.execvp(command[0], command)
      seen, end = b'', time.time() + 40
      while time.time() < end:
          if select.select([terminal], [], [], 0.2)[0]:
              try:
                  seen += os.read(terminal, 65536)
              except OSError:
                  break
      print('LIVE', re.search(rb'\\r[0-9]+s  asleep 2  cut 0  held by', seen) is not None, flush=True)
      print('LINES', re.search(rb'\\r\\x1b\\[Kws://[^\\n]*2 opened', seen) is not None, flush=True)
      print('STATUS', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
      """;

  @Test
  void inATerminalALineLives() throws IOException {
    var python = Path.of("/usr/bin/python3");
    assumeTrue(
        Files.isExecutable(python) || "required".equals(System.getenv("TIDEGATE_PEERS")),
        "python3 is not installed");
    try (var server = ours()) {
      var script = Files.writeString(folder.resolve("typist.py"), TYPIST);
      var command = new ArrayList<>(List.of(python.toString(), script.toString()));
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              System.getProperty("java.class.path"),
              "io.tidegate.cli.Main",
              "sleeper",
              url(server, "ws", "/ws"),
              "--connections",
              "2",
              "--expect-cut",
              "10s"));
      try (var typist = ChildProcess.command(command, Map.of())) {
        int status = typist.awaitExit(START);

        assertThat(typist.tail())
            .as("status " + status)
            .containsExactly("LIVE True", "LINES True", "STATUS 0");
      }
    }
  }
}
