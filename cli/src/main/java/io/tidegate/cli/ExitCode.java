package io.tidegate.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the command's exit status says; the only place that gives the numbers.
public enum ExitCode {
  /// It did what was asked, or was told to stop and did.
  OK(0, "done, or stopped when told to"),
  /// It could not do what was asked, for a reason that no other status names: a port in use, a full
  /// disk.
  FAILED(1, "failed; the message says why"),
  /// The command line or a configuration is wrong, or the machine lacks what a start needs (JDK 25,
  /// Maven).
  USAGE(2, "wrong command line or configuration, or no JDK 25 or Maven"),
  /// The process could not go on: memory could not be had back, or an event loop is dead. A new
  /// start helps.
  BROKEN(3, "broken: memory used up or an event loop dead; start again"),
  /// The edge refused the token, or a token file is wrong. A new start does not help.
  TOKEN(4, "token or token file refused; starting again does not help"),
  /// The name belongs to another key, or a newer session took it over. A new start does not help.
  NAME(5, "name taken, or taken over by a newer session of the same key");

  private final int status;
  private final String meaning;

  ExitCode(int status, String meaning) {
    this.status = status;
    this.meaning = meaning;
  }

  /// Returns the process's exit status.
  public int status() {
    return status;
  }

  /// Returns the lines that the help prints: status and meaning, in order.
  static Map<String, String> meanings() {
    var meanings = new LinkedHashMap<String, String>();
    Arrays.stream(values()).forEach(code -> meanings.put(" " + code.status, code.meaning));
    return meanings;
  }
}
