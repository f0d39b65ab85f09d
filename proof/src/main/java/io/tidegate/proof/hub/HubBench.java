package io.tidegate.proof.hub;

import io.tidegate.proof.Figures;
import io.tidegate.proof.Machine;
import io.tidegate.proof.Rig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures the hub beside others that deliver to many. The report is on standard output, progress
/// on standard error.
@Command(
    name = "hub",
    description = {
      "Measures the hub's fan-out beside Netty, Node's ws and nats-server: alone, beside",
      "subscribers that sleep, and with clients that come back at once."
    },
    usageHelpAutoWidth = true)
public final class HubBench implements Callable<Integer> {

  private final HubResults results = new HubResults();

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--rounds", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "Of each measurement. Default: ${DEFAULT-VALUE}.")
  private int seconds = 10;

  @Option(
      names = "--warm-seconds",
      description =
          "Deliveries before the first round, for each server. Default: ${DEFAULT-VALUE}.")
  private int warmSeconds = 20;

  @Option(
      names = "--subscribers",
      description = "WebSockets that read one topic. Default: ${DEFAULT-VALUE}.")
  private int subscribers = HubPlan.SUBSCRIBERS;

  @Option(
      names = "--rate",
      description =
          "Messages a second; times the subscribers: deliveries. Default: ${DEFAULT-VALUE}.")
  private int rate = 5;

  @Option(
      names = "--burst",
      description =
          "Of these messages so many come in a row, and none until the next. Default:"
              + " ${DEFAULT-VALUE}.")
  private int burst = 1;

  @Option(names = "--bytes", description = "Of each message. Default: ${DEFAULT-VALUE}.")
  private int bytes = 128;

  @Option(
      names = "--sleepers",
      description =
          "WebSockets beside them that never read; 0: none. Default: a fifth of the subscribers.")
  private @Nullable Integer sleepers;

  @Option(
      names = "--sleeper-seconds",
      description = "Of each measurement beside sleepers. Default: ${DEFAULT-VALUE}.")
  private int sleeperSeconds = 30;

  @Option(
      names = "--storm",
      paramLabel = "CLIENTS",
      description =
          "Clients of ours that come back at once and resume 100 messages; 0: none. Default:"
              + " ${DEFAULT-VALUE}.")
  private int stormers = HubPlan.SUBSCRIBERS;

  @Option(
      names = "--servers",
      split = ",",
      paramLabel = "NAME",
      description = "Of tidegate, netty, node, nats. Default: all.")
  private List<Broadcaster> servers = List.of(Broadcaster.values());

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Of each JVM, and as much direct memory. Default: ${DEFAULT-VALUE}.")
  private String heap = "256m";

  @Option(
      names = "--quick",
      description =
          "One round with 500 subscribers, a few seconds of each: shows that it works, no more.")
  private boolean quick;

  @Option(
      names = "--write",
      description =
          "Put the report into docs/figures.md. Only of a whole run, with all defaults or more.")
  private boolean write;

  /// Filled in by picocli.
  public HubBench() {}

  @Override
  public Integer call() throws IOException {
    var plan = plan();
    if (write && !plan.forTheRecord()) {
      throw bad(
          "--write needs all servers, 3 rounds of 5 s, 20 s of warm-up, 5,000 subscribers of 128 B,"
              + " 1,000 sleepers for 30 s, a storm of 5,000");
    }
    var root = Path.of(System.getProperty("tidegate.home", "")).toAbsolutePath();
    var directory = newDirectory(root);
    var report = measure(plan, root, directory);
    Rig.remove(directory); // kept, for its files, if anything failed before
    System.out.println(report.markdown());
    if (!write) return 0;
    if (!report.absent().isEmpty())
      throw new IOException("not written: " + String.join("; ", report.absent()));
    new Figures(root.resolve("docs/figures.md")).write(plan.program(), report.markdown());
    return 0;
  }

  private HubPlan plan() {
    try {
      return quick
          ? new HubPlan(1, 2, 2, 500, bytes, rate, burst, 100, 3, 200, servers, heap)
          : new HubPlan(
              rounds,
              seconds,
              warmSeconds,
              subscribers,
              bytes,
              rate,
              burst,
              sleepers == null ? subscribers / 5 : sleepers,
              sleeperSeconds,
              stormers,
              servers,
              heap);
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
  }

  private ParameterException bad(@Nullable String why) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), why);
  }

  private static Path newDirectory(Path root) throws IOException {
    var target = Files.createDirectories(root.resolve("proof/target"));
    return Files.createTempDirectory(target, "bench-hub-");
  }

  private HubReport measure(HubPlan plan, Path root, Path directory) throws IOException {
    var machine = Machine.read(root, Stage.tools(root));
    try (var stage = Stage.start(plan, root, directory)) {
      say("starting; load of the machine before: " + machine.load());
      stage.absent().forEach(HubBench::say);
      for (var server : stage.servers()) {
        say("warming %s for %d s".formatted(server.title(), plan.warmSeconds()));
        Trial.warm(server, stage.of(server), plan);
      }
      for (int round = 0; round < plan.rounds(); round++) measureRound(stage, plan, round);
      var today = LocalDate.now(ZoneId.systemDefault());
      return new HubReport(today, machine, plan, results, stage.absent());
    }
  }

  /// Each round begins with another server, so that none always runs behind the same one.
  private void measureRound(Stage stage, HubPlan plan, int round) throws IOException {
    var order = new ArrayList<>(stage.servers());
    Collections.rotate(order, -round);
    for (var server : order) {
      var trial = Trial.run(server, stage.of(server), plan, round);
      results.add(trial);
      say(told(trial));
    }
    if (plan.stormers() == 0 || !order.contains(Broadcaster.TIDEGATE)) return;
    var storm = Storm.run(stage.of(Broadcaster.TIDEGATE), plan);
    results.add(storm);
    say(
        String.format(
            Locale.ROOT,
            "round %d, storm of %,d: %,d messages, %,d lost, the last after %,.0f ms",
            round + 1,
            storm.clients(),
            storm.deliveries(),
            storm.lost(),
            storm.lastMillis()));
  }

  private static String told(Trial trial) {
    return String.format(
        Locale.ROOT,
        "round %d, %s: %,.0f deliveries/s, %.2f us, p99 %.1f ms, beside sleepers %.2fx",
        trial.round() + 1,
        trial.server().title(),
        trial.alone().deliveriesPerSecond(),
        trial.alone().cpuMicrosPerDelivery(),
        trial.alone().p99Millis(),
        trial.besideP99Ratio());
  }

  private static void say(String line) {
    System.err.println(line);
  }
}
