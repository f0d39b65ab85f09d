package io.tidegate.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/// The `tidegate` command. Its exit statuses are those of [ExitCode].
@Command(
    name = "tidegate",
    description =
        "HTTP, WebSocket and tunnels for the JVM, whose memory is bounded by construction.",
    versionProvider = Version.class,
    subcommands = {
      ExposeCommand.class,
      EdgeCommand.class,
      HubCommand.class,
      DemoCommand.class,
      TopCommand.class,
      PoolCommand.class,
      SleeperCommand.class,
      TestbedCommand.class,
      TokenCommand.class,
      WarmupCommand.class
    },
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%nArguments:%n",
    descriptionHeading = "%n",
    usageHelpAutoWidth = true)
public final class Main {
  Main() {}

  /// Runs the command that `arguments` name and ends the process with its exit status.
  public static void main(String... arguments) {
    System.exit(commandLine(ansi(System.getenv(), onTerminal())).execute(arguments));
  }

  /// Returns the whole command line, ready to execute.
  static CommandLine commandLine(Ansi ansi) {
    var line = new CommandLine(new Main());
    line.registerConverter(Size.class, converter(Size::parse));
    line.registerConverter(TimeSpan.class, converter(TimeSpan::parse));
    line.setColorScheme(CommandLine.Help.defaultColorScheme(ansi));
    line.setParameterExceptionHandler(Complaint::ofCommandLine);
    line.setExecutionExceptionHandler((e, failed, _) -> Complaint.ofExecution(e, failed));
    line.getCommandSpec()
        .usageMessage()
        .exitCodeListHeading("%nExit status:%n")
        .exitCodeList(ExitCode.meanings());
    return line;
  }

  /// Colours are for people: not for a file or a pipe, and not for those who set NO_COLOR.
  static Ansi ansi(Map<String, String> environment, boolean terminal) {
    var refused = !environment.getOrDefault("NO_COLOR", "").isEmpty();
    var dumb = "dumb".equals(environment.get("TERM"));
    return terminal && !refused && !dumb ? Ansi.ON : Ansi.OFF;
  }

  // JDK 25 returns null again where there is no terminal (JDK-8351435)
  @SuppressWarnings("SystemConsoleNull")
  static boolean onTerminal() {
    var console = System.console();
    return console != null && console.isTerminal();
  }

  /// Checked here, used nowhere: the launcher read it before there was a JVM.
  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      scope = ScopeType.INHERIT,
      converter = LaunchedSize.class,
      description =
          "Memory that the process is planned to stay within, at least 192m: 35 %% heap, 35 %% direct memory, rest JVM.")
  @SuppressWarnings("UnusedVariable")
  private @Nullable Size memory;

  /// Picocli shows the message of this exception alone, of any other also its class.
  private static <T> CommandLine.ITypeConverter<T> converter(CommandLine.ITypeConverter<T> parse) {
    return text -> {
      try {
        return parse.convert(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }
}
