package io.tidegate.cli;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicRule;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.WriteLimits;
import io.tidegate.server.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Serves a hub until it is told to stop.
@Command(
    name = "hub",
    description = {
      "Delivers what is published once to all who subscribe, whatever the slow ones do.",
      "POST /publish/TOPIC; GET /events/TOPIC (server-sent events), /ws/TOPIC (WebSocket), "
          + "/cam/NAME.mjpg and .jpg (of topic cam/NAME); GET /census, /metrics, /healthz; a page "
          + "that shows topics, rates, lag and drops at /.",
      "Without a token it serves this machine alone."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidegate hub",
      "  curl -N localhost:8090/events/chat & curl -d hello -H 'Content-Type: text/plain'"
          + " localhost:8090/publish/chat",
      "  tidegate hub --listen 0.0.0.0:8090 --token-file key --topics topics --memory 512m"
    })
final class HubCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(HubCommand.class);

  /// Of what the process gives out: rings hold most of the bytes, connections most of the entries.
  private static final int RINGS_DIRECT_PERCENT = 60;

  private static final int RINGS_HEAP_PERCENT = 40;

  private static final Duration PAGE_INTERVAL = Duration.ofSeconds(1);

  /// Time for open streams at the end: they do not end by themselves.
  private static final Duration GRACE = Duration.ofMillis(300);

  /// The stall deadline is looked at once a second: the kernel's own end comes behind that.
  private static final Duration BEHIND_STALL = Duration.ofSeconds(10);

  @Spec private CommandSpec spec;

  @Option(
      names = "--listen",
      paramLabel = "ADDR:PORT",
      defaultValue = "127.0.0.1:8090",
      description = "Where to listen; port 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private String listen = "";

  @Option(
      names = "--topics",
      paramLabel = "FILE",
      description =
          "Which topics there are, a line each: PATTERN KIND [BOUND=VALUE...], of kind log, keyed or"
              + " latest. Default: cam/** latest, keyed/** keyed, ** log.")
  private @Nullable Path topics;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "The file whose first line publishers and operators must show as a bearer token; needed"
              + " off loopback.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--private",
      description = "Subscribers must show the token too, as a bearer or as ?access_token=.")
  private boolean isPrivate;

  @Option(
      names = "--stall",
      paramLabel = "TIME",
      description =
          "How long a subscriber may take nothing while bytes wait for it, at most 1h. Default:"
              + " 10s.")
  private @Nullable TimeSpan stall;

  @Option(
      names = "--unused-after",
      paramLabel = "TIME",
      description = "How long a topic lasts that nobody uses. Default: 10m.")
  private @Nullable TimeSpan unusedAfter;

  @Mixin private HubOrigins origins = new HubOrigins();

  @Mixin private HubDialects dialects = new HubDialects();

  HubCommand() {}

  @Override
  public Integer call() throws IOException {
    var address = address();
    var token = token(address);
    var rules = topics == null ? HubTopics.DEFAULT : HubTopics.read(topics);
    var whole = LoopsConfig.forCommand("hub");
    var config = config(rules, ringsOf(whole.budget()));
    var loops = whole.withBudget(restOf(whole.budget()));
    boolean atLoopback = address.getAddress().isLoopbackAddress();
    try (var stop = new UntilStopped();
        var hub = Hub.open(config);
        var service = new HubService(hub, atLoopback, token, isPrivate, origins, PAGE_INTERVAL);
        var server = start(address, loops, hub, service)) {
      service.serves(server);
      CutsLog.start(server.loops());
      var _ =
          server
              .ended()
              .whenComplete((_, cause) -> {
                if (cause == null) return;
                LOG.error("Broken, ending with status {}", ExitCode.BROKEN.status(), cause);
                stop.end(ExitCode.BROKEN);
              });
      say(server, config, loops);
      return stop.await().status();
    }
  }

  private HttpServer start(
      InetSocketAddress address, LoopsConfig loops, Hub hub, HubService service)
      throws IOException {
    try {
      return HttpServer.start(server -> {
        service.describe(server.listen(listener(address)).loops(loops).grace(GRACE));
        dialects.describe(server, hub, origins, service.hasToken(), isPrivate);
      });
    } catch (IOException failed) {
      throw new CommandFailure(
          ExitCode.FAILED, failed.getMessage() + "; name another address with --listen");
    }
  }

  private ListenerConfig listener(InetSocketAddress address) {
    var time = stall == null ? Duration.ofSeconds(10) : stall.duration();
    if (time.compareTo(Duration.ofHours(1)) > 0)
      throw new ParameterException(spec.commandLine(), "--stall is at most 1h: " + stall);
    var usual = WriteLimits.DEFAULT;
    var limits =
        new WriteLimits(time, usual.leastBytesPerSecond(), longer(time, usual.rateWindow()));
    var listener = ListenerConfig.forVisitors(address).withWriteLimits(limits);
    return new ListenerConfig(
        listener.address(),
        patient(listener.options(), time),
        listener.writeLimits(),
        listener.connectionLimits(),
        listener.maxConnections(),
        listener.maxPerAddress(),
        listener.maxIncompletePercent());
  }

  /// The kernel ends a connection whose peer takes nothing too: not before the deadline does.
  private static SocketOptions patient(SocketOptions usual, Duration stall) {
    var user = usual.userTimeout();
    return new SocketOptions(
        usual.keepAliveIdle(),
        user == null ? null : longer(user, stall.plus(BEHIND_STALL)),
        usual.notSentLowBytes(),
        usual.sendBytes(),
        usual.receiveBytes());
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private HubConfig config(List<TopicRule> rules, Budget budget) {
    try {
      var config = HubConfig.DEFAULT.withBudget(budget).withRules(rules);
      return unusedAfter == null ? config : config.withUnusedAfter(unusedAfter.duration());
    } catch (IllegalArgumentException wrong) {
      throw new CommandFailure(
          ExitCode.USAGE, "the memory does not fit. " + wrong.getMessage() + "; raise --memory");
    }
  }

  private static Budget ringsOf(Budget whole) {
    return new Budget(
        whole.directBytes() / 100 * RINGS_DIRECT_PERCENT,
        whole.heapBytes() / 100 * RINGS_HEAP_PERCENT);
  }

  private static Budget restOf(Budget whole) {
    var rings = ringsOf(whole);
    return new Budget(
        whole.directBytes() - rings.directBytes() - HubFeed.BUDGET.directBytes(),
        whole.heapBytes() - rings.heapBytes() - HubFeed.BUDGET.heapBytes());
  }

  private @Nullable String token(InetSocketAddress address) throws IOException {
    if (tokenFile == null) {
      if (!address.getAddress().isLoopbackAddress())
        throw new ParameterException(
            spec.commandLine(),
            "--listen " + listen + " needs --token-file: without a token anyone could publish");
      if (isPrivate)
        throw new ParameterException(spec.commandLine(), "--private needs --token-file");
      return null;
    }
    var token = FirstLine.of(tokenFile);
    if (token.isEmpty())
      throw new CommandFailure(ExitCode.TOKEN, tokenFile + " begins with an empty line");
    return token;
  }

  private InetSocketAddress address() {
    try {
      return ListenAddress.parse(listen);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), "--listen: " + wrong.getMessage());
    }
  }

  private void say(HttpServer server, HubConfig config, LoopsConfig loops) {
    var out = spec.commandLine().getOut();
    out.println("hub      http://" + ListenAddress.text(server.address()) + "/");
    out.println("page     http://" + ListenAddress.text(server.address()) + "/");
    for (var rule : config.rules()) out.println("topics   " + rule.pattern() + " " + rule.kind());
    out.println(
        "memory   direct: rings %s, connections %s; entries: rings %s, connections %s"
            .formatted(
                mib(config.budget().directBytes()),
                mib(loops.budget().directBytes()),
                mib(config.budget().heapBytes()),
                mib(loops.budget().heapBytes())));
    out.flush();
  }

  private static String mib(long bytes) {
    return "%.1f MiB".formatted(bytes / (double) (1 << 20));
  }
}
