package io.tidegate.cli;

import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;

/// Runs what a start runs, so that the launcher can train its AOT cache: a tunnel on free ports and
/// a few dozen requests. Its keys go to a directory of its own.
@Command(
    name = "warmup",
    hidden = true,
    description = "Exercises a tunnel on free ports and ends; the launcher trains its cache by it.")
final class WarmupCommand implements Callable<Integer> {
  private static final int ROUNDS = 10;
  private static final long LONGEST_SECONDS = 5;
  private static final List<String> TARGETS =
      List.of("/", "/json", "/census.json", "/download?bytes=200000");

  WarmupCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    var keys = Files.createTempDirectory("tidegate-warmup");
    System.setProperty("tidegate.keys", keys.toString());
    try {
      complain();
      return run() ? ExitCode.OK.status() : ExitCode.FAILED.status();
    } finally {
      // the edge has removed its key
      var _ = Files.deleteIfExists(keys);
    }
  }

  /// The cache leaves out what was loaded and never used, and with it all that builds on it: the
  /// parser's exceptions would take the whole parser along.
  private static void complain() {
    var nowhere = new PrintWriter(Writer.nullWriter());
    var line = Main.commandLine(Ansi.OFF).setOut(nowhere).setErr(nowhere);
    var _ = line.execute("demo", "--no-such-option");
    var _ = line.execute("edge", "--answer-timeout", "no time");
  }

  private static boolean run() throws IOException, InterruptedException {
    var free = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    try (var printer = new Printer(new PrintWriter(Writer.nullWriter()));
        var loops = Loops.open(LoopsConfig.forCommand("warmup"))) {
      var lines = new DemoLines(printer);
      try (var demo = Demo.open(loops, List.of(free), lines)) {
        return lines.up().await(LONGEST_SECONDS, TimeUnit.SECONDS) && visit(demo);
      }
    }
  }

  /// What one request is answered does not matter here, as long as the tunnel works.
  private static boolean visit(Demo demo) {
    var address = demo.edge().addresses().getFirst();
    var host = Demo.NAME + ".localhost:" + address.getPort();
    if (Probe.status(address, host, "/") != 200) return false;
    for (int round = 0; round < ROUNDS; round++) {
      for (var target : TARGETS) {
        var _ = Probe.status(address, host, target);
      }
    }
    return true;
  }
}
