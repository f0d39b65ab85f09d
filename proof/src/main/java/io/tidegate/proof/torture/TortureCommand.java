package io.tidegate.proof.torture;

import io.tidegate.proof.torture.Attack.Needs;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
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
            + "Exits with 1 if they were not answered throughout, or not again afterwards.")
public final class TortureCommand implements Callable<Integer> {
  private static final int MOST_PEERS = 15_000;
  private static final int MOST_SECONDS = 3_600;

  /// Beyond a target's limit, so that it is met.
  private static final int BEYOND = 64;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "URL",
      description = "http://HOST:PORT/PAGE, of which polite clients fetch the page.")
  private @Nullable URI url;

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
    var ground = ground();
    var victim = new Victim(pid == null ? OptionalLong.empty() : OptionalLong.of(pid));
    var offers = ground.offers();
    try (var trial = new Trial(ground, victim)) {
      if (!trial.begins())
        throw new IOException("no polite answers from " + url + ": nothing to attack");
      out.print(Verdict.HEAD);
      int failed = 0;
      for (var attack : chosen) {
        int count = count(attack, victim);
        if (count == 0
            || (attack.needs() != Needs.DESCRIPTORS && !offers.contains(attack.needs()))) {
          tell(out, "| " + attack.name() + " | - | not offered | | | | | | |");
          continue;
        }
        var verdict = trial.judge(attack, count, Duration.ofSeconds(seconds));
        tell(out, verdict.row());
        if (!verdict.held()) failed++;
        if (victim.ended()) break;
      }
      return failed == 0 ? 0 : 1;
    }
  }

  private static void tell(PrintWriter out, String line) {
    out.println(line);
    out.flush();
  }

  private java.util.List<Attack> chosen() {
    if (seconds < 1 || seconds > MOST_SECONDS) throw wrong("--seconds not in 1.." + MOST_SECONDS);
    if (peers < 1 || peers > MOST_PEERS) throw wrong("--peers not in 1.." + MOST_PEERS);
    try {
      return Catalogue.named(attacks);
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

  /// How many peers; none if the attack cannot be made.
  private int count(Attack attack, Victim victim) {
    if (attack.needs() != Needs.DESCRIPTORS) return Math.min(peers, attack.most());
    long most = victim.mostDescriptors();
    return most == 0 || most + BEYOND > MOST_PEERS ? 0 : (int) most + BEYOND;
  }
}
