package io.tidegate.cli;

import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Shows a whole tunnel on this machine: edge, agent and an app to look at.
@Command(
    name = "demo",
    description = "Shows a whole tunnel in one process: an edge, an agent, and an app to look at.")
final class DemoCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(DemoCommand.class);
  private static final long LONGEST_START_SECONDS = 10;

  @Spec private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description =
          "The edge's port on 127.0.0.1 and ::1; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private String port = "";

  DemoCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    var out = spec.commandLine().getOut();
    var listen = addresses(out);
    try (var stop = new UntilStopped();
        var printer = new Printer(out);
        var loops = Loops.open(LoopsConfig.forCommand("demo"))) {
      loops.onBroken(cause -> {
        LOG.error("Broken, ending with status {}", ExitCode.BROKEN.status(), cause);
        stop.end(ExitCode.BROKEN);
      });
      var lines = new DemoLines(printer);
      try (var demo = open(loops, listen, lines)) {
        var _ = demo.agent().end().thenAccept(_ -> stop.end(ExitCode.FAILED));
        show(demo, lines.up(), printer);
        return stop.await().status();
      }
    }
  }

  private List<InetSocketAddress> addresses(PrintWriter out) {
    int number = number();
    var addresses = new ArrayList<InetSocketAddress>();
    addresses.add(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), number));
    var six = InetAddress.ofLiteral("::1");
    if (Probe.hasAddress(six)) addresses.add(new InetSocketAddress(six, number));
    else out.println("This machine has no ::1; the demo listens on 127.0.0.1 alone.");
    return addresses;
  }

  private int number() {
    try {
      return ListenAddress.port(port);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), "--port: " + wrong.getMessage());
    }
  }

  private static Demo open(Loops loops, List<InetSocketAddress> listen, DemoLines lines)
      throws IOException {
    try {
      return Demo.open(loops, listen, lines);
    } catch (IOException failed) {
      throw new CommandFailure(
          ExitCode.FAILED, failed.getMessage() + "; take another port with --port");
    }
  }

  /// Says only what has been tried: each address is asked through a socket first.
  private static void show(Demo demo, CountDownLatch up, Printer printer)
      throws InterruptedException {
    if (!up.await(LONGEST_START_SECONDS, TimeUnit.SECONDS))
      throw new CommandFailure(
          ExitCode.FAILED, "the tunnel did not stand within " + LONGEST_START_SECONDS + " s");
    var host = Demo.NAME + ".localhost:" + demo.edge().port();
    boolean any = false;
    for (var address : demo.edge().addresses()) {
      int status = Probe.status(address, host, "/");
      if (status == 200) printer.line(lines(address, host, any));
      else printer.line(ListenAddress.text(address) + " does not answer: " + status);
      any |= status == 200;
    }
    if (!any) throw new CommandFailure(ExitCode.FAILED, "the demo does not answer");
    printer.line("Ctrl-C ends it.");
  }

  private static String lines(InetSocketAddress address, String host, boolean repeated) {
    var curl = "  curl -H 'Host: " + host + "' 'http://" + ListenAddress.text(address) + "/'";
    return repeated ? curl : "Open http://" + host + "\nor\n" + curl;
  }
}
