package io.tidegate.proof;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What one run of `wrk --latency` printed.
///
/// @param requests completed ones
/// @param seconds how long it ran
/// @param p50Millis median latency
/// @param p99Millis 99th percentile of the latency
/// @param errors failed connects, reads and writes, timeouts, and answers that are neither 2xx nor
///   3xx
public record Wrk(long requests, double seconds, double p50Millis, double p99Millis, long errors) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern DONE =
      Pattern.compile("^ *(\\d+) requests in ([\\d.]+)(us|ms|s|m|h),.*");
  private static final Pattern PERCENTILE =
      Pattern.compile("^ *(50|99)% +([\\d.]+)(us|ms|s|m|h) *");
  private static final Pattern SOCKET_ERRORS =
      Pattern.compile(
          "^ *Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
  private static final Pattern STATUS_ERRORS =
      Pattern.compile("^ *Non-2xx or 3xx responses: (\\d+)");

  /// Loads `url` with `connections` for `seconds` and returns what wrk counted; `host` becomes the
  /// Host field.
  ///
  /// @throws AssertionError if wrk printed no result
  public static Wrk run(Children children, String url, String host, int connections, int seconds)
      throws IOException {
    var wrk = children.start(command(url, host, connections, seconds), Map.of());
    try {
      var _ = wrk.awaitLine(Wrk::endsWith, Duration.ofSeconds(seconds).plus(PATIENCE));
      var _ = wrk.awaitExit(PATIENCE);
      return parse(wrk.tail());
    } finally {
      children.end(wrk);
    }
  }

  /// The command that loads `url` for `seconds`; `host` becomes the Host field.
  static List<String> command(String url, String host, int connections, int seconds) {
    return List.of(
        "wrk",
        "-t1",
        "-c" + connections,
        "-d" + seconds + "s",
        "--timeout",
        "10s",
        "--latency",
        "-H",
        "Host: " + host,
        url);
  }

  /// Whether `line` is the last that wrk prints.
  static boolean endsWith(String line) {
    return line.startsWith("Transfer/sec:");
  }

  /// Reads what wrk printed.
  ///
  /// @throws IllegalArgumentException if the count of requests or a percentile is not in it
  static Wrk parse(List<String> output) {
    var done = find(DONE, output);
    return new Wrk(
        Long.parseLong(done.group(1)),
        millis(done.group(2), done.group(3)) / 1_000,
        percentile("50", output),
        percentile("99", output),
        sum(SOCKET_ERRORS, output) + sum(STATUS_ERRORS, output));
  }

  /// Completed requests a second.
  public double requestsPerSecond() {
    return requests / seconds;
  }

  private static double percentile(String which, List<String> output) {
    for (var line : output) {
      var found = PERCENTILE.matcher(line);
      if (found.matches() && found.group(1).equals(which)) {
        return millis(found.group(2), found.group(3));
      }
    }
    throw new IllegalArgumentException("no " + which + "% in " + output);
  }

  private static Matcher find(Pattern pattern, List<String> output) {
    for (var line : output) {
      var found = pattern.matcher(line);
      if (found.matches()) {
        return found;
      }
    }
    throw new IllegalArgumentException("no line like " + pattern + " in " + output);
  }

  private static long sum(Pattern pattern, List<String> output) {
    long sum = 0;
    for (var line : output) {
      var found = pattern.matcher(line);
      for (int group = 1; found.lookingAt() && group <= found.groupCount(); group++) {
        sum += Long.parseLong(found.group(group));
      }
    }
    return sum;
  }

  private static double millis(String number, String unit) {
    return Double.parseDouble(number)
        * switch (unit) {
          case "us" -> 0.001;
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> throw new IllegalArgumentException("unknown unit: " + unit);
        };
  }
}
