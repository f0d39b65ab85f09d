package io.tidegate.proof.hub;

import io.tidegate.proof.Machine;
import io.tidegate.proof.Ratio;
import io.tidegate.proof.peers.Stack;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// What one run of the hub benchmark says, as Markdown.
///
/// @param absent what this machine lacks, a sentence each
record HubReport(
    LocalDate date, Machine machine, HubPlan plan, HubResults results, List<String> absent) {
  private static final double MEBI = 1048576;

  String markdown() {
    return head() + fanOut() + sleepers() + storms() + HubGoal.table(plan, results);
  }

  private String head() {
    var left = absent.isEmpty() ? "" : "**Left out**: " + String.join("; ", absent) + ".\n";
    return """
    %s, commit %s. %s. Netty %s.
    Rounds: %d of %d s, servers interleaved, medians; ratios are medians of the ratios of each round. All on 127.0.0.1; %,d subscribers on one thread of the benchmark,
    %,d messages a second of %,d B, %s. Each server on one processor: JVMs `%s`, nats-server with `GOMAXPROCS=1`; all else as each has it by default. Warmed up for %d s each.
    CPU is user and system time of the server's process a message that arrived.
    %s
    """
        .formatted(
            date,
            machine.commit(),
            machine.described(),
            Stack.NETTY.version(),
            plan.rounds(),
            plan.seconds(),
            plan.subscribers(),
            plan.rate(),
            plan.bytes(),
            plan.burst() == 1 ? "evenly" : "in bursts of " + plan.burst(),
            String.join(" ", Stage.flags(plan.heap())),
            plan.warmSeconds(),
            left);
  }

  private List<Broadcaster> measured() {
    return plan.servers().stream().filter(server -> !results.of(server).isEmpty()).toList();
  }

  // ---- fan-out

  private String fanOut() {
    var table =
        new StringBuilder(
            """
            | server | deliveries/s | p50 ms | p99 ms | CPU us/delivery | Tidegate's CPU to it | missed | cut | refused at first | RSS MiB | load busy |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            """);
    for (var server : measured()) table.append(fanOut(server));
    return table.append('\n').toString();
  }

  private String fanOut(Broadcaster server) {
    var trials = results.of(server);
    return "| %s | %s | %s | %s | %s | %s | %,d | %,d | %,d | %s | %s |\n"
        .formatted(
            server.title(),
            median(server, "%,.0f", each -> each.alone().deliveriesPerSecond()),
            median(server, "%.2f", each -> each.alone().p50Millis()),
            median(server, "%.2f", each -> each.alone().p99Millis()),
            median(server, "%.2f", each -> each.alone().cpuMicrosPerDelivery()),
            text(
                results.ratio(
                    Broadcaster.TIDEGATE, server, each -> each.alone().cpuMicrosPerDelivery())),
            trials.stream().mapToLong(each -> each.alone().missed()).sum(),
            trials.stream().mapToLong(each -> each.alone().cut()).sum(),
            trials.stream().mapToLong(Trial::refusals).sum(),
            median(server, "%,.0f", each -> each.residentBytes() / MEBI),
            median(server, "%.0f %%", each -> each.alone().loadShare() * 100));
  }

  private String median(Broadcaster server, String format, ToDoubleFunction<Trial> figure) {
    return text(format, results.median(server, figure));
  }

  private static String text(String format, Optional<Double> figure) {
    return figure.map(value -> String.format(Locale.ROOT, format, value)).orElse("-");
  }

  private static String text(Optional<Ratio> ratio) {
    return ratio.map(Ratio::text).orElse("-");
  }

  // ---- sleepers

  private String sleepers() {
    if (plan.sleepers() == 0) return "";
    var table =
        new StringBuilder(
            """
            The same for %d s beside %,d more that never read (%d %% of the others; Tidegate's stall deadline is %d s, as `tidegate hub` has it; nats-server's write deadline 10 s):

            | server | p99 ms alone, beside | ratio | CPU us/delivery | missed | readers cut | sleepers cut | RSS MiB more | kernel queues MiB more | all TCP MiB more |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            """
                .formatted(
                    plan.sleeperSeconds(),
                    plan.sleepers(),
                    plan.sleeperPercent(),
                    HubServer.STALL.toSeconds()));
    for (var server : measured()) {
      if (!results.sleeps(server).isEmpty()) table.append(sleepers(server));
    }
    return table.append('\n').toString();
  }

  private String sleepers(Broadcaster server) {
    var sleeps = results.sleeps(server);
    return "| %s | %s, %s | %s | %s | %,d | %,d | %s | %s | %s | %s |\n"
        .formatted(
            server.title(),
            median(server, "%.2f", each -> each.alone().p99Millis()),
            beside(server, "%.2f", each -> each.beside().p99Millis()),
            text(results.besideP99(server)),
            beside(server, "%.2f", each -> each.beside().cpuMicrosPerDelivery()),
            sleeps.stream().mapToLong(each -> each.beside().missed()).sum(),
            sleeps.stream().mapToLong(each -> each.beside().cut()).sum(),
            beside(server, "%,.0f", Trial.Sleep::cut),
            beside(server, "%,.1f", each -> each.residentBytes() / MEBI),
            beside(server, "%,.1f", each -> each.queuedBytes() / MEBI),
            beside(server, "%,.1f", each -> each.kernelBytes() / MEBI));
  }

  private String beside(Broadcaster server, String format, ToDoubleFunction<Trial.Sleep> figure) {
    return text(format, HubResults.median(results.sleeps(server).stream(), figure));
  }

  // ---- the storm

  private String storms() {
    var storms = results.storms();
    if (storms.isEmpty()) return "";
    return """
    Reconnect storm: %,d clients of Tidegate come back at once and resume, %s messages behind; medians of %d rounds, counts of all:

    | delivered | lost | gaps told | twice | half of them are there after ms | all after ms | CPU ms | CPU us/delivery, handshakes included |
    |---:|---:|---:|---:|---:|---:|---:|---:|
    | %,d | %,d | %,d | %,d | %s | %s | %s | %s |

    """
        .formatted(
            plan.stormers(),
            storm("%,.0f", Storm::behind),
            storms.size(),
            storms.stream().mapToLong(Storm::deliveries).sum(),
            storms.stream().mapToLong(Storm::lost).sum(),
            storms.stream().mapToLong(Storm::gaps).sum(),
            storms.stream().mapToLong(Storm::repeated).sum(),
            storm("%,.0f", Storm::p50Millis),
            storm("%,.0f", Storm::lastMillis),
            storm("%,.0f", each -> each.cpuMicros() / 1e3),
            storm("%.2f", Storm::cpuMicrosPerDelivery));
  }

  private String storm(String format, ToDoubleFunction<Storm> figure) {
    return text(format, HubResults.median(results.storms().stream(), figure));
  }
}
