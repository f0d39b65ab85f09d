package io.tidegate.proof.server;

import java.util.List;

/// How one run of the server benchmark is made.
///
/// @param starts how often the servers are started anew to be loaded: what the compiler makes of
///   the same code in one process differs by more than two rounds in it do
/// @param rounds how often everything but idle WebSockets is measured in each of those
/// @param seconds of each measurement
/// @param warmSeconds of load for each server on a JVM and each work, before the first round
/// @param sockets WebSockets that idle at once
/// @param heap of each JVM under load, as `-Xmx` takes it
/// @param idleHeap of each JVM with idle WebSockets: room for the stack that holds most for them
record Plan(
    int starts,
    int rounds,
    int seconds,
    int warmSeconds,
    int sockets,
    List<Work> works,
    List<Contender> contenders,
    String heap,
    String idleHeap) {

  /// A process may have 20,000 descriptors where that is not raised; the rest is for its own files.
  private static final int MOST_SOCKETS = 19_000;

  /// Fewer have no median worth the name.
  private static final int STARTS_FOR_THE_RECORD = 3;

  private static final int ROUNDS_FOR_THE_RECORD = 2;
  private static final int WARM_FOR_THE_RECORD = 20;
  static final int SOCKETS = 15_000;

  /// @throws IllegalArgumentException if a count is not positive or nothing is to be measured
  Plan {
    if (starts < 1 || rounds < 1 || seconds < 1 || warmSeconds < 1) {
      throw new IllegalArgumentException("starts, rounds and seconds must be positive");
    }
    if (sockets < 1 || sockets > MOST_SOCKETS) {
      throw new IllegalArgumentException("sockets not in 1.." + MOST_SOCKETS);
    }
    if (works.isEmpty() || contenders.isEmpty()) {
      throw new IllegalArgumentException("no row or no server to measure");
    }
    works = List.copyOf(works);
    contenders = List.copyOf(contenders);
  }

  /// The works that are done under load.
  List<Work> loads() {
    return works.stream().filter(work -> work != Work.IDLE).toList();
  }

  /// Who does `work` in this run; its order is that of the work.
  List<Contender> contenders(Work work) {
    return work.contenders().stream().filter(contenders::contains).toList();
  }

  /// Whether the figures may go into the documentation.
  boolean forTheRecord() {
    return starts >= STARTS_FOR_THE_RECORD
        && rounds >= ROUNDS_FOR_THE_RECORD
        && warmSeconds >= WARM_FOR_THE_RECORD
        && sockets >= SOCKETS
        && works.containsAll(List.of(Work.values()))
        && contenders.containsAll(List.of(Contender.values()));
  }
}
