package io.tidegate.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What some processes and all their children have used, summed; read from `/proc`.
///
/// Pages that processes share count once for each of them.
///
/// @param cpuMicros user and system time since the start, in steps of 10 ms; children that ended
///   are in it
/// @param residentBytes memory now
/// @param peakResidentBytes the sum of the most that each held
public record Usage(long cpuMicros, long residentBytes, long peakResidentBytes) {
  static final Usage NONE = new Usage(0, 0, 0);

  private static final long TICK_MICROS = 10_000; // USER_HZ is 100 on every Linux

  /// Reads the processes of these ids and their descendants.
  public static Usage of(List<Long> pids) throws IOException {
    var sum = NONE;
    for (var pid : pids.stream().flatMap(Usage::family).toList()) {
      sum = sum.plus(ofOne(pid));
    }
    return sum;
  }

  /// Parses `/proc/PID/stat` and the lines of `/proc/PID/status`.
  static Usage parse(String stat, List<String> status) {
    // the second field is a name in parentheses that may hold anything; field 3 comes behind it
    var fields = stat.strip().substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    long ticks = 0;
    for (int field = 14; field <= 17; field++) { // utime, stime, cutime, cstime
      ticks += Long.parseLong(fields[field - 3]);
    }
    return new Usage(ticks * TICK_MICROS, bytes(status, "VmRSS:"), bytes(status, "VmHWM:"));
  }

  Usage plus(Usage other) {
    return new Usage(
        cpuMicros + other.cpuMicros,
        residentBytes + other.residentBytes,
        peakResidentBytes + other.peakResidentBytes);
  }

  private static Stream<Long> family(long pid) {
    var descendants =
        ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).map(ProcessHandle::pid);
    return Stream.concat(Stream.of(pid), descendants);
  }

  private static Usage ofOne(long pid) throws IOException {
    var directory = Path.of("/proc", Long.toString(pid));
    try {
      return parse(
          Files.readString(directory.resolve("stat")),
          Files.readAllLines(directory.resolve("status")));
    } catch (NoSuchFileException _) {
      return NONE; // ended since it was listed; its time is now its parent's
    }
  }

  private static long bytes(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1_024)
        .findFirst()
        .orElse(0); // a process that has ended and not been waited for
  }
}
