package io.tidegate.cli;

import java.io.Serial;

/// Ends a command with an exit status and one line for the person who started it; no stack trace is
/// shown.
final class CommandFailure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final ExitCode code;

  CommandFailure(ExitCode code, String message) {
    super(message);
    this.code = code;
  }

  ExitCode code() {
    return code;
  }
}
