package io.tidegate.proof;

import io.tidegate.ledger.Purse;
import io.tidegate.net.ListenerConfig;
import io.tidegate.websocket.WebSocketConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs Autobahn and prints its verdict.
@Command(
    name = "autobahn",
    description = "Runs the Autobahn test suite against the server, or against the client.")
final class AutobahnCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--client", description = "Against the client, not the server.")
  private boolean client;

  @Option(
      names = "--defaults",
      description = "With default limits: cases past them must end with 1009.")
  private boolean defaults;

  @Option(
      names = "--cases",
      paramLabel = "LIST",
      description = "Which cases, as 1.*,7.1.2. Default: all.")
  private String cases = "*";

  @Override
  public Integer call() throws IOException, InterruptedException {
    var home = Files.createTempDirectory("tidegate-autobahn");
    var suite = new Autobahn(home);
    var results =
        client
            ? suite.fuzzClient(cases)
            : suite.fuzzServer(
                defaults ? WebSocketConfig.DEFAULT : Autobahn.ROOMY,
                defaults
                    ? (int) ListenerConfig.CONNECTION_LIMITS.of(Purse.DIRECT)
                    : Autobahn.ROOMY_CEILING,
                cases);
    var out = spec.commandLine().getOut();
    results.faults().forEach(out::println);
    out.println(results.good() + " of " + results.cases().size() + " good; reports in " + home);
    out.flush();
    return results.good() == results.cases().size() ? 0 : 1;
  }
}
