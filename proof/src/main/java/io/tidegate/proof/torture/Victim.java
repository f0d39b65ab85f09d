package io.tidegate.proof.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/// The target's process and what the kernel tells of it, if its id is known. Linux only.
///
/// @param pid absent: nothing is known
record Victim(OptionalLong pid) {
  private static final long KIBIBYTE = 1024;

  /// Whether it has ended, as far as that is known.
  boolean ended() {
    return pid.isPresent() && !Files.exists(proc("status"));
  }

  /// Resident memory now; 0 if unknown.
  long residentBytes() {
    return line("status", "VmRSS:") * KIBIBYTE;
  }

  /// The most resident memory since [#forgetPeak], or since its start; 0 if unknown.
  long peakBytes() {
    return line("status", "VmHWM:") * KIBIBYTE;
  }

  /// Starts the peak anew, where that is allowed.
  void forgetPeak() {
    if (pid.isEmpty()) return;
    try {
      Files.writeString(proc("clear_refs"), "5");
    } catch (IOException _) {
      // the peak is that of the process's life then
    }
  }

  /// Its open descriptors; 0 if unknown.
  int descriptors() {
    if (pid.isEmpty()) return 0;
    try (var open = Files.list(proc("fd"))) {
      return (int) open.count();
    } catch (IOException _) {
      return 0;
    }
  }

  /// How many descriptors it may have; 0 if unknown.
  long mostDescriptors() {
    return line("limits", "Max open files");
  }

  /// The first number of a line of `file` that begins with `name`.
  private long line(String file, String name) {
    if (pid.isEmpty()) return 0;
    for (var line : lines(file)) {
      if (line.startsWith(name)) {
        var words = line.substring(name.length()).strip().split(" ", 2);
        return words[0].matches("[0-9]{1,18}") ? Long.parseLong(words[0]) : Long.MAX_VALUE;
      }
    }
    return 0;
  }

  private List<String> lines(String file) {
    try {
      return Files.readAllLines(proc(file));
    } catch (IOException _) {
      return List.of(); // ended
    }
  }

  private Path proc(String file) {
    return Path.of("/proc", String.format(Locale.ROOT, "%d", pid.orElse(0)), file);
  }
}
