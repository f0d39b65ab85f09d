package io.tidegate.proof.server;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What idle WebSockets cost one server.
///
/// @param sockets how many stood; fewer than were wanted if it takes no more
/// @param heapBytes live ones on its heap, of all of them
/// @param objects live ones, of all of them
/// @param residentBytes by how much its resident memory grew
record IdleTrial(
    Contender contender, int sockets, long heapBytes, long objects, long residentBytes) {
  /// Opened and ended before, for classes, pools and tables that the first ones bring.
  private static final int FIRST = 200;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// Starts `contender` alone and opens the WebSockets of `plan`.
  ///
  /// They must be measured before the server misses their pongs, 20 s at the least.
  static IdleTrial run(Contender contender, Plan plan, Path directory) throws IOException {
    try (var lineup = Lineup.start(List.of(contender), directory, plan.idleHeap())) {
      var server = lineup.of(contender);
      var process = server.process();
      openFirst(process, server.port(), Math.min(FIRST, plan.sockets()));
      var before = LiveHeap.of(process.pid());
      int descriptors = process.descriptors();
      long resident = process.memory().residentBytes();
      try (var sockets = IdleSockets.open(server.port(), plan.sockets())) {
        long grown = process.memory().residentBytes() - resident;
        var after = LiveHeap.of(process.pid());
        return new IdleTrial(
            contender,
            Math.min(sockets.count(), process.descriptors() - descriptors),
            after.bytes() - before.bytes(),
            after.objects() - before.objects(),
            grown);
      }
    }
  }

  private static void openFirst(ChildProcess process, int port, int count) throws IOException {
    int descriptors = process.descriptors();
    IdleSockets.open(port, count).close();
    var _ = Eventually.within(PATIENCE, () -> descriptors(process) <= descriptors + count / 20);
  }

  private static int descriptors(ChildProcess process) {
    try {
      return process.descriptors();
    } catch (IOException _) {
      return 0; // it has ended, which the next question finds
    }
  }

  double heapBytesEach() {
    return (double) heapBytes / sockets;
  }

  double objectsEach() {
    return (double) objects / sockets;
  }

  double residentBytesEach() {
    return (double) residentBytes / sockets;
  }
}
