package io.tidegate.proof;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// One origin and every variant in front of it, all running on 127.0.0.1 at once.
public final class Rig implements AutoCloseable {
  private static final Duration START_PATIENCE = Duration.ofSeconds(30);

  private final Settings settings;
  private final Path directory;
  private final Children children = new Children();
  private final int originPort;
  private final List<Way> ways = new ArrayList<>();

  private Rig(Settings settings, Path directory, int originPort) {
    this.settings = settings;
    this.directory = directory;
    this.originPort = originPort;
  }

  /// Starts all that `settings` name and waits until each serves the origin's bodies, unchanged.
  ///
  /// @param directory an empty one, for files and logs
  static Rig start(Settings settings, Path directory) throws IOException {
    var rig = new Rig(settings, directory, freePort());
    try {
      rig.startAll();
      return rig;
    } catch (IOException | RuntimeException | Error e) {
      rig.close();
      throw e;
    }
  }

  /// The variants, in the order of the settings.
  List<Way> ways() {
    return List.copyOf(ways);
  }

  /// Loads `way` as `row` says and returns what wrk counted.
  ///
  /// @throws AssertionError if wrk printed no result
  Wrk load(Way way, Row row, int seconds) throws IOException {
    return Wrk.run(children, way.url(row), way.host(), row.connections(), seconds);
  }

  @Override
  public void close() {
    children.close();
  }

  private void startAll() throws IOException {
    var files = Files.createDirectory(directory.resolve("files"));
    for (var row : Row.values()) {
      Files.write(files.resolve(row.target().substring(1)), Pattern.bytes(0, row.bodyBytes()));
    }
    var own = newDirectory("origin");
    var _ =
        nginx(
            own,
            PeerConfigs.origin(own, files, originPort, PeerConfigs.Manner.SENDFILE_AND_NOPUSH));
    for (var variant : settings.variants()) {
      var way = start(variant);
      awaitAnswer(way);
      ways.add(way);
    }
    checkBodies();
  }

  private Way start(Variant variant) throws IOException {
    return switch (variant) {
      case DIRECT -> new Way(variant, originPort, host(originPort), List.of());
      case NGINX_1 -> nginxHops(variant, 1);
      case NGINX_2 -> nginxHops(variant, 2);
      case HAPROXY -> haproxy(variant);
      case TIDEGATE, TIDEGATE_WEBSOCKET -> tidegate(variant);
    };
  }

  private Way nginxHops(Variant variant, int hops) throws IOException {
    var processes = new ArrayList<ChildProcess>();
    var next = originPort;
    for (int hop = 1; hop <= hops; hop++) {
      var own = newDirectory(variant.key() + "-" + hop);
      var port = freePort();
      processes.add(nginx(own, PeerConfigs.hop(own, port, next, settings.workers())));
      next = port;
    }
    return new Way(variant, next, host(next), processes);
  }

  private ChildProcess nginx(Path own, String config) throws IOException {
    var file = Files.writeString(own.resolve("nginx.conf"), config);
    var command = List.of("nginx", "-e", "stderr", "-p", own.toString(), "-c", file.toString());
    return children.start(command, Map.of());
  }

  private Way haproxy(Variant variant) throws IOException {
    var port = freePort();
    var config = PeerConfigs.haproxy(port, originPort, settings.workers());
    var file = Files.writeString(newDirectory(variant.key()).resolve("haproxy.cfg"), config);
    var process = children.start(List.of("haproxy", "-db", "-f", file.toString()), Map.of());
    return new Way(variant, port, host(port), List.of(process));
  }

  /// Both processes get a home of their own: they find each other's key there, and nobody else's.
  private Way tidegate(Variant variant) throws IOException {
    var home = newDirectory(variant.key());
    var place = Map.of("HOME", home.toString(), "XDG_RUNTIME_DIR", home.toString());
    var port = freePort();
    var edge = children.start(settings.processes().edge(port, home), place);
    if (!Eventually.within(START_PATIENCE, () -> accepts(port) || !edge.alive()) || !edge.alive()) {
      throw notStarted(variant, List.of(edge));
    }
    var agent = children.start(settings.processes().agent(variant, originPort, port, home), place);
    var host = TidegateCommands.TUNNEL_NAME + "." + host(port);
    return new Way(variant, port, host, List.of(edge, agent));
  }

  private Path newDirectory(String name) throws IOException {
    return Files.createDirectory(directory.resolve(name));
  }

  private void awaitAnswer(Way way) throws IOException {
    var answered =
        Eventually.within(
            START_PATIENCE,
            () -> answers(way) || !way.proxies().stream().allMatch(ChildProcess::alive));
    if (!answered || !answers(way)) {
      throw notStarted(way.variant(), way.proxies());
    }
  }

  private IOException notStarted(Variant variant, List<ChildProcess> processes) {
    var output = processes.stream().flatMap(process -> process.tail().stream()).toList();
    return new IOException(
        "%s does not serve; its files are in %s; its output: %s"
            .formatted(variant.title(), directory, String.join("\n", output)));
  }

  private static boolean answers(Way way) {
    try (var client = RawHttp.open(way.address())) {
      return client.get(way.host(), Row.SMALL_1.target()).status() == 200;
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean accepts(int port) {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /// Every body by every way, byte for byte: a fast wrong answer is worth nothing.
  private void checkBodies() throws IOException {
    for (var way : ways) {
      for (var row : Row.values()) {
        checkBody(way, row);
      }
    }
  }

  private static void checkBody(Way way, Row row) throws IOException {
    try (var client = RawHttp.open(way.address())) {
      client.send("GET " + row.target() + " HTTP/1.1\r\nHost: " + way.host() + "\r\n\r\n");
      var head = client.finalHead();
      var body = client.body(head, "GET").drain();
      if (head.status() != 200 || !body.isPattern(row.bodyBytes())) {
        throw new IOException(
            "%s changes the body of %s: status %d, %s"
                .formatted(way.variant().title(), row.title(), head.status(), body));
      }
    }
  }

  private static String host(int port) {
    return "localhost:" + port;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Removes `directory` and all in it.
  public static void remove(Path directory) throws IOException {
    try (var all = Files.walk(directory)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
