package io.tidegate.cli;

import io.tidegate.edge.Admin;
import io.tidegate.edge.Cidr;
import io.tidegate.edge.Edge;
import io.tidegate.edge.EdgeConfig;
import io.tidegate.edge.EdgeTls;
import io.tidegate.http.HttpLimits;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.tls.PemException;
import io.tidegate.net.tls.PemPair;
import io.tidegate.net.tls.TlsEngine;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Serves the public side of tunnels until it is told to stop.
@Command(
    name = "edge",
    description = {
      "Serves the public side of tunnels: visitors come in by host name, agents dial in.",
      "Without tokens it serves this machine alone."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidegate edge",
      "  tidegate edge --listen 0.0.0.0:80 --domain tunnels.example.com --token-file keys --memory"
          + " 512m",
      "  tidegate edge --listen 0.0.0.0:443 --redirect 0.0.0.0:80 --tls-cert chain.pem --tls-key"
          + " key.pem --domain tunnels.example.com --token-file keys"
    })
final class EdgeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeCommand.class);
  static final List<String> LOOPBACK = List.of("127.0.0.1:8080", "[::1]:8080");

  @Spec private CommandSpec spec;

  @Option(
      names = "--listen",
      paramLabel = "ADDR:PORT",
      description =
          "Where visitors and agents arrive; may be repeated. Default: 127.0.0.1:8080 and"
              + " [::1]:8080.")
  private List<String> listen = new ArrayList<>();

  @Option(
      names = "--domain",
      paramLabel = "DOMAIN",
      defaultValue = "localhost",
      description = "Tunnels are NAME.DOMAIN. Default: ${DEFAULT-VALUE}.")
  private String domain = "";

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "Keys of agents, made by 'tidegate token new'; read again when it changes.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description =
          "Serve https: the certificate and those that vouch for it, PEM; may be repeated, one"
              + " --tls-key each. Read again when a file changes.")
  private List<Path> tlsCertificates = new ArrayList<>();

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "The certificate's private key, PEM, without a password.")
  private List<Path> tlsKeys = new ArrayList<>();

  @Option(
      names = "--redirect",
      paramLabel = "ADDR:PORT",
      description = "Where plain http is sent on to https; may be repeated. Needs --tls-cert.")
  private List<String> redirects = new ArrayList<>();

  @Option(
      names = "--trusted-proxy",
      paramLabel = "CIDR",
      description = "Whose X-Forwarded fields count; may be repeated. Default: nobody's.")
  private List<String> trustedProxies = new ArrayList<>();

  @Option(
      names = "--proxy-protocol",
      description =
          "Trusted proxies begin each connection with a PROXY header, version 1 or 2; without one"
              + " they are cut.")
  private boolean proxyProtocol;

  @Option(
      names = "--link-lifetime",
      paramLabel = "TIME",
      description = "Age at which an agent is asked for a new link. Default: never.")
  private @Nullable TimeSpan linkLifetime;

  @Option(
      names = "--answer-timeout",
      paramLabel = "TIME",
      description = "From a request to the head of the app's answer, at most 1h. Default: 2m.")
  private @Nullable TimeSpan answerTimeout;

  @Option(
      names = "--admin",
      paramLabel = "ADDR:PORT",
      description =
          "Where operators see health, metrics and who holds how much ('tidegate top'). Default:"
              + " nowhere.")
  private @Nullable String admin;

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = "The file whose first line operators must show; needed off loopback.")
  private @Nullable Path adminTokenFile;

  EdgeCommand() {}

  @Override
  public Integer call() throws IOException {
    var loopsConfig = LoopsConfig.forCommand("edge");
    var config = config(loopsConfig);
    int listeners = config.listen().size() + redirects.size();
    var plan =
        config.tls() == null
            ? MemoryPlan.of(loopsConfig, config.visitors(), listeners)
            : MemoryPlan.ofSecure(loopsConfig, config.visitors(), listeners);
    plan.demandThatItFits();
    try (var stop = new UntilStopped();
        var loops = Loops.open(loopsConfig)) {
      loops.onBroken(cause -> {
        LOG.error("Broken, ending with status {}", ExitCode.BROKEN.status(), cause);
        stop.end(ExitCode.BROKEN);
      });
      try (var edge = open(loops, config);
          var operators = openAdmin(loops, edge)) {
        CutsLog.start(loops);
        say(loops, plan, edge);
        if (operators != null) say("admin    " + ListenAddress.text(operators.address()));
        return stop.await().status();
      }
    }
  }

  private @Nullable Admin openAdmin(Loops loops, Edge edge) throws IOException {
    if (admin == null) return null;
    var token = adminTokenFile == null ? null : FirstLine.of(adminTokenFile);
    if (token != null && token.isEmpty())
      throw new CommandFailure(ExitCode.TOKEN, adminTokenFile + " begins with an empty line");
    var address = read(List.of(admin), "--admin", ListenAddress::parse).getFirst();
    try {
      return Admin.open(loops, edge, address, token);
    } catch (IllegalArgumentException open) {
      throw new ParameterException(spec.commandLine(), open.getMessage());
    } catch (IOException failed) {
      throw new CommandFailure(
          ExitCode.FAILED, failed.getMessage() + "; name another address with --admin");
    }
  }

  private EdgeConfig config(LoopsConfig loops) {
    var addresses = read(listen.isEmpty() ? LOOPBACK : listen, "--listen", ListenAddress::parse);
    var visitors = ListenerConfig.forVisitors(addresses.getFirst());
    // what the purses carry is for all listeners together
    int most =
        tlsCertificates.isEmpty()
            ? visitors.maxConnections()
            : Math.min(visitors.maxConnections(), MemoryPlan.secureConnections(loops.budget()));
    int each = Math.max(16, most / (addresses.size() + redirects.size()));
    try {
      return new EdgeConfig(
          addresses,
          domain,
          tokenFile,
          read(trustedProxies, "--trusted-proxy", Cidr::parse),
          proxyProtocol,
          answerTimeout == null ? Duration.ofMinutes(2) : answerTimeout.duration(),
          linkLifetime == null ? null : linkLifetime.duration(),
          HttpLimits.DEFAULT,
          visitors.withMaxConnections(each),
          tls());
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), wrong.getMessage());
    }
  }

  private @Nullable EdgeTls tls() {
    if (tlsCertificates.size() != tlsKeys.size())
      throw new IllegalArgumentException(
          "--tls-cert and --tls-key belong together: there are "
              + tlsCertificates.size()
              + " and "
              + tlsKeys.size());
    var redirected = read(redirects, "--redirect", ListenAddress::parse);
    if (tlsCertificates.isEmpty()) {
      if (redirected.isEmpty()) return null;
      throw new IllegalArgumentException("--redirect needs --tls-cert: it leads to https");
    }
    var pairs = new ArrayList<PemPair>();
    for (int i = 0; i < tlsKeys.size(); i++)
      pairs.add(new PemPair(tlsCertificates.get(i), tlsKeys.get(i)));
    return new EdgeTls(pairs, redirected);
  }

  private <T> List<T> read(
      List<String> words, String option, java.util.function.Function<String, T> parse) {
    try {
      return words.stream().map(parse).toList();
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), option + ": " + wrong.getMessage());
    }
  }

  private static Edge open(Loops loops, EdgeConfig config) throws IOException {
    try {
      return Edge.open(loops, config);
    } catch (PemException unusable) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(unusable.getMessage()));
    } catch (IOException failed) {
      if (!(failed.getCause() instanceof java.net.BindException)
          && !String.valueOf(failed.getMessage()).startsWith("cannot listen")) throw failed;
      throw new CommandFailure(
          ExitCode.FAILED, failed.getMessage() + "; name another address with --listen");
    }
  }

  private void say(Loops loops, MemoryPlan plan, Edge edge) {
    PrintWriter out = spec.commandLine().getOut();
    boolean secure = !tlsCertificates.isEmpty();
    for (InetSocketAddress address : edge.addresses())
      out.println(
          "edge     "
              + ListenAddress.text(address)
              + ", tunnels are "
              + (secure ? "https://" : "")
              + "NAME."
              + domain);
    for (InetSocketAddress address : edge.redirectAddresses())
      out.println("redirect " + ListenAddress.text(address) + ", to https");
    if (secure) out.println("tls      1.3 and 1.2 by " + TlsEngine.best().label());
    out.println(
        "serving  by "
            + loops.transport().label()
            + " on "
            + loops.count()
            + " loops, keys: "
            + keys());
    var lacks = loops.transport().lacks();
    if (!lacks.isEmpty()) out.println("         " + loops.transport().label() + " has " + lacks);
    plan.lines().forEach(out::println);
    out.flush();
  }

  private void say(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private String keys() {
    return tokenFile == null ? "this user on this machine" : tokenFile.toString();
  }
}
