package io.tidegate.cli;

import io.tidegate.edge.Admin;
import io.tidegate.ledger.Budget;
import io.tidegate.link.LinkConfig;
import io.tidegate.net.Connection;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.tls.TlsEngine;
import io.tidegate.net.tls.TlsStage;
import java.util.ArrayList;
import java.util.List;

/// The worst case of an edge's memory, as arithmetic that is printed before anything is opened.
///
/// @param maxHeapBytes of this JVM
/// @param maxDirectBytes of this JVM
/// @param purses what the ledger gives out of both
/// @param loops event loops
/// @param connections visitors' connections at once, over all listeners
/// @param connectionHeapBytes what each costs the heap purse while it lives
/// @param connectionDirectBytes what each costs the direct purse while it lives, 0 without TLS
record MemoryPlan(
    long maxHeapBytes,
    long maxDirectBytes,
    Budget purses,
    int loops,
    int connections,
    int connectionHeapBytes,
    int connectionDirectBytes) {
  private static final int LINK_STREAM_HEAP_BYTES = 1024;
  private static final int LEAST_STREAMS = 1024;
  private static final int READ_BUFFER_BYTES = 64 * 1024;

  /// What the kernel may hold for a visitor's socket: 128 KiB to receive, 64 KiB not sent.
  private static final int KERNEL_BYTES = (128 + 64) * 1024;

  static MemoryPlan of(LoopsConfig loops, ListenerConfig listener, int listeners) {
    return of(loops, listener.maxConnections() * listeners, Connection.HEAP_PRICE, 0);
  }

  /// Where visitors come by TLS.
  static MemoryPlan ofSecure(LoopsConfig loops, ListenerConfig listener, int listeners) {
    var engine = TlsEngine.best();
    return of(
        loops,
        listener.maxConnections() * listeners,
        Connection.HEAP_PRICE + TlsStage.heapPriceBytes(engine),
        TlsStage.directPriceBytes(engine));
  }

  private static MemoryPlan of(LoopsConfig loops, int connections, int heap, int direct) {
    return new MemoryPlan(
        Runtime.getRuntime().maxMemory(),
        io.netty.util.internal.PlatformDependent.maxDirectMemory(),
        loops.budget(),
        loops.count(),
        connections,
        heap,
        direct);
  }

  /// How many connections by TLS half of each purse pays for.
  static int secureConnections(Budget purses) {
    var engine = TlsEngine.best();
    int heap = Connection.HEAP_PRICE + TlsStage.heapPriceBytes(engine);
    int direct = Math.max(1, TlsStage.directPriceBytes(engine));
    return (int)
        Math.min(
            Integer.MAX_VALUE,
            Math.min(purses.heapBytes() / 2 / heap, purses.directBytes() / 2 / direct));
  }

  /// @throws CommandFailure with the sum that does not fit
  void demandThatItFits() {
    long entries =
        (long) connections * connectionHeapBytes + (long) LEAST_STREAMS * LINK_STREAM_HEAP_BYTES;
    if (entries > purses.heapBytes()) {
      throw wrong(
          "heap: %,d connections x %d B + %,d streams x %d B = %s, and the purse is %s"
              .formatted(
                  connections,
                  connectionHeapBytes,
                  LEAST_STREAMS,
                  LINK_STREAM_HEAP_BYTES,
                  mib(entries),
                  mib(purses.heapBytes())));
    }
    long ceiling = ListenerConfig.CONNECTION_LIMITS.directBytes();
    // a tunnel may hold half of the purse, and one connection of it must fit
    if (2 * ceiling > purses.directBytes()) {
      throw wrong(
          "direct memory: 2 x %s for the largest connection = %s, and the purse is %s"
              .formatted(mib(ceiling), mib(2 * ceiling), mib(purses.directBytes())));
    }
    long operators = Admin.RESERVE.directBytes();
    long direct = purses.directBytes() + (long) loops * READ_BUFFER_BYTES + operators;
    if (direct > maxDirectBytes) {
      throw wrong(
          "direct memory: purse %s + %d loops x %s to read + %s for operators = %s, and the JVM has %s"
              .formatted(
                  mib(purses.directBytes()),
                  loops,
                  mib(READ_BUFFER_BYTES),
                  mib(operators),
                  mib(direct),
                  mib(maxDirectBytes)));
    }
  }

  private static CommandFailure wrong(String sum) {
    return new CommandFailure(
        ExitCode.USAGE, "the memory does not fit. " + sum + "; raise --memory");
  }

  /// The lines that a start prints.
  List<String> lines() {
    int floor = LinkConfig.floorFor(purses);
    var lines =
        new ArrayList<>(
            List.of(
                "memory   heap %s: %s for entries; direct %s: %s for bytes; worst case %s and the JVM's own"
                    .formatted(
                        mib(maxHeapBytes),
                        mib(purses.heapBytes()),
                        mib(maxDirectBytes),
                        mib(purses.directBytes()),
                        mib(maxHeapBytes + maxDirectBytes)),
                "         %,d connections x %d B = %s of entries; first window of a stream %d KiB, %,d of them fill the purse"
                    .formatted(
                        connections,
                        connectionHeapBytes,
                        mib((long) connections * connectionHeapBytes),
                        floor / 1024,
                        purses.directBytes() / floor),
                "         kernel beside it, if every visitor stalls: %,d x %d KiB = %s"
                    .formatted(
                        connections, KERNEL_BYTES / 1024, mib((long) connections * KERNEL_BYTES))));
    if (connectionDirectBytes > 0)
      lines.add(
          "         TLS in native memory, of the purse for bytes: %,d connections x %d B = %s"
              .formatted(
                  connections,
                  connectionDirectBytes,
                  mib((long) connections * connectionDirectBytes)));
    return lines;
  }

  private static String mib(long bytes) {
    return bytes % (1 << 20) == 0
        ? (bytes >> 20) + " MiB"
        : "%.1f MiB".formatted(bytes / (double) (1 << 20));
  }
}
