package io.tidegate.proof;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// A server on 127.0.0.1 in a process of its own, which has said at which port it is ready.
public record ServerProcess(ChildProcess process, int port) {
  /// The flags that the `tidegate` launcher gives every JVM but for the sizes of its memory.
  public static final List<String> LAUNCHER_FLAGS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "--enable-native-access=ALL-UNNAMED",
          "-Dio.netty.allocator.type=pooled",
          "-Dio.netty.leakDetection.level=disabled");

  private static final Duration START = Duration.ofSeconds(60);
  private static final Pattern READY =
      Pattern.compile(".* ready at http://127\\.0\\.0\\.1:(\\d+)/");

  /// Starts a JVM like this one, with the same class path, and waits for its line.
  ///
  /// @throws IOException if the line did not come; the message is its output
  public static ServerProcess java(
      Children children, List<String> options, List<String> mainAndArguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(mainAndArguments);
    var process = children.start(command, Map.of());
    try {
      var line = process.awaitLine(READY.asMatchPredicate(), START);
      var port = READY.matcher(line).replaceFirst("$1");
      return new ServerProcess(process, Integer.parseInt(port));
    } catch (AssertionError none) {
      children.end(process);
      throw new IOException(mainAndArguments.getFirst() + " did not start: " + none.getMessage());
    }
  }
}
