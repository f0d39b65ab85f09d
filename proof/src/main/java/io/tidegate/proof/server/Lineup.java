package io.tidegate.proof.server;

import io.tidegate.proof.Children;
import io.tidegate.proof.PeerConfigs;
import io.tidegate.proof.ServerProcess;
import io.tidegate.proof.Usage;
import io.tidegate.proof.Wrk;
import io.tidegate.proof.peers.Stack;
import io.tidegate.proof.peers.VertxPeer;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Servers that run at once, each in a process of its own on 127.0.0.1.
final class Lineup implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);
  private static final String TEXT = "Hello, world!";

  private final Children children = new Children();
  private final Map<Contender, ServerProcess> up = new EnumMap<>(Contender.class);
  private final Path directory;
  private final String heap;

  private Lineup(Path directory, String heap) {
    this.directory = directory;
    this.heap = heap;
  }

  /// Starts `contenders` and waits until each is ready.
  ///
  /// @param directory an empty one, for files and logs
  /// @param heap of each JVM, as `-Xmx` takes it
  static Lineup start(List<Contender> contenders, Path directory, String heap) throws IOException {
    var lineup = new Lineup(directory, heap);
    try {
      var files = Files.createDirectories(directory.resolve("files"));
      Files.write(files.resolve("1m.bin"), Pattern.bytes(0, Work.FILE.bodyBytes()));
      for (var contender : contenders) {
        var _ = lineup.up.put(contender, lineup.start(contender));
      }
      return lineup;
    } catch (IOException | RuntimeException | Error e) {
      lineup.close();
      throw e;
    }
  }

  /// The flags of each JVM: one processor, so that those with a loop a core have one, and the same
  /// memory.
  static List<String> flags(String heap) {
    var flags = new ArrayList<>(ServerProcess.LAUNCHER_FLAGS);
    flags.addAll(
        List.of(
            "-Xmx" + heap,
            "-XX:MaxDirectMemorySize=128m",
            "-XX:ActiveProcessorCount=1",
            "-Dio.netty.eventLoopThreads=1"));
    return flags;
  }

  private ServerProcess start(Contender contender) throws IOException {
    return switch (contender) {
      case NGINX -> nginx(contender, PeerConfigs.Manner.SENDFILE);
      case NGINX_NOPUSH -> nginx(contender, PeerConfigs.Manner.SENDFILE_AND_NOPUSH);
      case TIDEGATE_LOOP -> tidegate("loop");
      case TIDEGATE, TIDEGATE_FILES -> tidegate("blocking");
      case NETTY -> Stack.NETTY.start(children, flags(heap));
      case HELIDON -> Stack.HELIDON.start(children, flags(heap));
      case VERTX -> Stack.VERTX.start(children, flags(heap));
      case VERTX_BLOCKING -> Stack.VERTX.start(children, flags(heap), VertxPeer.BLOCKING);
      case UNDERTOW -> Stack.UNDERTOW.start(children, flags(heap));
      case JETTY -> Stack.JETTY.start(children, flags(heap));
      case TOMCAT -> Stack.TOMCAT.start(children, flags(heap));
      case JAVA_WEBSOCKET -> Stack.JAVA_WEBSOCKET.start(children, flags(heap));
    };
  }

  private ServerProcess tidegate(String manner) throws IOException {
    var arguments =
        List.of(TidegateServer.class.getName(), manner, directory.resolve("files").toString());
    return ServerProcess.java(children, flags(heap), arguments);
  }

  /// One worker that serves the directory.
  private ServerProcess nginx(Contender contender, PeerConfigs.Manner manner) throws IOException {
    int port = freePort();
    var own = Files.createDirectory(directory.resolve(contender.key()));
    var config =
        Files.writeString(
            own.resolve("nginx.conf"), PeerConfigs.origin(own, directory, port, manner));
    var process =
        children.start(
            List.of("nginx", "-e", "stderr", "-p", own.toString(), "-c", config.toString()),
            Map.of());
    if (!Eventually.within(START, () -> accepts(port) || !process.alive()) || !process.alive())
      throw new IOException("nginx did not start: " + String.join("\n", process.tail()));
    return new ServerProcess(process, port);
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

  /// The process of one that was started.
  ///
  /// @throws IllegalStateException if it has ended; the message is its output
  ServerProcess of(Contender contender) {
    var server = up.get(contender);
    if (server == null) throw new IllegalStateException(contender.title() + " was not started");
    if (!server.process().alive())
      throw new IllegalStateException(
          contender.title() + " has ended: " + String.join("\n", server.process().tail()));
    return server;
  }

  /// What `contender` has used up to now, children included.
  Usage usage(Contender contender) throws IOException {
    return Usage.of(List.of(of(contender).process().pid()));
  }

  /// Loads `contender` with `work` and returns what wrk counted.
  Wrk load(Contender contender, Work work, int seconds) throws IOException {
    var host = "127.0.0.1:" + of(contender).port();
    return Wrk.run(children, "http://" + host + work.target(), host, work.connections(), seconds);
  }

  /// Asks `contender` once: a fast wrong answer is worth nothing.
  ///
  /// @throws IOException if the answer is not the right one
  void check(Contender contender, Work work) throws IOException {
    int port = of(contender).port();
    try (var client = RawHttp.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
      client.send("GET " + work.target() + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n");
      var head = client.finalHead();
      var body = client.body(head, "GET");
      boolean right =
          switch (work) {
            case HELLO -> body.text().equals(TEXT);
            case FILE -> body.drain().isPattern(work.bodyBytes());
            case IDLE -> true;
          };
      if (head.status() != 200 || !right)
        throw new IOException(
            "%s answers %s wrongly: status %d"
                .formatted(contender.title(), work.title(), head.status()));
    }
  }

  @Override
  public void close() {
    children.close();
  }
}
