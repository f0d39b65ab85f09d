package io.tidegate.proof.hub;

import io.tidegate.proof.Usage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/// What subscribers heard in a time, and what it cost.
///
/// @param deliveries messages that came, of all subscribers
/// @param missed numbers that were passed over, of all subscribers
/// @param cut subscribers that read and were ended by the server all the same
/// @param cpuMicros user and system time of the server's process
/// @param loadShare of the time the one thread that reads was busy: near 1, the load was measured,
///   not the server
record Heard(
    long deliveries,
    long missed,
    int cut,
    double seconds,
    long cpuMicros,
    double p50Millis,
    double p99Millis,
    double loadShare) {

  /// Listens for `length` to the server of this process id. On the audience's thread.
  static Heard during(Audience audience, long pid, Duration length) throws IOException {
    var threads = ManagementFactory.getThreadMXBean();
    long before = Usage.of(List.of(pid)).cpuMicros();
    long begin = System.nanoTime();
    long own = threads.getCurrentThreadCpuTime();
    var tally = audience.listen(length);
    own = threads.getCurrentThreadCpuTime() - own;
    long took = System.nanoTime() - begin;
    long cpu = Usage.of(List.of(pid)).cpuMicros() - before;
    var latencies = tally.latencies();
    return new Heard(
        latencies.count(),
        tally.missed(),
        tally.cuts(),
        took / 1e9,
        cpu,
        latencies.millis(0.5),
        latencies.millis(0.99),
        (double) own / took);
  }

  double deliveriesPerSecond() {
    return deliveries / seconds;
  }

  /// NaN if nothing was delivered.
  double cpuMicrosPerDelivery() {
    return (double) cpuMicros / deliveries;
  }
}
