package io.tidegate.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What the kernel holds for TCP in this network namespace, from `/proc/net/sockstat`.
///
/// Memory is counted for the whole machine and in pages of 4 KiB each; sockets count per namespace.
///
/// @param inUse sockets that are connected or listen
/// @param orphaned sockets that no process holds any more
/// @param timeWait sockets in TIME_WAIT
/// @param memoryBytes memory of all TCP buffers
public record KernelMemory(long inUse, long orphaned, long timeWait, long memoryBytes) {
  private static final Path SOCKSTAT = Path.of("/proc/net/sockstat");
  private static final long PAGE_BYTES = 4_096;

  /// What the kernel holds for the connections of one port, whichever side has it, orphaned ones
  /// included and TIME_WAIT left out: no other process spoils these figures.
  ///
  /// @param sockets how many
  /// @param queuedBytes bytes sent and not acknowledged, or received and not read; their overhead
  ///   is not counted
  public record OfPort(long sockets, long queuedBytes) {}

  /// Reads the figures of `port`; zeros where there is no `/proc/net/tcp`.
  public static OfPort ofPort(int port) {
    try {
      return KernelSockets.ofPort(port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads the figures; empty where the kernel shows none.
  public static Optional<KernelMemory> read() {
    try (var lines = Files.lines(SOCKSTAT)) {
      return lines.filter(line -> line.startsWith("TCP:")).map(KernelMemory::parse).findFirst();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  static KernelMemory parse(String line) {
    var words = line.split(" +");
    return new KernelMemory(
        figure(words, "inuse"),
        figure(words, "orphan"),
        figure(words, "tw"),
        figure(words, "mem") * PAGE_BYTES);
  }

  private static long figure(String[] words, String name) {
    for (int i = 0; i + 1 < words.length; i++) {
      if (words[i].equals(name)) {
        return Long.parseLong(words[i + 1]);
      }
    }
    throw new IllegalArgumentException("no figure " + name);
  }
}
