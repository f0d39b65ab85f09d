package io.tidegate.cli;

import io.tidegate.edge.keys.Spelling;
import io.tidegate.edge.keys.TokenFileException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Says on standard error why a command did not run or did not finish: one line, and where to read
/// on.
final class Complaint {
  private Complaint() {}

  /// Explains a command line that cannot be understood; an empty one gets the whole help.
  static int ofCommandLine(ParameterException e, String[] arguments) {
    var command = e.getCommandLine();
    if (arguments.length == 0) {
      command.usage(command.getErr());
    } else {
      print(command, reason(e));
      command.getErr().println("See " + command.getCommandSpec().qualifiedName() + " --help");
    }
    return ExitCode.USAGE.status();
  }

  /// Explains what a command threw. An exception that nobody foresaw is a bug and shows its stack
  /// trace.
  static int ofExecution(Exception e, CommandLine command) {
    return switch (e) {
      case CommandFailure failure -> say(command, message(failure), failure.code());
      case TokenFileException wrong -> say(command, message(wrong), ExitCode.TOKEN);
      case NoSuchFileException none ->
          say(command, "no such file: " + none.getFile(), ExitCode.FAILED);
      case AccessDeniedException denied ->
          say(command, "no access to " + denied.getFile(), ExitCode.FAILED);
      case IOException failed -> say(command, failed.toString(), ExitCode.FAILED);
      default -> {
        e.printStackTrace(command.getErr());
        yield say(command, "this is a bug in tidegate; please report it", ExitCode.FAILED);
      }
    };
  }

  private static int say(CommandLine command, String message, ExitCode code) {
    print(command, message);
    return code.status();
  }

  private static void print(CommandLine command, String message) {
    command.getErr().println(command.getColorScheme().errorText("tidegate: " + message));
  }

  private static String reason(ParameterException e) {
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      return message(e);
    }
    var word = unmatched.getUnmatched().getFirst();
    var spec = e.getCommandLine().getCommandSpec();
    if (word.startsWith("-")) {
      var name = word.split("=", 2)[0];
      return "unknown option " + quoted(name, List.copyOf(spec.optionsMap().keySet()));
    }
    return spec.subcommands().isEmpty()
        ? "unexpected argument '" + word + "'"
        : "unknown command " + quoted(word, List.copyOf(spec.subcommands().keySet()));
  }

  private static String quoted(String word, List<String> known) {
    return "'" + word + "'" + Spelling.hint(word, known);
  }

  private static String message(Exception e) {
    return Objects.requireNonNullElse(e.getMessage(), e.toString());
  }
}
