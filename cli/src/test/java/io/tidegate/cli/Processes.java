package io.tidegate.cli;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Edge and agents as processes of their own, with the memory that the launcher gives them. Ends
/// all that it started.
final class Processes implements AutoCloseable {
  static final Duration START = Duration.ofSeconds(40);

  private final Path keys;
  private final List<ChildProcess> started = new ArrayList<>();

  Processes(Path keys) {
    this.keys = keys;
  }

  ChildProcess tidegate(String... arguments) throws IOException {
    var words = new ArrayList<>(List.of("io.tidegate.cli.Main"));
    words.addAll(List.of(arguments));
    var options =
        List.of(
            "-Xmx64m",
            "-XX:MaxDirectMemorySize=64m",
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "-XX:NewRatio=4",
            "--enable-native-access=ALL-UNNAMED",
            "-Dtidegate.keys=" + keys);
    var process = ChildProcess.java(options, words);
    started.add(process);
    return process;
  }

  /// An edge on `port`, or on a free one for 0.
  ChildProcess edge(int port, String... more) throws IOException {
    var words = new ArrayList<>(List.of("edge", "--listen", "127.0.0.1:" + port));
    words.addAll(List.of(more));
    return tidegate(words.toArray(String[]::new));
  }

  static int port(ChildProcess edge) {
    var line = edge.awaitLine(text -> text.startsWith("edge     127.0.0.1:"), START);
    return Integer.parseInt(line.replaceAll(".*:([0-9]+),.*", "$1"));
  }

  /// An agent that exposes `app` as `name`, not waited for.
  ChildProcess expose(String name, int app, int port, String... more) throws IOException {
    var words =
        new ArrayList<>(
            List.of("expose", "" + app, "--name", name, "--edge", "http://127.0.0.1:" + port));
    words.addAll(List.of(more));
    return tidegate(words.toArray(String[]::new));
  }

  static void awaitUp(ChildProcess agent, String name, int port) {
    var _ = agent.awaitLine(line -> line.contains("http://" + name + ".localhost:" + port), START);
  }

  /// The status of `GET target`, or -1 if there was no answer.
  static int status(String name, int port, String target) {
    try (var http = RawHttp.open(new InetSocketAddress("127.0.0.1", port))) {
      return http.get(name + ".localhost:" + port, target).head().status();
    } catch (IOException gone) {
      return -1;
    }
  }

  @Override
  public void close() {
    started.forEach(ChildProcess::close);
  }
}
