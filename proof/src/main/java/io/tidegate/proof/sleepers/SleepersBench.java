package io.tidegate.proof.sleepers;

import io.tidegate.proof.Figures;
import io.tidegate.proof.Machine;
import io.tidegate.proof.Rig;
import io.tidegate.proof.peers.Stack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures a hub beside subscribers that sleep. The report is on standard output, progress on
/// standard error; the exit status is 1 if something that must hold does not.
@Command(
    name = "sleepers",
    description = {
      "Runs `tidegate hub` with one busy topic, subscribers that read it, and subscribers that",
      "never do and come back as soon as they are cut: what the hub holds and whether that grows,",
      "whether all counts add up, and what those who read notice. Linux."
    },
    usageHelpAutoWidth = true)
public final class SleepersBench implements Callable<Integer> {
  private static final String PROGRAM = "bench sleepers";

  @Spec private CommandSpec spec;

  @Option(
      names = "--minutes",
      paramLabel = "M",
      description = "Beside sleepers; may be a fraction. Default: ${DEFAULT-VALUE}.")
  private double minutes = 10;

  @Option(
      names = "--alone",
      paramLabel = "TIME",
      description = "Without them, half of it before and half after; at least 1s. Default: 2m.")
  private Duration alone = Duration.ofMinutes(2);

  @Option(
      names = "--warm",
      paramLabel = "TIME",
      description = "Before anything is measured. Default: 30s.")
  private Duration warm = Duration.ofSeconds(30);

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How often that is done. Default: ${DEFAULT-VALUE}.")
  private int rounds = 1;

  @Option(
      names = "--stall",
      paramLabel = "TIME",
      description = "The hub's stall deadline, at most 1h. Default: 10s.")
  private Duration stall = Duration.ofSeconds(10);

  @Option(
      names = "--sockets",
      paramLabel = "N",
      description = "WebSockets that sleep. Default: ${DEFAULT-VALUE}.")
  private int sockets = 1_000;

  @Option(
      names = "--streams",
      paramLabel = "N",
      description = "Streams of events that sleep. Default: ${DEFAULT-VALUE}.")
  private int streams = 200;

  @Option(
      names = "--readers",
      paramLabel = "N",
      description = "Subscribers that read, half of each kind. Default: ${DEFAULT-VALUE}.")
  private int readers = 20;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Messages a second. Default: ${DEFAULT-VALUE}.")
  private int rate = Plan.RATE;

  @Option(names = "--bytes", description = "Of each message. Default: ${DEFAULT-VALUE}.")
  private int bytes = Plan.BYTES;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Of the hub, and as much direct memory. Default: ${DEFAULT-VALUE}.")
  private String heap = "64m";

  @Option(
      names = "--write",
      description = "Put the report into docs/figures.md. Only of a run with all defaults or more.")
  private boolean write;

  /// Filled in by picocli.
  public SleepersBench() {}

  @Override
  public Integer call() throws IOException {
    var plan = plan();
    if (write && !plan.forTheRecord())
      throw wrong(
          "--write needs 10 minutes, 2 alone, 1,000 sockets, 200 streams, 20 readers, 1 MB/s");
    var root = Path.of(System.getProperty("tidegate.home", "")).toAbsolutePath();
    var target = Files.createDirectories(root.resolve("proof/target"));
    var directory = Files.createTempDirectory(target, "bench-sleepers-");
    var machine = Machine.read(root, List.of("Netty " + Stack.NETTY.version()));
    var outcome = Course.run(plan, directory, System.err::println);
    Rig.remove(directory); // kept, for its files, if anything failed before
    var report = new Report(LocalDate.now(ZoneId.systemDefault()), machine, plan, outcome);
    System.out.println(report.markdown());
    if (write) new Figures(root.resolve("docs/figures.md")).write(program(), report.markdown());
    return report.isMissed() ? 1 : 0;
  }

  /// A long deadline's report stands beside a short one's.
  private String program() {
    return stall.compareTo(Duration.ofMinutes(1)) > 0 ? PROGRAM + ", uncut" : PROGRAM;
  }

  private Plan plan() {
    try {
      return new Plan(
          sockets,
          streams,
          readers,
          warm,
          alone,
          Duration.ofMillis(Math.round(minutes * 60_000)),
          rounds,
          stall,
          rate,
          bytes,
          heap);
    } catch (IllegalArgumentException wrong) {
      throw wrong(String.valueOf(wrong.getMessage()));
    }
  }

  private ParameterException wrong(@Nullable String why) {
    return new ParameterException(spec.commandLine(), why);
  }
}
