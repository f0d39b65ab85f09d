package io.tidegate.proof.server;

import io.tidegate.proof.Machine;
import io.tidegate.proof.peers.Stack;
import io.tidegate.proof.server.Measured.Metric;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;

/// What one run of the server benchmark says, as Markdown.
record ServerReport(
    LocalDate date, Machine machine, Plan plan, Measurements measurements, List<IdleTrial> trials) {

  String markdown() {
    return head() + loads() + errors() + idle() + Goal.table(measurements, trials);
  }

  private String head() {
    return """
    %s, commit %s. %s.
    %s.
    Rounds: %d of %d s in each of %d starts of all servers, interleaved, medians over all; ratios are medians of the ratios of each round. All on 127.0.0.1, load by `wrk -t1`, c connections kept.
    Every JVM `%s`, warmed up for %d s at each work. nginx: 1 worker. All else as each has it by default.
    CPU is user and system time of the server's process, children included, a completed request.

    """
        .formatted(
            date,
            machine.commit(),
            machine.described(),
            Stack.described(),
            plan.rounds(),
            plan.seconds(),
            plan.starts(),
            String.join(" ", Lineup.flags(plan.heap())),
            plan.warmSeconds());
  }

  private String loads() {
    if (plan.loads().isEmpty()) return "";
    var table =
        new StringBuilder(
            """
            | work | server | req/s | MB/s | p50 ms | p99 ms | CPU us/request | MB/CPU s | req/s, CPU to the first | RSS MiB |
            |---|---|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
    for (var work : plan.loads()) {
      for (var contender : plan.contenders(work)) {
        if (measurements.has(work, contender)) table.append(line(work, contender));
      }
    }
    return table.append('\n').toString();
  }

  private String line(Work work, Contender contender) {
    return "| %s | %s | %s | %s | %s | %s | %s | %s | %s, %s | %s |\n"
        .formatted(
            work.title(),
            contender.title(),
            median(work, contender, Metric.REQUESTS_PER_SECOND, "%,.0f"),
            median(work, contender, Metric.MEGABYTES_PER_SECOND, "%,.1f"),
            median(work, contender, Metric.P50_MILLIS, "%.2f"),
            median(work, contender, Metric.P99_MILLIS, "%.2f"),
            median(work, contender, Metric.CPU_MICROS_PER_REQUEST, "%,.1f"),
            median(work, contender, Metric.MEGABYTES_PER_CPU_SECOND, "%,.0f"),
            ratio(work, contender, Metric.REQUESTS_PER_SECOND),
            ratio(work, contender, Metric.CPU_MICROS_PER_REQUEST),
            median(work, contender, Metric.RESIDENT_MEGABYTES, "%.0f"));
  }

  private String median(Work work, Contender contender, Metric metric, String format) {
    return String.format(Locale.ROOT, format, measurements.median(work, contender, metric));
  }

  private String ratio(Work work, Contender contender, Metric metric) {
    return measurements
        .ratio(work, metric, contender, plan.contenders(work).getFirst())
        .map(ratio -> String.format(Locale.ROOT, "%.2fx", ratio.median()))
        .orElse("-");
  }

  private String errors() {
    var lines = new StringBuilder();
    for (var work : plan.loads()) {
      for (var contender : plan.contenders(work)) {
        var errors = measurements.errors(work, contender);
        if (errors > 0)
          lines.append(
              "**%d requests failed**: %s, %s.\n"
                  .formatted(errors, work.title(), contender.title()));
      }
    }
    return lines.isEmpty() ? "" : lines.append('\n').toString();
  }

  private String idle() {
    if (trials.isEmpty()) return "";
    var table =
        new StringBuilder(
            """
            Idle WebSockets, %,d wanted, measured once, each server alone with `-Xmx%s`: what lives on its heap behind two full collections, less what did before.

            | server | WebSockets open | heap B each | objects each | RSS B each |
            |---|---:|---:|---:|---:|
            """
                .formatted(plan.sockets(), plan.idleHeap()));
    for (var trial : trials) {
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %,d | %,.0f | %.1f | %,.0f |\n",
              trial.contender().title(),
              trial.sockets(),
              trial.heapBytesEach(),
              trial.objectsEach(),
              trial.residentBytesEach()));
    }
    return table.append('\n').toString();
  }
}
