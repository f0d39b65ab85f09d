package io.tidegate.cli;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.KernelMemory;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// An edge and an agent as processes, with a tunnel `demo` to an app on loopback, and what they
/// took before they were put to the test.
final class Tunnelled implements AutoCloseable {
  /// What no process of 64 MiB heap and 64 MiB direct memory may pass.
  static final long MOST_RESIDENT_BYTES = 200_000_000;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// Links that an agent opens while it looks for each of the edge's loops; each has two sockets.
  private static final int SPARE_LINKS = 4;

  private final Processes processes;
  private final int app;
  final int port;
  ChildProcess edge;
  ChildProcess agent;
  Desk desk;
  private final List<Figure> figures = new ArrayList<>();

  private record Figure(String name, LongSupplier now, long before, long slack) {}

  private Tunnelled(Path keys, int app) throws IOException {
    this.app = app;
    processes = new Processes(keys);
    edge = processes.edge(0, "--admin", "127.0.0.1:0");
    port = Processes.port(edge);
    agent = processes.expose("demo", app, port);
    Processes.awaitUp(agent, "demo", port);
    desk = Desk.of(edge);
  }

  static Tunnelled open(Path keys, int app) throws IOException {
    return new Tunnelled(keys, app);
  }

  /// Runs another agent for the same tunnel, and waits until it has it.
  void exposeAgain() throws IOException {
    agent = processes.expose("demo", app, port);
    Processes.awaitUp(agent, "demo", port);
  }

  /// Runs another edge on the same port; the one before has ended.
  void openEdgeAgain() throws IOException {
    edge = processes.edge(port, "--admin", "127.0.0.1:0");
    desk = Desk.of(edge);
  }

  /// The status of `GET /bytes/13`, or -1 if there was no answer.
  int status() {
    return Processes.status("demo", port, "/bytes/13");
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port);
  }

  String host() {
    return "demo.localhost:" + port;
  }

  RawHttp visit() throws IOException {
    return RawHttp.open(address(), Duration.ofSeconds(30));
  }

  /// Notes what both take now; no stream is left of what was asked before.
  void rest() {
    Eventually.await(PATIENCE, () -> "streams " + desk.streams(), () -> desk.streams() == 0);
    figures.clear();
    note("bytes charged at the edge", () -> desk.directGranted(), 64 * 1024);
    note("connections at the edge", () -> desk.connections(), 0);
    note("streams", () -> desk.streams(), 0);
    note("descriptors of the edge", () -> descriptors(edge), 4);
    note("descriptors of the agent", () -> descriptors(agent), 4);
    note("threads of the edge", () -> threads(edge), 4);
    note("threads of the agent", () -> threads(agent), 4);
    for (int of : new int[] {port, app}) {
      note("sockets of port " + of, () -> KernelMemory.ofPort(of).sockets(), 2 * SPARE_LINKS);
      note("bytes in the kernel", () -> KernelMemory.ofPort(of).queuedBytes(), 64 * 1024);
    }
  }

  private void note(String name, LongSupplier now, long slack) {
    figures.add(new Figure(name, now, now.getAsLong(), slack));
  }

  private static long descriptors(ChildProcess process) {
    try {
      return process.descriptors();
    } catch (IOException ended) {
      throw new UncheckedIOException(ended);
    }
  }

  private static long threads(ChildProcess process) {
    var tasks = Path.of("/proc", Long.toString(process.pid()), "task").toFile().list();
    return tasks == null ? 0 : tasks.length;
  }

  /// Waits until both processes live and all that was noted is as it was, also where a process is
  /// another one by now.
  void awaitRest() {
    Eventually.await(PATIENCE, () -> "not as before: " + above(), () -> above().isEmpty());
    if (!edge.alive() || !agent.alive()) throw new AssertionError(edge.tail() + "" + agent.tail());
  }

  private List<String> above() {
    var above = new ArrayList<String>();
    for (var figure : figures) {
      long now = figure.now().getAsLong();
      if (now > figure.before() + figure.slack())
        above.add(figure.name() + " " + now + ", was " + figure.before());
    }
    return above;
  }

  /// The most that either process had resident since its start.
  long mostResident() throws IOException {
    long edges = edge.memory().peakResidentBytes();
    long agents = agent.memory().peakResidentBytes();
    Figures.note(
        "most resident: edge %d MiB, agent %d MiB; direct purse %d KiB at most"
            .formatted(edges >> 20, agents >> 20, desk.directPeak() >> 10));
    return Math.max(edges, agents);
  }

  @Override
  public void close() {
    processes.close();
  }
}
