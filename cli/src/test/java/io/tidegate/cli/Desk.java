package io.tidegate.cli;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/// What an edge process tells its operator; the asking connection itself is left out of no figure.
record Desk(InetSocketAddress address) {
  /// Of an edge that was started with `--admin 127.0.0.1:0`.
  static Desk of(ChildProcess edge) {
    var line = edge.awaitLine(text -> text.startsWith("admin    127.0.0.1:"), Processes.START);
    int port = Integer.parseInt(line.replaceAll(".*:([0-9]+).*", "$1"));
    return new Desk(new InetSocketAddress("127.0.0.1", port));
  }

  String page(String target) {
    try (var operator = RawHttp.open(address)) {
      var answer = operator.get("127.0.0.1:" + address.getPort(), target);
      if (answer.status() != 200) throw new AssertionError(target + ": " + answer.status());
      return answer.body();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static long figure(String page, String before) {
    var found = Pattern.compile(Pattern.quote(before) + "([0-9]+)").matcher(page);
    if (!found.find()) throw new AssertionError("no " + before + " in " + page);
    return Long.parseLong(found.group(1));
  }

  /// How many peers were cut for the reason with this label, as the metrics have it.
  long cuts(String label) {
    return figure(page("/metrics"), "tidegate_cuts_total{reason=\"" + label + "\"} ");
  }

  /// The same as the census has it.
  long cutsInCensus(String label) {
    return figure(page("/census"), "\"" + label + "\":");
  }

  /// Bytes charged to the direct purse and in use.
  long directGranted() {
    return figure(page("/census"), "\"granted\":{\"direct\":");
  }

  /// The most that the direct purse has ever granted.
  long directPeak() {
    return figure(page("/metrics"), "tidegate_ledger_peak_bytes{purse=\"direct\"} ");
  }

  long directLimit() {
    return figure(page("/census"), "\"limits\":{\"direct\":");
  }

  /// Direct memory that the process has taken for buffers.
  long directUsed() {
    return figure(page("/census"), "\"usedDirect\":");
  }

  long connections() {
    return figure(page("/census"), "\"connectionCount\":");
  }

  /// Streams of the first tunnel.
  long streams() {
    return figure(page("/census"), "\"streams\":");
  }

  /// Connections for which bytes wait, among the 1,000 that hold the most.
  long queued() {
    return Pattern.compile("\"queued\":[1-9]").matcher(page("/census?top=1000")).results().count();
  }
}
