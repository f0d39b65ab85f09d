package io.tidegate.proof.sleepers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tidegate.testkit.KernelMemory;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;

/// What the kernel holds for a server's connections whose other ends are on this machine too.
///
/// @param serverBytes memory of the server's own ends: queues with their overhead, as `ss -m`
///   tells; -1 where there is no `ss`
/// @param allBytes memory of all TCP buffers of the machine, both ends, in pages
record KernelEnds(long serverBytes, long allBytes) {
  private static final Pattern MEMORY =
      Pattern.compile("skmem:\\(r(\\d+),rb\\d+,t\\d+,tb\\d+,f(\\d+),w(\\d+),o(\\d+)");

  /// Asks the kernel.
  static KernelEnds read(int port) throws IOException {
    long all = KernelMemory.read().map(KernelMemory::memoryBytes).orElse(0L);
    return new KernelEnds(serverBytes(port), all);
  }

  private static long serverBytes(int port) throws IOException {
    var command = List.of("ss", "-tmnHO", "sport", "=", ":" + port);
    try {
      var process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      return sum(new String(process.getInputStream().readAllBytes(), US_ASCII));
    } catch (IOException missing) {
      return -1;
    }
  }

  /// Receive queue, memory kept for more, send queue, options.
  static long sum(String sockets) {
    long sum = 0;
    var memory = MEMORY.matcher(sockets);
    while (memory.find()) {
      for (int i = 1; i <= memory.groupCount(); i++) sum += Long.parseLong(memory.group(i));
    }
    return sum;
  }

  /// Whether the server's ends are known.
  boolean hasServer() {
    return serverBytes >= 0;
  }
}
