package io.tidegate.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A server with fewer descriptors than callers, in a process of its own. Without a logging
/// back-end Netty takes java.util.logging, and there the first line ever logged may be this error.
class ExhaustedDescriptorsSystemTest {
  private static final int DESCRIPTORS = 100;
  private static final int CALLERS = 200;

  /// More than there are descriptors for them: none is lost to the callers who wait for one.
  private static final int OPERATORS = 30;

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @ParameterizedTest
  @CsvSource({"EPOLL,", "NIO,logback"})
  void itAnswersAgainOnceTheyHaveLeft(String transport, String logging) throws Exception {
    itAnswersAgainOnceTheyHaveLeftAndBurnsNoCpuBefore(transport, logging);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"EPOLL,logback", "NIO,"})
  void itAnswersAgainOnceTheyHaveLeftAndBurnsNoCpuBefore(String transport, String logging)
      throws Exception {
    try (var server = start(transport, logging != null)) {
      int port =
          Integer.parseInt(
              server.awaitLine(line -> line.startsWith("port "), PATIENCE).substring(5));
      int reserved =
          Integer.parseInt(
              server.awaitLine(line -> line.startsWith("reserved "), PATIENCE).substring(9));
      var callers = new ArrayList<Socket>();
      callers.add(call(port));
      assertThat(echoes(callers.getFirst())).isTrue(); // loads its classes, from a directory here
      for (int i = 1; i < CALLERS; i++) callers.add(call(port));
      Eventually.await(PATIENCE, () -> "someone is told", () -> isTold(callers, "no_descriptor"));
      for (int i = 0; i < OPERATORS; i++) {
        try (var first = call(reserved);
            var second = call(reserved)) {
          assertThat(echoes(first) && echoes(second))
              .as("operators get in, the %d. time; %s", i, server.tail())
              .isTrue();
        }
      }

      var before = server.cpuTime().total();
      assertThat(Eventually.within(Duration.ofSeconds(2), () -> false)).isFalse();
      var used = server.cpuTime().total().minus(before);
      for (var caller : callers) caller.close();
      var left = System.nanoTime();
      try (var late = call(port)) {
        assertThat(echoes(late)).as("answers again; %s", server.tail()).isTrue();
      }

      assertThat(Duration.ofNanos(System.nanoTime() - left)).isLessThan(Duration.ofSeconds(2));
      assertThat(used).as("CPU in 2 s").isLessThan(Duration.ofMillis(700));
      assertThat(server.tail()).noneMatch(line -> line.contains("broken"));
    }
  }

  private static ChildProcess start(String transport, boolean logback) throws IOException {
    var path =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> logback || !entry.contains("logback"))
            .collect(Collectors.joining(File.pathSeparator));
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var line = "ulimit -n " + DESCRIPTORS + " && exec \"$0\" \"$@\"";
    return ChildProcess.command(
        List.of(
            "bash",
            "-c",
            line,
            java,
            "-Xmx64m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            path,
            EchoProcess.class.getName(),
            transport),
        Map.of());
  }

  private static Socket call(int port) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static boolean echoes(Socket caller) throws IOException {
    caller.getOutputStream().write('?');
    try {
      return caller.getInputStream().read() == '?';
    } catch (SocketTimeoutException silent) {
      return false;
    }
  }

  private static boolean isTold(List<Socket> callers, String word) {
    try {
      for (var caller : callers) {
        int there = caller.getInputStream().available();
        if (there >= word.length()) {
          return new String(caller.getInputStream().readNBytes(there), US_ASCII).contains(word);
        }
      }
      return false;
    } catch (IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }
}
