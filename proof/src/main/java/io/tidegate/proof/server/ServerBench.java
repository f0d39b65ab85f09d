package io.tidegate.proof.server;

import io.tidegate.proof.Figures;
import io.tidegate.proof.Machine;
import io.tidegate.proof.Rig;
import io.tidegate.proof.server.Measured.Metric;
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

/// Measures the library's server beside others. The report is on standard output, progress on
/// standard error.
@Command(
    name = "server",
    description = "Measures the library's server beside others. Needs nginx, haproxy and wrk.",
    usageHelpAutoWidth = true)
public final class ServerBench implements Callable<Integer> {
  private static final String PROGRAM = "bench server";
  private static final int NATIVE_WARM_SECONDS = 1;

  private final Measurements measurements = new Measurements();

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--starts",
      description = "How often the servers under load are started anew. Default: ${DEFAULT-VALUE}.")
  private int starts = 3;

  @Option(names = "--rounds", description = "Of each start. Default: ${DEFAULT-VALUE}.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "Of each measurement. Default: ${DEFAULT-VALUE}.")
  private int seconds = 5;

  @Option(
      names = "--warm-seconds",
      description =
          "Load before the first round, for each JVM and each row. Default: ${DEFAULT-VALUE}.")
  private int warmSeconds = 20;

  @Option(
      names = "--sockets",
      description = "WebSockets that idle at once. Default: ${DEFAULT-VALUE}.")
  private int sockets = Plan.SOCKETS;

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "ROW",
      description = "Of hello, file, idle. Default: all.")
  private List<Work> works = List.of(Work.values());

  @Option(
      names = "--servers",
      split = ",",
      paramLabel = "NAME",
      description =
          "Of nginx, netty, tidegate-loop, tidegate, tidegate-files, helidon, vertx, undertow, jetty, tomcat,"
              + " java-websocket. Default: all.")
  private List<Contender> contenders = List.of(Contender.values());

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description = "Of each JVM under load. Default: ${DEFAULT-VALUE}.")
  private String heap = "256m";

  @Option(
      names = "--idle-heap",
      paramLabel = "SIZE",
      description = "Of each JVM with idle WebSockets. Default: ${DEFAULT-VALUE}.")
  private String idleHeap = "2g";

  @Option(
      names = "--write",
      description =
          "Put the report into docs/figures.md. Only of a whole run, with all defaults or more.")
  private boolean write;

  /// Filled in by picocli.
  public ServerBench() {}

  @Override
  public Integer call() throws IOException {
    var plan = plan();
    if (write && !plan.forTheRecord()) {
      throw bad(
          "--write needs all rows and servers, 3 starts of 2 rounds, 20 s of warm-up, 15,000 sockets");
    }
    var root = Path.of(System.getProperty("tidegate.home", "")).toAbsolutePath();
    var machine = Machine.read(root);
    var directory = newDirectory(root);
    say("starting; load of the machine before: " + machine.load());
    measureLoads(plan, directory);
    var trials = idle(plan, directory);
    Rig.remove(directory); // kept, for its logs, if anything failed before
    var today = LocalDate.now(ZoneId.systemDefault());
    var report = new ServerReport(today, machine, plan, measurements, trials).markdown();
    System.out.println(report);
    if (write) {
      new Figures(root.resolve("docs/figures.md")).write(PROGRAM, report);
    }
    return 0;
  }

  private Plan plan() {
    try {
      return new Plan(
          starts, rounds, seconds, warmSeconds, sockets, works, contenders, heap, idleHeap);
    } catch (IllegalArgumentException e) {
      throw bad(e.getMessage());
    }
  }

  private ParameterException bad(@Nullable String why) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), why);
  }

  private static Path newDirectory(Path root) throws IOException {
    var target = Files.createDirectories(root.resolve("proof/target"));
    return Files.createTempDirectory(target, "bench-server-");
  }

  private void measureLoads(Plan plan, Path directory) throws IOException {
    var started =
        plan.loads().stream().flatMap(work -> plan.contenders(work).stream()).distinct().toList();
    if (started.isEmpty()) return;
    for (int start = 0; start < plan.starts(); start++) {
      var own = Files.createDirectory(directory.resolve("load-" + start));
      try (var lineup = Lineup.start(started, own, plan.heap())) {
        warm(lineup, plan);
        int first = start * plan.rounds();
        for (int i = 0; i < plan.rounds(); i++) measureRound(lineup, plan, first + i);
      }
    }
  }

  private static void warm(Lineup lineup, Plan plan) throws IOException {
    for (var work : plan.loads()) {
      for (var contender : plan.contenders(work)) {
        lineup.check(contender, work);
        int length = contender.onJvm() ? plan.warmSeconds() : NATIVE_WARM_SECONDS;
        say("warming %s for %d s: %s".formatted(contender.title(), length, work.title()));
        var _ = lineup.load(contender, work, length);
      }
    }
  }

  /// Each round begins with another server, so that none always runs behind the same one.
  private void measureRound(Lineup lineup, Plan plan, int round) throws IOException {
    for (var work : plan.loads()) {
      var order = new ArrayList<>(plan.contenders(work));
      Collections.rotate(order, -round);
      for (var contender : order) {
        var before = lineup.usage(contender);
        var load = lineup.load(contender, work, plan.seconds());
        var after = lineup.usage(contender);
        var cpu = after.cpuMicros() - before.cpuMicros();
        var measured = new Measured(work, contender, round, load, cpu, after.residentBytes());
        measurements.add(measured);
        say(told(measured));
      }
    }
  }

  private static String told(Measured measured) {
    return String.format(
        Locale.ROOT,
        "round %d, %s, %s: %,.0f req/s, %,.1f us",
        measured.round() + 1,
        measured.work().title(),
        measured.contender().title(),
        measured.value(Metric.REQUESTS_PER_SECOND),
        measured.value(Metric.CPU_MICROS_PER_REQUEST));
  }

  private static List<IdleTrial> idle(Plan plan, Path directory) throws IOException {
    var trials = new ArrayList<IdleTrial>();
    if (!plan.works().contains(Work.IDLE)) return trials;
    for (var contender : plan.contenders(Work.IDLE)) {
      var own = Files.createDirectory(directory.resolve("idle-" + contender.key()));
      var trial = IdleTrial.run(contender, plan, own);
      say(
          String.format(
              Locale.ROOT,
              "%s: %,d idle WebSockets, %,.0f B of heap each",
              contender.title(),
              trial.sockets(),
              trial.heapBytesEach()));
      trials.add(trial);
    }
    return trials;
  }

  private static void say(String line) {
    System.err.println(line);
  }
}
