package io.tidegate.cli;

import io.tidegate.client.ClientConfig;
import io.tidegate.client.ClientTls;
import io.tidegate.client.WebSocketClient;
import io.tidegate.client.pool.PoolConfig;
import io.tidegate.client.pool.WebSocketPool;
import io.tidegate.ledger.Rate;
import io.tidegate.net.LoopsConfig;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Keeps a number of WebSockets to a server, and shows how they fare.
@Command(
    name = "pool",
    description = {
      "Keeps a number of WebSockets open to a server, and shows every second how they fare: a tool "
          + "to try a server with.",
      "In a terminal: a table; q and Enter ends. Otherwise: a line a second."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidegate pool ws://127.0.0.1:8088/ws --size 50",
      "  tidegate pool wss://example.com/live --size 500 --lifetime 50s",
      "  tidegate pool ws://127.0.0.1:8088/ws --for 10s > pool.log"
    })
final class PoolCommand implements Callable<Integer> {
  private static final String CLEAR = "\u001b[H\u001b[2J";
  private static final Duration A_SECOND = Duration.ofSeconds(1);

  /// Often enough to see a round trip soon.
  private static final Duration PING = Duration.ofSeconds(5);

  private static final Duration LONGEST_DRAIN = Duration.ofSeconds(5);

  /// Half of the attempts that may begin replace members, where these live for so short a time.
  private static final int ATTEMPTS_A_LIFE = 2;

  private static final int MOST_CONNECTS = 100_000;

  /// The command ends within 2 s of a signal.
  private static final Duration GRACE = Duration.ofMillis(400);

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..64",
      paramLabel = "URL",
      description = "Where to connect, ws:// or wss://; several share the connections.")
  private List<URI> urls = List.of();

  @Option(
      names = "--size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Connections to keep, 1 to 100000. Default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--lifetime",
      paramLabel = "TIME",
      defaultValue = "1h",
      description =
          "Age at which each is replaced, its successor first. Default: ${DEFAULT-VALUE}.")
  private TimeSpan lifetime = new TimeSpan(Duration.ofHours(1));

  @Option(
      names = "--connects",
      paramLabel = "N",
      description =
          "Most attempts a second, 1 to 100000. Default: a sixteenth of --size, at least 8, "
              + "and what a short --lifetime needs.")
  private @Nullable Integer connects;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Who vouches for wss servers (PEM), in place of the authorities Java trusts.")
  private @Nullable Path authorities;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "20",
      description = "Connections to show, 1 to 1000. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "Ends after that. Default: when told to.")
  private @Nullable TimeSpan howLong;

  PoolCommand() {}

  @Override
  public Integer call() throws IOException {
    var config = config();
    var out = spec.commandLine().getOut();
    try (var stop = new UntilStopped();
        var client = client();
        var pool = open(client, config)) {
      watch(pool, out, stop);
      var state = pool.state();
      if (state.totals().opened() == 0) {
        var last = state.last();
        throw new CommandFailure(
            ExitCode.FAILED,
            "no connection was opened"
                + (last == null ? "" : "; the last attempt: " + Wire.text(last.text())));
      }
      return ExitCode.OK.status();
    }
  }

  private PoolConfig config() {
    if (rows < 1 || rows > EdgeFigures.MOST_ROWS) throw wrong("--rows not in 1..1000: " + rows);
    try {
      var endpoints =
          urls.stream()
              .map(url -> new PoolConfig.Endpoint(url, 1))
              .toArray(PoolConfig.Endpoint[]::new);
      var config = PoolConfig.of(urls.getFirst(), size).withEndpoints(endpoints).withTimes(times());
      return config.withConnects(new Rate(connects(config), A_SECOND));
    } catch (IllegalArgumentException wrong) {
      throw wrong(String.valueOf(wrong.getMessage()));
    }
  }

  private int connects(PoolConfig config) {
    if (connects != null) return connects;
    var times = config.times();
    long millis = times.lifetime().minus(times.drain()).toMillis();
    long needed = (long) size * ATTEMPTS_A_LIFE * 1_000 / Math.max(1, millis) + 1;
    return (int) Math.max(config.connects().count(), Math.min(needed, MOST_CONNECTS));
  }

  private PoolConfig.Times times() {
    var life = lifetime.duration();
    var quarter = life.dividedBy(4);
    var drain = quarter.compareTo(LONGEST_DRAIN) < 0 ? quarter : LONGEST_DRAIN;
    return PoolConfig.Times.DEFAULT.withLifetime(life, drain).withGrace(GRACE);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private WebSocketClient client() throws IOException {
    var limits = WebSocketLimits.DEFAULT.withPingInterval(PING);
    var tls =
        authorities == null ? ClientTls.DEFAULT : ClientTls.DEFAULT.withAuthorities(authorities);
    var config =
        ClientConfig.DEFAULT.withWebSocket(WebSocketConfig.DEFAULT.withLimits(limits)).withTls(tls);
    return WebSocketClient.start(LoopsConfig.forCommand("pool"), config);
  }

  private WebSocketPool open(WebSocketClient client, PoolConfig config) {
    try {
      return WebSocketPool.open(client, config, (_, _) -> {});
    } catch (IllegalArgumentException tooFew) {
      throw wrong(tooFew.getMessage() + "; see --connects and --lifetime");
    } catch (IllegalStateException tooLarge) {
      throw new CommandFailure(
          ExitCode.FAILED, tooLarge.getMessage() + "; see --memory and --size");
    }
  }

  private void watch(WebSocketPool pool, PrintWriter out, UntilStopped stop) {
    var terminal = Main.onTerminal();
    if (terminal) {
      var _ = Thread.ofPlatform().daemon().name("tidegate-keys").start(() -> readKeys(stop));
    }
    var screen = new PoolScreen();
    long began = System.nanoTime();
    do {
      long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
      var state = pool.state();
      if (terminal) {
        var page = new StringBuilder(CLEAR);
        screen
            .page(state, pool.members(), rows, seconds)
            .forEach(line -> page.append(line).append('\n'));
        out.print(page.append("\nq ends: "));
      } else {
        out.println(screen.line(state, seconds));
      }
      out.flush();
    } while (!isOver(began) && !stop.await(A_SECOND));
  }

  private boolean isOver(long began) {
    return howLong != null && System.nanoTime() - began >= howLong.duration().toNanos();
  }

  private static void readKeys(UntilStopped stop) {
    try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (var line = in.readLine(); line != null; line = in.readLine()) {
        if (line.strip().equals("q")) stop.end(ExitCode.OK);
      }
    } catch (IOException ended) {
      // nobody types any more
      return;
    }
  }
}
