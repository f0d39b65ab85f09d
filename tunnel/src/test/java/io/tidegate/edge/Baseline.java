package io.tidegate.edge;

import io.tidegate.ledger.Purse;
import io.tidegate.net.Loops;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.KernelMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a rig with a tunnel and no visitor takes, of its ledgers and of the machine: to be had back
/// within 10 s after whatever was done to it.
///
/// Idle streams rest for 4 s, so those of earlier requests are waited for.
final class Baseline {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// A link may be saying something while we look.
  private static final long KERNEL_SLACK_BYTES = 64 * 1024;

  /// Links that an agent opens while it looks for each of the edge's loops; each has two sockets.
  private static final int SPARE_LINKS = 4;

  /// The control streams' windows, which grow with what is said on them, and stay.
  private static final long LEDGER_SLACK_BYTES = 512 * 1024;

  private static final int SMALL_SLACK = 8;

  private final TunnelRig rig;
  private final int app;
  private final List<Figure> before;

  private record Figure(String name, long value, long slack) {}

  private Baseline(TunnelRig rig, int app) {
    this.rig = rig;
    this.app = app;
    this.before = figures();
  }

  /// Taken when no stream but the control streams is left.
  static Baseline of(TunnelRig rig) {
    return of(rig, rig.origin.address().getPort());
  }

  /// Likewise, with an app of its own on port `app`.
  static Baseline of(TunnelRig rig, int app) {
    Eventually.await(PATIENCE, () -> "streams: " + streams(rig), () -> streams(rig) == 0);
    return new Baseline(rig, app);
  }

  private static int streams(TunnelRig rig) {
    int sum = 0;
    for (var session : rig.edge.sessions()) sum += session.streamCount();
    return sum;
  }

  private List<Figure> figures() {
    var figures = new ArrayList<Figure>();
    for (var loops : List.of(rig.edgeLoops, rig.agentLoops)) {
      var name = loops == rig.edgeLoops ? "edge's " : "agent's ";
      for (var purse : Purse.values())
        figures.add(new Figure(name + purse, TunnelRig.held(loops, purse), slack(loops, rig)));
    }
    figures.add(new Figure("visitors at the edge", rig.visitors(), 0));
    figures.add(new Figure("streams", streams(rig), 0));
    figures.add(new Figure("connections at the app", rig.origin.openConnections(), 0));
    figures.add(new Figure("descriptors", descriptors(), SMALL_SLACK));
    figures.add(new Figure("threads", threads(), SMALL_SLACK));
    for (int port : new int[] {rig.edge.port(), app}) {
      var kernel = KernelMemory.ofPort(port);
      figures.add(new Figure("sockets of port " + port, kernel.sockets(), 2 * SPARE_LINKS));
      figures.add(new Figure("bytes in the kernel", kernel.queuedBytes(), KERNEL_SLACK_BYTES));
    }
    return figures;
  }

  /// The edge says much on control streams, the agent little.
  private static long slack(Loops loops, TunnelRig rig) {
    return loops == rig.agentLoops ? LEDGER_SLACK_BYTES : 64 * 1024;
  }

  private static long descriptors() {
    var entries = Path.of("/proc/self/fd").toFile().list();
    return entries == null ? 0 : entries.length;
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("tidegate-"))
        .count();
  }

  /// Waits until every figure is what it was, or says which are not.
  void awaitReturn() {
    Eventually.await(PATIENCE, () -> "above what was before: " + above(), () -> above().isEmpty());
  }

  private List<String> above() {
    var above = new ArrayList<String>();
    var now = figures();
    for (int i = 0; i < now.size(); i++) {
      var was = before.get(i);
      if (now.get(i).value() > was.value() + was.slack())
        above.add(was.name() + " " + now.get(i).value() + ", was " + was.value());
    }
    return above;
  }
}
