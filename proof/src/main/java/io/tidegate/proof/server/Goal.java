package io.tidegate.proof.server;

import static io.tidegate.proof.server.Contender.HELIDON;
import static io.tidegate.proof.server.Contender.NETTY;
import static io.tidegate.proof.server.Contender.NGINX;
import static io.tidegate.proof.server.Contender.NGINX_NOPUSH;
import static io.tidegate.proof.server.Contender.TIDEGATE;
import static io.tidegate.proof.server.Contender.TIDEGATE_FILES;
import static io.tidegate.proof.server.Contender.TIDEGATE_LOOP;
import static io.tidegate.proof.server.Contender.VERTX;
import static io.tidegate.proof.server.Contender.VERTX_BLOCKING;
import static io.tidegate.proof.server.Measured.Metric.CPU_MICROS_PER_REQUEST;
import static io.tidegate.proof.server.Measured.Metric.MEGABYTES_PER_CPU_SECOND;

import io.tidegate.proof.Ratio;
import io.tidegate.proof.server.Measured.Metric;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.stream.Stream;

/// What the project wants to hold against a peer in the same run.
record Goal(Work work, Metric metric, Contender contender, Contender against, double times) {
  static final List<Goal> RATIOS =
      List.of(
          new Goal(Work.HELLO, CPU_MICROS_PER_REQUEST, TIDEGATE_LOOP, NETTY, 1.15),
          new Goal(Work.HELLO, CPU_MICROS_PER_REQUEST, TIDEGATE, HELIDON, 1),
          new Goal(Work.HELLO, CPU_MICROS_PER_REQUEST, TIDEGATE, VERTX_BLOCKING, 1),
          new Goal(Work.HELLO, CPU_MICROS_PER_REQUEST, TIDEGATE, VERTX, 1),
          new Goal(Work.FILE, MEGABYTES_PER_CPU_SECOND, TIDEGATE_FILES, NGINX, 0.8),
          new Goal(Work.FILE, MEGABYTES_PER_CPU_SECOND, TIDEGATE_FILES, NGINX_NOPUSH, 0.8));

  /// Of heap for an idle WebSocket, what accounts it included.
  static final int MOST_IDLE_BYTES = 1_300;

  /// The rows of the table of goals.
  static String table(Measurements measurements, List<IdleTrial> trials) {
    var rows =
        Stream.concat(
            RATIOS.stream().map(goal -> goal.row(measurements)), Stream.of(idleRow(trials)));
    return "| target | wanted | measured | |\n|---|---|---|---|\n" + String.join("", rows.toList());
  }

  private String row(Measurements measurements) {
    var more = metric == MEGABYTES_PER_CPU_SECOND;
    var wanted =
        String.format(
            Locale.ROOT, more ? "MB per CPU second >= %.2fx" : "CPU a request <= %.2fx", times);
    var ratio = measurements.ratio(work, metric, contender, against);
    return row(
        "%s: %s against %s".formatted(work.title(), contender.title(), against.title()),
        wanted,
        ratio.map(Ratio::text),
        ratio.map(Ratio::median),
        more ? median -> median >= times : median -> median <= times);
  }

  private static String idleRow(List<IdleTrial> trials) {
    var each =
        trials.stream()
            .filter(trial -> trial.contender() == TIDEGATE)
            .findFirst()
            .map(IdleTrial::heapBytesEach);
    return row(
        "heap of an idle WebSocket: " + TIDEGATE.title(),
        String.format(Locale.ROOT, "<= %,d B", MOST_IDLE_BYTES),
        each.map(bytes -> String.format(Locale.ROOT, "%,.0f B", bytes)),
        each,
        bytes -> bytes <= MOST_IDLE_BYTES);
  }

  private static String row(
      String work,
      String wanted,
      Optional<String> told,
      Optional<Double> figure,
      DoublePredicate holds) {
    var outcome =
        figure.map(value -> holds.test(value) ? "held" : "**missed**").orElse("not measured");
    return "| %s | %s | %s | %s |\n".formatted(work, wanted, told.orElse("-"), outcome);
  }
}
