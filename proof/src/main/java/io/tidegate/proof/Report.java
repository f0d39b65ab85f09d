package io.tidegate.proof;

import io.tidegate.proof.Sample.Metric;
import io.tidegate.proof.Target.Outcome;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// What one run of the tunnel benchmark says, as Markdown.
///
/// @param peaks for each variant the most memory its proxies held during the rounds, in bytes
record Report(
    LocalDate date,
    Machine machine,
    Settings settings,
    Results results,
    Map<Variant, Long> peaks,
    List<StallTrial> trials) {

  String markdown() {
    return head() + loads() + errors() + memory() + stalls() + targets();
  }

  private String head() {
    return """
    %s, commit %s. %s.
    Rounds: %d of %d s, variants interleaved, medians; ratios are medians of the ratios of each round. All on 127.0.0.1, one nginx
    origin, load by `wrk -t1`. nginx: %6$d worker a hop, 512 kept upstream connections, buffering as by default; haproxy: %6$d thread,
    `http-reuse always`; both without access log and without a limit of requests a connection. Tidegate: %6$d event loop in edge and in agent, else the
    defaults, `%7$s`, warmed up for %8$d s.
    CPU is user and system time of all proxies of the way, children included, a completed request.

    """
        .formatted(
            date,
            machine.commit(),
            machine.described(),
            settings.rounds(),
            settings.seconds(),
            settings.workers(),
            settings.processes().described(),
            settings.warmSeconds());
  }

  private String loads() {
    var table =
        new StringBuilder(
            """
            | body, connections | way | req/s | MB/s | p50 ms | p99 ms | CPU us/request | req/s, CPU to nginx 2 hops | RSS MiB |
            |---|---|---:|---:|---:|---:|---:|---:|---:|
            """);
    for (var row : settings.rows()) {
      for (var variant : settings.variants()) {
        if (results.has(row, variant)) {
          table.append(line(row, variant));
        }
      }
    }
    return table.append('\n').toString();
  }

  private String line(Row row, Variant variant) {
    var proxied = variant != Variant.DIRECT;
    return "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n"
        .formatted(
            row.title(),
            variant.title(),
            median(row, variant, Metric.REQUESTS_PER_SECOND, "%,.0f"),
            median(row, variant, Metric.MEGABYTES_PER_SECOND, "%,.1f"),
            median(row, variant, Metric.P50_MILLIS, "%.2f"),
            median(row, variant, Metric.P99_MILLIS, "%.2f"),
            proxied ? median(row, variant, Metric.CPU_MICROS_PER_REQUEST, "%,.1f") : "-",
            ratio(row, Metric.REQUESTS_PER_SECOND, variant)
                + ", "
                + ratio(row, Metric.CPU_MICROS_PER_REQUEST, variant),
            proxied ? median(row, variant, Metric.RESIDENT_MEGABYTES, "%.0f") : "-");
  }

  private String median(Row row, Variant variant, Metric metric, String format) {
    return String.format(Locale.ROOT, format, results.median(row, variant, metric));
  }

  private String ratio(Row row, Metric metric, Variant variant) {
    if (variant == Variant.DIRECT && metric == Metric.CPU_MICROS_PER_REQUEST) {
      return "-";
    }
    return results
        .ratio(row, metric, variant, Variant.NGINX_2)
        .map(ratio -> String.format(Locale.ROOT, "%.2fx", ratio.median()))
        .orElse("-");
  }

  private String errors() {
    var lines = new StringBuilder();
    for (var row : settings.rows()) {
      for (var variant : settings.variants()) {
        var errors = results.errors(row, variant);
        if (errors > 0) {
          lines.append(
              "**%d requests failed**: %s, %s.\n".formatted(errors, row.title(), variant.title()));
        }
      }
    }
    return lines.isEmpty() ? "" : lines.append('\n').toString();
  }

  private String memory() {
    var line = new StringBuilder("Most memory of all proxies of a way during the rounds:");
    var separator = " ";
    for (var variant : settings.variants()) {
      var peak = peaks.get(variant);
      if (peak != null && variant != Variant.DIRECT) {
        line.append(separator)
            .append(String.format(Locale.ROOT, "%s %.0f MiB", variant.title(), peak / 1048576.0));
        separator = "; ";
      }
    }
    return line.append(".\n\n").toString();
  }

  private String stalls() {
    if (trials.isEmpty()) {
      return "";
    }
    var table =
        new StringBuilder(
            """
            One live visitor fetching 100 kB, %d s alone, then %1$d s beside %d stalled ones (10 MB asked, 8 kB receive buffer, never read, and had %d s to fill up);
            medians of the rounds:

            | way | p50 ms alone, beside | ratio | p99 ms alone, beside | ratio | fetches alone, beside | stalled visitors cut |
            |---|---:|---:|---:|---:|---:|---:|
            """
                .formatted(
                    settings.stallSeconds(), StalledCrowd.VISITORS, StallTrial.FILL.toSeconds()));
    for (var variant : settings.variants()) {
      var ofIt = trials.stream().filter(trial -> trial.variant() == variant).toList();
      if (!ofIt.isEmpty()) table.append(stall(variant, ofIt));
    }
    return table.append('\n').toString();
  }

  private static String stall(Variant variant, List<StallTrial> trials) {
    return String.format(
        Locale.ROOT,
        "| %s | %.2f, %.2f | %s | %.2f, %.2f | %s | %,.0f, %,.0f | %.0f |\n",
        variant.title(),
        median(trials, trial -> trial.alone().p50Millis()),
        median(trials, trial -> trial.beside().p50Millis()),
        ratio(trials, StallTrial::p50Ratio),
        median(trials, trial -> trial.alone().p99Millis()),
        median(trials, trial -> trial.beside().p99Millis()),
        ratio(trials, StallTrial::p99Ratio),
        median(trials, trial -> trial.alone().count()),
        median(trials, trial -> trial.beside().count()),
        median(trials, StallTrial::cut));
  }

  private static double median(List<StallTrial> trials, ToDoubleFunction<StallTrial> figure) {
    return Ratio.median(trials.stream().map(figure::applyAsDouble).toList());
  }

  private static String ratio(List<StallTrial> trials, ToDoubleFunction<StallTrial> figure) {
    return Ratio.of(trials.stream().map(figure::applyAsDouble).toList())
        .map(Ratio::text)
        .orElse("-");
  }

  private String targets() {
    var table = new StringBuilder("| target | wanted | measured | |\n|---|---|---|---|\n");
    for (var verdict : Target.judge(results, trials)) {
      table.append(
          "| %s | %s | %s | %s |\n"
              .formatted(
                  verdict.work(), verdict.demanded(), verdict.measured(), word(verdict.outcome())));
    }
    return table.toString();
  }

  private static String word(Outcome outcome) {
    return switch (outcome) {
      case HELD -> "held";
      case MISSED -> "**missed**";
      case NOT_MEASURED -> "not measured";
    };
  }
}
