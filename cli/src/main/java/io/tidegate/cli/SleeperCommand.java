package io.tidegate.cli;

import io.tidegate.sleeper.Cut;
import io.tidegate.sleeper.Nap;
import io.tidegate.sleeper.ResidentMemory;
import io.tidegate.sleeper.SleeperConfig;
import io.tidegate.sleeper.Sleepers;
import io.tidegate.sleeper.Target;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Opens connections to a server, reads nothing, and tells what became of it.
@Command(
    name = "sleeper",
    description = {
      "Opens connections to any server, asks for a stream (a download, server-sent events, a "
          + "WebSocket) and reads nothing of it, as a browser tab that is asleep: a tool to try a "
          + "server with. Tells when the server cut each one, and what was held for it.",
      "A cut is seen without reading, on Linux, in the kernel's table of connections: a FIN or a "
          + "reset that has come, within 0.1 s (1 s beyond 1,000 connections). A FIN that waits in "
          + "the server's kernel behind bytes that nobody takes is seen only where the server is "
          + "on this machine; elsewhere, and on other systems, --then-read finds it at the end. A "
          + "TCP keepalive probe a second, and nothing else, is sent meanwhile: pings are not "
          + "answered.",
      "What the server's kernel holds is its send queue, and is known where the server is on this "
          + "machine; what this kernel holds is its receive queue."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidegate sleeper ws://127.0.0.1:8088/live",
      "  tidegate sleeper https://example.com/events --connections 20 --expect-cut 30s",
      "  tidegate sleeper ws://127.0.0.1:9000/ --send '{\"subscribe\":\"news\"}' --then-read 5s",
      "  tidegate sleeper http://127.0.0.1:8088/cam.mjpg --pid $(pgrep -f testbed) --json"
    })
final class SleeperCommand implements Callable<Integer> {
  private static final Duration USUAL_NAP = Duration.ofMinutes(1);
  private static final int MOST_ROWS = 1_000;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "URL", description = "What to ask for: http, https, ws or wss.")
  private String url = "";

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "1",
      description = "Connections to open, 1 to 5000. Default: ${DEFAULT-VALUE}.")
  private int connections;

  @Option(
      names = "--receive-buffer",
      paramLabel = "SIZE",
      defaultValue = "64k",
      description =
          "What this kernel is asked to hold unread of each, 2k to 64m; Linux holds up to twice "
              + "as much. Default: ${DEFAULT-VALUE}.")
  private Size receiveBuffer = new Size(SleeperConfig.RECEIVE_BUFFER_BYTES);

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description =
          "How long each sleeps unless it is cut. Default: that of --expect-cut, else 1m.")
  private @Nullable TimeSpan howLong;

  @Option(
      names = "--expect-cut",
      paramLabel = "TIME",
      description =
          "Exit status 0 only if every connection was opened and cut within that, else 1.")
  private @Nullable TimeSpan expectCut;

  @Option(
      names = "--then-read",
      paramLabel = "TIME",
      description =
          "Reads on at the end, for at most that long, and tells what came and how much of it "
              + "had waited.")
  private @Nullable TimeSpan thenRead;

  @Option(
      names = "--send",
      paramLabel = "TEXT",
      description =
          "A message for the server when a WebSocket is open, to subscribe; may be repeated.")
  private List<String> messages = List.of();

  @Option(
      names = "--header",
      paramLabel = "'NAME: VALUE'",
      description = "A field of the request; may be repeated.")
  private List<String> fields = List.of();

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Who vouches for the server (PEM), in place of the authorities Java trusts.")
  private @Nullable Path authorities;

  @Option(
      names = "--pid",
      paramLabel = "PID",
      description = "A process of this machine whose memory is shown too; Linux.")
  private @Nullable Long pid;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "20",
      description = "Connections to show, 1 to 1000. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--json",
      description = "Prints one JSON object at the end, with every connection.")
  private boolean json;

  SleeperCommand() {}

  @Override
  public Integer call() throws IOException {
    if (rows < 1 || rows > MOST_ROWS) throw wrong("--rows not in 1..1000: " + rows);
    if (howLong != null && expectCut != null && nap().compareTo(expectCut.duration()) < 0)
      throw wrong("--for is shorter than --expect-cut: " + howLong + " < " + expectCut);
    var config = config();
    var memory = memory();
    try (var stop = new UntilStopped();
        var sleepers = open(config)) {
      sleep(sleepers, memory, stop);
      if (sleepers.opened() == 0) throw nothingOpened(sleepers);
      if (thenRead != null && !stop.await(Duration.ofNanos(1))) {
        sleepers.wake(thenRead.duration());
        if (memory != null) memory.look();
      }
      tell(new SleeperFigures(config, nap(), thenRead == null, sleepers, memory));
      demandCuts(sleepers.naps());
      return ExitCode.OK.status();
    }
  }

  private Duration nap() {
    if (howLong != null) return howLong.duration();
    return expectCut == null ? USUAL_NAP : expectCut.duration();
  }

  private SleeperConfig config() {
    try {
      int buffer = (int) Math.min(receiveBuffer.bytes(), Integer.MAX_VALUE);
      return new SleeperConfig(Target.parse(url), buffer, fields, messages, authorities);
    } catch (IllegalArgumentException wrong) {
      throw wrong(String.valueOf(wrong.getMessage()));
    }
  }

  private Sleepers open(SleeperConfig config) throws IOException {
    try {
      return Sleepers.open(config, connections);
    } catch (IllegalArgumentException wrong) {
      throw wrong(String.valueOf(wrong.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private @Nullable ResidentMemory memory() {
    if (pid == null) return null;
    try {
      return new ResidentMemory(pid);
    } catch (IOException unseen) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "no memory of process "
              + pid
              + " to be seen; --pid is for processes of this machine, "
              + "on Linux");
    }
  }

  private static CommandFailure nothingOpened(Sleepers sleepers) {
    var last = sleepers.lastFailure();
    return new CommandFailure(
        ExitCode.FAILED,
        "no connection was opened"
            + (last == null ? "" : "; the last attempt: " + Wire.text(last)));
  }

  private void sleep(Sleepers sleepers, @Nullable ResidentMemory memory, UntilStopped stop)
      throws IOException {
    var out = spec.commandLine().getOut();
    boolean live = Main.onTerminal() && !json;
    long began = System.nanoTime();
    do {
      look(sleepers, memory);
      if (live)
        show(out, SleeperScreen.live(sleepers, Duration.ofNanos(System.nanoTime() - began)));
    } while (!sleepers.areOver(nap()) && !stop.await(gap(sleepers)));
    if (live) show(out, "");
  }

  private static void look(Sleepers sleepers, @Nullable ResidentMemory memory) throws IOException {
    sleepers.look();
    if (memory != null) memory.look();
  }

  /// Writes over the line before.
  private static void show(PrintWriter out, String line) {
    out.print("\r" + line + "\u001b[K");
    out.flush();
  }

  /// The kernel prints about 20,000 rows in 50 ms: a look is a small part of the time between two.
  private static Duration gap(Sleepers sleepers) {
    if (sleepers.opened() <= 100) return Duration.ofMillis(100);
    return Duration.ofMillis(sleepers.opened() <= 1_000 ? 250 : 1_000);
  }

  private void tell(SleeperFigures figures) throws IOException {
    var out = spec.commandLine().getOut();
    if (json) out.println(SleeperJson.write(figures));
    else SleeperScreen.lines(figures, rows).forEach(out::println);
    out.flush();
  }

  private void demandCuts(List<Nap> naps) {
    if (expectCut == null) return;
    long cut = naps.stream().filter(this::wasCutInTime).count();
    if (cut == connections) return;
    throw new CommandFailure(
        ExitCode.FAILED,
        "%d of %d connections were not cut within %s"
            .formatted(connections - cut, connections, expectCut));
  }

  private boolean wasCutInTime(Nap nap) {
    var cut = nap.cut();
    if (cut == null || expectCut == null) return false;
    // seen late, and nobody knows since when: the nap that was asked for counts
    var after = cut.how() == Cut.How.FOUND_AWAKE ? nap() : cut.after();
    return after.compareTo(expectCut.duration()) <= 0;
  }
}
