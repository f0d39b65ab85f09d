package io.tidegate.proof;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/// The Autobahn test suite 0.5.6, RFC 6455 in 301 cases, against our server or our client.
///
/// It comes as Python 2 in a jar of the build, and is run by the Python 2.7 that `TIDEGATE_PYTHON2`
/// names, else by Jython, in a process of its own on 127.0.0.1.
final class Autobahn {
  /// Room for the largest cases: 16 MiB, and 4 MiB in frames of 64 B with an empty one behind.
  static final WebSocketConfig ROOMY =
      WebSocketConfig.DEFAULT.withLimits(
          WebSocketLimits.DEFAULT
              .withMaxMessageBytes(16 << 20)
              .withMaxFrameBytes(16 << 20)
              .withMaxFragments((1 << 16) + 1));

  /// A message that comes and its echo, and what grows with them.
  static final int ROOMY_CEILING = 34 << 20;

  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration WHOLE = Duration.ofMinutes(30);

  /// The suite itself gives a case 100 s at most and begins its close then.
  private static final Duration CASE = Duration.ofMinutes(3);

  private static final Pattern LISTENING = Pattern.compile("listening at (\\d+)");

  private final Path home;
  private final List<String> command;

  /// Unpacks the suite into `home`, an empty directory.
  Autobahn(Path home) throws IOException {
    this.home = home;
    unpack(onClassPath("autobahntestsuite-maven-plugin"), home.resolve("suite"));
    var script = home.resolve("autobahn.py");
    try (var in = Autobahn.class.getResourceAsStream("autobahn.py")) {
      if (in == null) throw new IOException("autobahn.py is not in the build");
      var _ = Files.copy(in, script);
    }
    this.command = new ArrayList<>(python());
    command.addAll(List.of(script.toString(), home.resolve("suite").toString()));
  }

  private static List<String> python() throws IOException {
    var named = System.getenv("TIDEGATE_PYTHON2");
    if (named != null && !named.isEmpty()) return List.of(named);
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-Xmx512m", "-jar", onClassPath("jython-standalone").toString());
  }

  private static Path onClassPath(String name) throws IOException {
    var path = System.getProperty("java.class.path");
    return Arrays.stream(path.split(File.pathSeparator))
        .map(Path::of)
        .filter(entry -> entry.getFileName().toString().startsWith(name))
        .findFirst()
        .orElseThrow(() -> new IOException(name + " is not on the class path"));
  }

  private static void unpack(Path jar, Path to) throws IOException {
    try (var zip = new ZipFile(jar.toFile())) {
      for (var entry : java.util.Collections.list(zip.entries())) {
        var file = to.resolve(entry.getName()).normalize();
        if (!file.startsWith(to)) throw new IOException("not in the jar: " + entry);
        if (entry.isDirectory()) continue;
        Files.createDirectories(file.getParent());
        try (var in = zip.getInputStream(entry)) {
          var _ = Files.copy(in, file);
        }
      }
    }
  }

  /// Runs `cases`, such as `1.*,7.1.2`, against an echo of `config`.
  AutobahnResults fuzzServer(WebSocketConfig config, int ceilingBytes, String cases)
      throws IOException {
    try (var echo = new EchoServer(config, ceilingBytes)) {
      var spec =
          """
          {"options": {"failByDrop": false}, "outdir": "%s",
           "servers": [{"agent": "tidegate", "url": "ws://127.0.0.1:%d", "options": {"version": 18}}],
           "cases": %s, "exclude-cases": [], "exclude-agent-cases": {}}
          """
              .formatted(reports(), echo.port(), list(cases));
      try (var suite = start("fuzzingclient", spec)) {
        var code = suite.awaitExit(WHOLE);
        if (code != 0) throw new IOException("Autobahn ended with " + code + ": " + suite.tail());
      }
    }
    return AutobahnResults.read(reports().resolve("index.json"));
  }

  /// Runs `cases` against our client, which echoes.
  AutobahnResults fuzzClient(String cases) throws IOException, InterruptedException {
    var port = freePort();
    var spec =
        """
        {"url": "ws://127.0.0.1:%d", "options": {"failByDrop": false}, "outdir": "%s", "webport": 0,
         "cases": %s, "exclude-cases": [], "exclude-agent-cases": {}}
        """
            .formatted(port, reports(), list(cases));
    try (var suite = start("fuzzingserver", spec)) {
      var _ = suite.awaitLine(line -> LISTENING.matcher(line).matches(), START);
      visitAll(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }
    return AutobahnResults.read(reports().resolve("index.json"));
  }

  private static void visitAll(InetSocketAddress suite) throws InterruptedException, IOException {
    try (var client = new EchoClient(suite, ROOMY)) {
      var counted = client.visit("/getCaseCount", CASE);
      if (counted.lastText().isEmpty()) throw new IOException("no case count: " + counted.how());
      var count = Integer.parseInt(counted.lastText());
      for (int i = 1; i <= count; i++) {
        var _ = client.visit("/runCase?case=" + i + "&agent=tidegate", CASE);
      }
      var _ = client.visit("/updateReports?agent=tidegate", CASE);
    }
  }

  private Path reports() {
    return home.resolve("reports");
  }

  private static String list(String cases) {
    return "[\"" + cases.replace(",", "\", \"") + "\"]";
  }

  private ChildProcess start(String mode, String spec) throws IOException {
    var file = Files.writeString(home.resolve("spec.json"), spec);
    var line = new ArrayList<>(command);
    line.addAll(List.of(mode, file.toString()));
    return ChildProcess.command(line, Map.of());
  }

  /// The suite must be told a port; between this and its start somebody else may take it, and then
  /// it says so.
  private static int freePort() throws IOException {
    try (var socket = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
