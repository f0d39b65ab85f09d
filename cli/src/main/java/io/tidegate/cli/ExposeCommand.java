package io.tidegate.cli;

import io.tidegate.agent.Agent;
import io.tidegate.agent.AgentConfig;
import io.tidegate.edge.keys.Names;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.tls.PemException;
import io.tidegate.net.tls.PemFile;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Gives a local app a public address until it is told to stop.
@Command(
    name = "expose",
    description = "Gives an app on this machine or its network a public URL, through an edge.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidegate expose 3000",
      "  tidegate expose 5173 --name shop --host-header rewrite",
      "  TIDEGATE_TOKEN=... tidegate expose 192.168.1.5:80 --edge https://edge.example.com"
    })
final class ExposeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ExposeCommand.class);

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PORT|HOST:PORT|URL",
      description = "The app. A port alone is on this machine.")
  private String target;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "",
      description = "The name before the edge's domain. Default: a random one.")
  private String name = "";

  @Option(
      names = "--edge",
      paramLabel = "URL",
      defaultValue = "${env:TIDEGATE_EDGE:-http://127.0.0.1:8080}",
      description = "The edge. Default: TIDEGATE_EDGE, or else http://127.0.0.1:8080.")
  private String edge = "";

  @Option(
      names = "--token",
      paramLabel = "@FILE",
      description =
          "The file with the token; or the token itself, which others can then see. Default:"
              + " TIDEGATE_TOKEN, or what an edge on this machine left for its user.")
  private @Nullable String token;

  @Option(
      names = "--host-header",
      paramLabel = "rewrite|VALUE",
      defaultValue = "",
      description = "What the app gets as Host: its own address, or VALUE. Default: the visitor's.")
  private String hostHeader = "";

  @Option(
      names = "--allow-upgrade",
      paramLabel = "PROTOCOL",
      description = "A protocol besides websocket that may be upgraded to; may be repeated.")
  private List<String> upgrades = new ArrayList<>();

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "Who vouches for an https edge, PEM. Default: the authorities that Java trusts.")
  private @Nullable Path authorities;

  @Option(
      names = "--insecure",
      description = "Send the token over plain http:// to an edge on another machine.")
  private boolean insecure;

  ExposeCommand() {}

  @Override
  public Integer call() throws IOException {
    var config = config();
    try (var stop = new UntilStopped();
        var printer = new Printer(spec.commandLine().getOut());
        var loops = Loops.open(LoopsConfig.forCommand("agent"))) {
      loops.onBroken(cause -> {
        LOG.error("Broken, ending with status {}", ExitCode.BROKEN.status(), cause);
        stop.end(ExitCode.BROKEN);
      });
      var ansi = spec.commandLine().getColorScheme().ansi();
      var lines = new RequestLines(printer, ansi, config.app().toString(), !hostHeader.isEmpty());
      try (var agent = Agent.start(loops, config, lines)) {
        var _ = agent.end().thenAccept(end -> stop.end(code(end)));
        return stop.await().status();
      }
    }
  }

  private static ExitCode code(Agent.End end) {
    return switch (end) {
      case CLOSED -> ExitCode.OK;
      case TOKEN -> ExitCode.TOKEN;
      case NAME, SUPERSEDED -> ExitCode.NAME;
      case USAGE -> ExitCode.USAGE;
      case UNTRUSTED -> ExitCode.FAILED;
    };
  }

  private AgentConfig config() throws IOException {
    try {
      var app = Target.parse(target);
      check();
      return new AgentConfig(
          edge(),
          readToken(),
          name,
          app,
          hostHeader.equals("rewrite") ? Target.authority(app) : hostHeader,
          upgrades,
          insecure,
          wire(),
          Duration.ofSeconds(5),
          authorities == null ? List.of() : PemFile.certificates(authorities));
    } catch (PemException unusable) {
      throw new CommandFailure(ExitCode.USAGE, "--ca: " + unusable.getMessage());
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), wrong.getMessage());
    }
  }

  /// What the edge would refuse is said at once.
  private void check() {
    if (!name.isEmpty() && !Names.isValid(name))
      throw new IllegalArgumentException(Names.refusal(name));
    if (!hostHeader.matches("[!-~]{0,255}"))
      throw new IllegalArgumentException(
          "--host-header: not a host: '" + hostHeader + "'; write rewrite, or like localhost:3000");
  }

  private URI edge() {
    try {
      return new URI(edge);
    } catch (URISyntaxException _) {
      throw new IllegalArgumentException("the edge must be http://HOST[:PORT], or https: " + edge);
    }
  }

  /// For tests and for those who look into a problem: the agent finds out by itself.
  private static AgentConfig.Wire wire() {
    return AgentConfig.Wire.valueOf(
        System.getProperty("tidegate.link", "auto").toUpperCase(Locale.ROOT));
  }

  private String readToken() throws IOException {
    if (token == null) return System.getenv().getOrDefault("TIDEGATE_TOKEN", "").strip();
    if (token.startsWith("@")) return FirstLine.of(Path.of(token.substring(1)));
    spec.commandLine()
        .getErr()
        .println(
            "tidegate: others on this machine can see a token on the command line; use --token"
                + " @FILE or TIDEGATE_TOKEN");
    return token;
  }
}
