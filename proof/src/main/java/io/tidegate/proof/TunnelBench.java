package io.tidegate.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Measures a tunnel beside nginx and haproxy. The report is on standard output, progress on
/// standard error.
@Command(
    name = "tunnel",
    description = "Measures a tunnel beside nginx and haproxy. Needs nginx, haproxy and wrk.",
    usageHelpAutoWidth = true)
final class TunnelBench implements Callable<Integer> {
  private static final String PROGRAM = "bench tunnel";

  /// Of the ways without a JVM, so that their kept connections exist.
  private static final int NATIVE_WARM_SECONDS = 1;

  private static final int WARM_STEP_SECONDS = 3;

  /// Every path that is measured, by turns: what is compiled for one may be compiled again for
  /// another.
  private static final List<Row> WARM_ROWS = List.of(Row.SMALL_64, Row.PAGE_64, Row.BULK_16);

  private final Results results = new Results();

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--rounds", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "Of each measurement. Default: ${DEFAULT-VALUE}.")
  private int seconds = 5;

  @Option(
      names = "--warm-seconds",
      description =
          "Load before the first round, for each way on the JVM. Default: ${DEFAULT-VALUE}.")
  private int warmSeconds = 90;

  @Option(
      names = "--stall-seconds",
      description =
          "A live visitor alone, and beside 64 stalled ones; 0: not at all. Default:"
              + " ${DEFAULT-VALUE}.")
  private int stallSeconds = 30;

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "ROW",
      description = "Of 13b-1, 13b-64, 13b-256, 100k-64, 10m-16. Default: all.")
  private List<Row> rows = List.of(Row.values());

  @Option(
      names = "--variants",
      split = ",",
      paramLabel = "WAY",
      description = "Of direct, nginx1, nginx2, haproxy1, tidegate, tidegate-ws. Default: all.")
  private List<Variant> variants = List.of(Variant.values());

  @Option(
      names = "--quick",
      description = "One round of 1 s, 2 s warm-up, 2 s of stalling: shows that it works, no more.")
  private boolean quick;

  @Option(
      names = "--workers",
      description =
          "nginx workers a hop, haproxy threads, event loops of edge and of agent. Default:"
              + " ${DEFAULT-VALUE}.")
  private int workers = 1;

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Of edge and agent each. Default: ${DEFAULT-VALUE}, the launcher's.")
  private String heap = "64m";

  @Option(
      names = "--direct",
      paramLabel = "SIZE",
      description = "Direct memory of edge and agent each. Default: ${DEFAULT-VALUE}.")
  private String direct = "64m";

  @Option(names = "--jvm-option", paramLabel = "OPTION", description = "One more for both JVMs.")
  private List<String> jvmOptions = List.of();

  @Option(names = "--edge-option", paramLabel = "OPTION", description = "One more of the edge.")
  private List<String> edgeOptions = List.of();

  @Option(names = "--agent-option", paramLabel = "OPTION", description = "One more of the agent.")
  private List<String> agentOptions = List.of();

  @Option(
      names = "--write",
      description =
          "Put the report into docs/figures.md. Only of a whole run, with all defaults or more.")
  private boolean write;

  TunnelBench() {}

  @Override
  public Integer call() throws IOException {
    var settings = settings();
    if (write && !settings.forTheRecord()) {
      throw bad(
          "--write needs all rows and ways, 3 rounds, 60 s of warm-up and the stalled visitors");
    }
    var root = Path.of(System.getProperty("tidegate.home", "")).toAbsolutePath();
    var machine = Machine.read(root);
    var directory = newDirectory(root);
    var report = measure(settings, machine, directory);
    Rig.remove(directory); // kept, for its logs, if anything failed before
    System.out.println(report);
    if (write) {
      new Figures(root.resolve("docs/figures.md")).write(PROGRAM, report);
    }
    return 0;
  }

  private Settings settings() {
    try {
      var processes =
          new TidegateCommands(heap, direct, workers, jvmOptions, edgeOptions, agentOptions);
      return quick
          ? new Settings(1, 1, 2, 2, rows, variants, workers, processes)
          : new Settings(
              rounds, seconds, warmSeconds, stallSeconds, rows, variants, workers, processes);
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
  }

  private ParameterException bad(@Nullable String why) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), why);
  }

  private static Path newDirectory(Path root) throws IOException {
    var target = Files.createDirectories(root.resolve("proof/target"));
    return Files.createTempDirectory(target, "bench-tunnel-");
  }

  private String measure(Settings settings, Machine machine, Path directory) throws IOException {
    say("starting; load of the machine before: " + machine.load());
    try (var rig = Rig.start(settings, directory)) {
      warm(rig, settings);
      for (int round = 0; round < settings.rounds(); round++) {
        measureRound(rig, settings, round);
      }
      var peaks = peaks(rig);
      var trials = stall(rig, settings);
      return new Report(
              LocalDate.now(ZoneId.systemDefault()), machine, settings, results, peaks, trials)
          .markdown();
    }
  }

  private static void warm(Rig rig, Settings settings) throws IOException {
    for (var way : rig.ways()) {
      var length = way.variant().onJvm() ? settings.warmSeconds() : NATIVE_WARM_SECONDS;
      say("warming %s for %d s".formatted(way.variant().title(), length));
      for (int done = 0; done < length; done += WARM_STEP_SECONDS) {
        var row = WARM_ROWS.get(done / WARM_STEP_SECONDS % WARM_ROWS.size());
        var _ = rig.load(way, row, Math.min(length - done, WARM_STEP_SECONDS));
      }
    }
  }

  /// Each round begins with another way, so that none always runs behind the same one.
  private void measureRound(Rig rig, Settings settings, int round) throws IOException {
    var order = new ArrayList<>(rig.ways());
    Collections.rotate(order, -round);
    for (var row : settings.rows()) {
      for (var way : order) {
        var sample = measure(rig, way, row, round, settings.seconds());
        results.add(sample);
        say(
            String.format(
                Locale.ROOT,
                "round %d, %s, %s: %,.0f req/s, %,.1f us",
                round + 1,
                row.title(),
                way.variant().title(),
                sample.value(Sample.Metric.REQUESTS_PER_SECOND),
                sample.value(Sample.Metric.CPU_MICROS_PER_REQUEST)));
      }
    }
  }

  private static Sample measure(Rig rig, Way way, Row row, int round, int seconds)
      throws IOException {
    var before = way.usage();
    var load = rig.load(way, row, seconds);
    var after = way.usage();
    return new Sample(
        row,
        way.variant(),
        round,
        load,
        after.cpuMicros() - before.cpuMicros(),
        after.residentBytes());
  }

  private static Map<Variant, Long> peaks(Rig rig) throws IOException {
    var peaks = new EnumMap<Variant, Long>(Variant.class);
    for (var way : rig.ways()) {
      peaks.put(way.variant(), way.usage().peakResidentBytes());
    }
    return peaks;
  }

  /// Each round has a trial of each way, so that what else the machine does falls on all.
  private static List<StallTrial> stall(Rig rig, Settings settings) throws IOException {
    var trials = new ArrayList<StallTrial>();
    for (int round = 1; settings.stallSeconds() > 0 && round <= settings.rounds(); round++) {
      for (var way : rig.ways()) {
        if (way.variant() != Variant.NGINX_2 && way.variant() != Variant.TIDEGATE) continue;
        say(
            "round %d, %s: one live visitor, then %d stalled ones beside it"
                .formatted(round, way.variant().title(), StalledCrowd.VISITORS));
        trials.add(StallTrial.run(way, settings.stall()));
      }
    }
    return trials;
  }

  private static void say(String line) {
    System.err.println(line);
  }
}
