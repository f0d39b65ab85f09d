package io.tidegate.proof.torture;

import io.tidegate.proof.Figures;
import io.tidegate.proof.Machine;
import io.tidegate.proof.torture.Siege.Force;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Attacks a server and prints what became of it.
@Command(
    name = "torture",
    description =
        "Attacks a server of yours in every way of the catalogue, while polite clients ask it for a page. "
            + "Exits with 1 if they were not answered throughout, or not again afterwards; "
            + "with --against, if Tidegate's were not.")
public final class TortureCommand implements Callable<Integer> {
  private static final String PROGRAM = "bench torture";
  private static final int MOST_SECONDS = 3_600;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "URL",
      description = "http://HOST:PORT/PAGE, of which polite clients fetch the page.")
  private @Nullable URI url;

  @Option(
      names = "--against",
      split = ",",
      paramLabel = "NAME",
      description =
          "Start these servers and attack them, instead of one of yours: tidegate, netty, helidon, vertx,"
              + " jetty, undertow, tomcat, java-websocket, or all.")
  private List<String> against = List.of();

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      description =
          "Of each server of --against; as much direct memory. Default: ${DEFAULT-VALUE}.")
  private String heap = "64m";

  @Option(
      names = "--group",
      paramLabel = "MIB",
      description =
          "Each server of --against in a memory cgroup of so many MiB. Linux, as a user who may make"
              + " one. Default: in none of its own.")
  private @Nullable Integer group;

  @Option(
      names = "--pid",
      paramLabel = "N",
      description = "The server's process, to watch its memory.")
  private @Nullable Long pid;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long each attack lasts. Default: 20.")
  private int seconds = 20;

  @Option(
      names = "--warm-seconds",
      paramLabel = "N",
      description =
          "For how long each attack is made before, unjudged: what a server in a virtual machine does for"
              + " the first time it does slowly. Default: 0.")
  private int warmSeconds;

  @Option(
      names = "--peers",
      paramLabel = "N",
      description = "How many attack at once. Default: 500.")
  private int peers = 500;

  @Option(
      names = "--attacks",
      paramLabel = "LIST",
      description = "Which, as silent,ws-*. Default: all.")
  private String attacks = "";

  @Option(names = "--list", description = "Tell the attacks and end.")
  private boolean list;

  @Option(
      names = "--large",
      paramLabel = "PATH",
      description = "A long answer. Default: ${DEFAULT-VALUE}.")
  private String large = "/bytes/100000000";

  @Option(
      names = "--upload",
      paramLabel = "PATH",
      description = "Takes a body. Default: ${DEFAULT-VALUE}.")
  private String upload = "/echo";

  @Option(
      names = "--events",
      paramLabel = "PATH",
      description = "Server-sent events. Default: ${DEFAULT-VALUE}.")
  private String events = "/events";

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "WebSockets. Default: ${DEFAULT-VALUE}.")
  private String socket = "/ws";

  @Option(
      names = "--write",
      description = "Put the table of --against all into docs/figures.md. Only of all attacks.")
  private boolean write;

  /// Filled in by picocli.
  public TortureCommand() {}

  @Override
  public Integer call() throws IOException {
    var out = spec.commandLine().getOut();
    if (list) {
      Catalogue.ALL.forEach(attack -> out.println(attack.name() + ": " + attack.parameters()));
      return 0;
    }
    var chosen = chosen();
    if (write && !(against.contains(Subject.ALL_KEYS) && chosen.equals(Catalogue.ALL)))
      throw wrong("--write needs --against all, and all attacks");
    return against.isEmpty() ? attack(chosen, out) : tour(chosen, out);
  }

  private int attack(List<Attack> chosen, PrintWriter out) throws IOException {
    var victim = new Victim(pid == null ? OptionalLong.empty() : OptionalLong.of(pid));
    try (var siege = Siege.begin(ground(), victim, force())) {
      out.print(Verdict.HEAD);
      int failed = 0;
      for (var attack : chosen) {
        if (!siege.isOpenTo(attack)) {
          tell(out, Verdict.notOffered(attack));
          continue;
        }
        var verdict = siege.judge(attack);
        tell(out, verdict.row());
        if (!verdict.held()) failed++;
        if (siege.isOver()) break;
      }
      return failed == 0 ? 0 : 1;
    }
  }

  private int tour(List<Attack> chosen, PrintWriter out) throws IOException {
    var root = Path.of(System.getProperty("tidegate.home", "")).toAbsolutePath();
    var machine = Machine.read(root);
    var tour = new Tour(subjects(), chosen, force(), heap, groupBytes());
    var stops = tour.run(out);
    var today = LocalDate.now(ZoneId.systemDefault());
    var report = new TourReport(today, machine, tour, stops).markdown();
    tell(out, "\n" + report);
    if (write) new Figures(root.resolve("docs/figures.md")).write(PROGRAM, report);
    boolean failed =
        stops.stream().anyMatch(stop -> stop.subject() == Subject.TIDEGATE && stop.failed() > 0);
    return failed ? 1 : 0;
  }

  private OptionalLong groupBytes() {
    if (group == null) return OptionalLong.empty();
    if (group < 1) throw wrong("--group not positive: " + group);
    return OptionalLong.of((long) group << 20);
  }

  private static void tell(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }

  private Force force() {
    return new Force(peers, Duration.ofSeconds(seconds), Duration.ofSeconds(warmSeconds));
  }

  private List<Attack> chosen() {
    if (seconds < 1 || seconds > MOST_SECONDS) throw wrong("--seconds not in 1.." + MOST_SECONDS);
    if (warmSeconds < 0 || warmSeconds > MOST_SECONDS)
      throw wrong("--warm-seconds not in 0.." + MOST_SECONDS);
    if (peers < 1 || peers > Siege.MOST_PEERS) throw wrong("--peers not in 1.." + Siege.MOST_PEERS);
    try {
      return Catalogue.named(attacks);
    } catch (IllegalArgumentException none) {
      throw wrong(String.valueOf(none.getMessage()));
    }
  }

  private List<Subject> subjects() {
    if (url != null) throw wrong("either a URL or --against");
    try {
      return Subject.named(against);
    } catch (IllegalArgumentException none) {
      throw wrong(String.valueOf(none.getMessage()));
    }
  }

  private Ground ground() {
    if (url == null) throw wrong("which URL?");
    try {
      return Ground.of(url).withPaths(large, upload, events, socket);
    } catch (IllegalArgumentException none) {
      throw wrong(String.valueOf(none.getMessage()));
    }
  }

  private CommandLine.ParameterException wrong(String why) {
    return new CommandLine.ParameterException(spec.commandLine(), why);
  }
}
