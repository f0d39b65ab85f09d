package io.tidegate.proof.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tidegate.proof.Children;
import io.tidegate.proof.Machine;
import io.tidegate.proof.ServerProcess;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The servers that are compared, all up at once, each in a process of its own on 127.0.0.1 and
/// each with one publisher.
final class Stage implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Pattern READY =
      Pattern.compile("node ready at http://127\\.0\\.0\\.1:(\\d+)/");

  private final Children children = new Children();
  private final Map<Broadcaster, ServerProcess> up = new EnumMap<>(Broadcaster.class);
  private final List<String> absent = new ArrayList<>();
  private final HubPlan plan;
  private final Path root;
  private final Path directory;
  private final List<NatsPublisher> publishers = new ArrayList<>();

  private Stage(HubPlan plan, Path root, Path directory) {
    this.plan = plan;
    this.root = root;
    this.directory = directory;
  }

  /// Starts those of `plan` that this machine has.
  ///
  /// @param root the project's directory, where packages of Node may be
  /// @param directory an empty one, for files
  static Stage start(HubPlan plan, Path root, Path directory) throws IOException {
    var stage = new Stage(plan, root, directory);
    try {
      for (var server : plan.servers()) stage.start(server);
      return stage;
    } catch (IOException | RuntimeException | Error e) {
      stage.close();
      throw e;
    }
  }

  /// What of this machine servers are run by, with versions.
  static List<String> tools(Path root) throws IOException {
    var tools = new ArrayList<String>();
    if (onPath("node")) tools.add(Machine.version("Node", "node", "--version"));
    var packages = NodePackages.with(root, "ws");
    if (packages != null) tools.add("ws " + NodePackages.version(packages, "ws"));
    if (onPath("nats-server"))
      tools.add(Machine.version("nats-server", "nats-server", "--version"));
    return tools;
  }

  /// The flags of each JVM: one processor, hence one loop.
  static List<String> flags(String heap) {
    var flags = new ArrayList<>(ServerProcess.LAUNCHER_FLAGS);
    flags.addAll(
        List.of(
            "-XX:NewRatio=4",
            "-Xmx" + heap,
            "-XX:MaxDirectMemorySize=" + heap,
            "-XX:ActiveProcessorCount=1"));
    return flags;
  }

  private void start(Broadcaster server) throws IOException {
    switch (server) {
      case TIDEGATE -> up.put(server, java(HubServer.class));
      case NETTY -> up.put(server, java(NettyBroadcast.class));
      case NODE -> {
        var packages = NodePackages.with(root, "ws");
        if (onPath("node") && packages != null) up.put(server, node(packages));
        else absent.add("Node with its package ws is not installed");
      }
      case NATS -> {
        if (onPath("nats-server")) up.put(server, nats());
        else absent.add("nats-server is not installed");
      }
    }
  }

  private ServerProcess java(Class<?> program) throws IOException {
    var command = new ArrayList<>(List.of(program.getName()));
    command.addAll(plan.arguments());
    return ServerProcess.java(children, flags(plan.heap()), command);
  }

  private ServerProcess node(Path packages) throws IOException {
    var script = directory.resolve("broadcast.cjs");
    try (var in = Stage.class.getResourceAsStream("broadcast.cjs")) {
      if (in == null) throw new IOException("broadcast.cjs is not in the build");
      var _ = Files.copy(in, script);
    }
    var command = new ArrayList<>(List.of("node", script.toString()));
    command.addAll(plan.arguments());
    var process = children.start(command, Map.of("NODE_PATH", packages.toString()));
    try {
      var line = process.awaitLine(READY.asMatchPredicate(), START);
      return new ServerProcess(process, Integer.parseInt(READY.matcher(line).replaceFirst("$1")));
    } catch (AssertionError none) {
      throw new IOException("node did not start: " + none.getMessage());
    }
  }

  /// One processor as the others have; a client may be silent for longer than the run takes.
  private ServerProcess nats() throws IOException {
    int clients = freePort();
    int sockets = freePort();
    var config =
        """
        listen: "127.0.0.1:%d"
        ping_interval: "1h"
        websocket {
          listen: "127.0.0.1:%d"
          no_tls: true
        }
        """
            .formatted(clients, sockets);
    var file = Files.writeString(directory.resolve("nats.conf"), config);
    var process =
        children.start(List.of("nats-server", "-c", file.toString()), Map.of("GOMAXPROCS", "1"));
    if (!Eventually.within(START, () -> accepts(sockets) || !process.alive()) || !process.alive())
      throw new IOException("nats-server did not start: " + String.join("\n", process.tail()));
    publishers.add(NatsPublisher.start(clients, plan));
    return new ServerProcess(process, sockets);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean accepts(int port) {
    try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static boolean onPath(String program) {
    var path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(File.pathSeparator, -1)), Stream.of("/usr/sbin"))
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
  }

  /// Those that run, in the order of the tables.
  List<Broadcaster> servers() {
    return List.copyOf(up.keySet());
  }

  /// What is missing on this machine, a sentence each.
  List<String> absent() {
    return List.copyOf(absent);
  }

  /// The process of one that was started.
  ///
  /// @throws IllegalStateException if it has ended; the message is its output
  ServerProcess of(Broadcaster server) {
    var running = up.get(server);
    if (running == null) throw new IllegalStateException(server.title() + " was not started");
    ChildProcess process = running.process();
    if (!process.alive())
      throw new IllegalStateException(
          server.title() + " has ended: " + String.join("\n", process.tail()));
    return running;
  }

  @Override
  public void close() {
    publishers.forEach(NatsPublisher::close);
    children.close();
  }

  /// The one publisher of NATS: a plain connection of this process.
  private record NatsPublisher(Socket socket, Thread beat) implements AutoCloseable {
    static NatsPublisher start(int port, HubPlan plan) throws IOException {
      int bytes = plan.bytes();
      var socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setTcpNoDelay(true);
      var out = socket.getOutputStream();
      out.write("CONNECT {\"verbose\":false,\"pedantic\":false}\r\n".getBytes(US_ASCII));
      var head = ("PUB " + HubServer.TOPIC + " " + bytes + "\r\n").getBytes(US_ASCII);
      var pong = "PONG\r\n".getBytes(US_ASCII);
      var beat =
          Beat.start(
              plan.rate(),
              bytes,
              plan.burst(),
              Gate.OPEN,
              message -> {
                int said = socket.getInputStream().available();
                if (said > 0) {
                  socket.getInputStream().skipNBytes(said); // its greeting, or a PING
                  out.write(pong);
                }
                var whole = new byte[head.length + bytes + 2];
                System.arraycopy(head, 0, whole, 0, head.length);
                System.arraycopy(message, 0, whole, head.length, bytes);
                whole[whole.length - 2] = '\r';
                whole[whole.length - 1] = '\n';
                out.write(whole);
              });
      return new NatsPublisher(socket, beat);
    }

    @Override
    public void close() {
      beat.interrupt();
      try {
        socket.close();
      } catch (IOException _) {
        // nothing of it remains to be closed
      }
    }
  }
}
