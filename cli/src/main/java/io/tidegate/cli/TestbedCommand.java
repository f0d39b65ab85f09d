package io.tidegate.cli;

import io.tidegate.net.LoopsConfig;
import io.tidegate.testbed.Testbed;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Serves what conformance runs need.
@Command(
    name = "testbed",
    description =
        "Serves what conformance runs and load tools need, on the library's server: /echo, /bytes/N, "
            + "/drip?n=&ms=, /events, /cam.mjpg, /files/, a WebSocket echo at /ws, and a line of "
            + "text for every other path and method.")
final class TestbedCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--listen",
      paramLabel = "ADDR:PORT",
      defaultValue = "127.0.0.1:8088",
      description = "Where to listen; port 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private String listen = "";

  @Option(
      names = "--files",
      paramLabel = "DIRECTORY",
      description = "What /files/ serves. Default: a directory made for that.")
  private @Nullable Path files;

  @Option(
      names = "--default-limits",
      description =
          "With the limits that a server has by default, for attacks. Otherwise WebSocket messages "
              + "may have 16 MiB in 65,536 fragments, as conformance suites want it.")
  private boolean defaultLimits;

  TestbedCommand() {}

  @Override
  public Integer call() throws IOException {
    try (var stop = new UntilStopped();
        var sample = files == null ? SampleFiles.make() : null) {
      var directory = sample == null ? files : sample.directory();
      if (directory == null) throw new IllegalStateException("no directory");
      try (var testbed = open(directory)) {
        var at = ListenAddress.text(testbed.address());
        spec.commandLine().getOut().println("testbed ready at http://" + at + "/");
        spec.commandLine().getOut().flush();
        return stop.await().status();
      }
    }
  }

  private Testbed open(Path directory) throws IOException {
    try {
      var limits = defaultLimits ? Testbed.Limits.DEFAULT : Testbed.Limits.ROOMY;
      return Testbed.open(address(), limits, LoopsConfig.forCommand("testbed"), directory);
    } catch (IOException failed) {
      throw new CommandFailure(ExitCode.FAILED, failed.getMessage() + "; see --listen and --files");
    }
  }

  private InetSocketAddress address() {
    try {
      return ListenAddress.parse(listen);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), "--listen: " + wrong.getMessage());
    }
  }

  /// Two files to ask for, gone at the end.
  private record SampleFiles(Path directory) implements AutoCloseable {
    private static final int LARGE_BYTES = 1 << 20;

    static SampleFiles make() throws IOException {
      var directory = Files.createTempDirectory("tidegate-testbed");
      Files.writeString(directory.resolve("index.html"), "<!doctype html><p>testbed\n");
      Files.write(directory.resolve("1m.bin"), new byte[LARGE_BYTES]);
      return new SampleFiles(directory);
    }

    @Override
    public void close() throws IOException {
      for (var name : new String[] {"index.html", "1m.bin"})
        Files.deleteIfExists(directory.resolve(name));
      Files.deleteIfExists(directory);
    }
  }
}
