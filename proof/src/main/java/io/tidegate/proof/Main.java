package io.tidegate.proof;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `tidegate bench` command: what is measured, always beside peers in the same run.
@Command(
    name = "tidegate bench",
    description = "Measures Tidegate beside its peers, all in the same run.",
    subcommands = TunnelBench.class,
    mixinStandardHelpOptions = true,
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
    line.registerConverter(Row.class, Row::parse);
    line.registerConverter(Variant.class, Variant::parse);
    return line;
  }
}
