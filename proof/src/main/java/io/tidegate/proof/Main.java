package io.tidegate.proof;

import io.tidegate.cli.TimeSpan;
import io.tidegate.proof.hub.Broadcaster;
import io.tidegate.proof.hub.HubBench;
import io.tidegate.proof.server.Contender;
import io.tidegate.proof.server.ServerBench;
import io.tidegate.proof.server.Work;
import io.tidegate.proof.sleepers.SleepersBench;
import io.tidegate.proof.torture.TortureCommand;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/// The `tidegate bench` command: what is measured, always beside peers in the same run.
@Command(
    name = "tidegate bench",
    description = "Measures Tidegate beside its peers, all in the same run.",
    subcommands = {
      TunnelBench.class,
      ServerBench.class,
      HubBench.class,
      SleepersBench.class,
      AutobahnCommand.class,
      TortureCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true)
public final class Main {
  Main() {}

  /// Runs the benchmark that `arguments` name and ends the process.
  public static void main(String... arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    var line = new CommandLine(new Main());
    line.getSubcommands().values().forEach(Main::addHelp);
    addHelp(line);
    line.registerConverter(Row.class, Row::parse);
    line.registerConverter(Variant.class, Variant::parse);
    line.registerConverter(Work.class, Work::parse);
    line.registerConverter(Contender.class, Contender::parse);
    line.registerConverter(Broadcaster.class, Broadcaster::parse);
    line.registerConverter(Duration.class, Main::time);
    line.setExecutionExceptionHandler((failure, failed, _) -> complain(failure, failed));
    return line;
  }

  private static Duration time(String text) {
    try {
      return TimeSpan.parse(text).duration();
    } catch (IllegalArgumentException wrong) {
      throw new TypeConversionException(String.valueOf(wrong.getMessage()));
    }
  }

  private static void addHelp(CommandLine line) {
    var help = OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.");
    var _ = line.getCommandSpec().addOption(help.build());
  }

  /// What the machine or a peer did is told in a line; all else is a fault of the program, with its
  /// trace.
  private static int complain(Exception failure, CommandLine failed) throws Exception {
    if (failure instanceof IOException || failure instanceof IllegalStateException) {
      failed.getErr().println("tidegate bench: " + failure.getMessage());
      return failed.getCommandSpec().exitCodeOnExecutionException();
    }
    throw failure;
  }
}
