package io.tidegate.client.pool;

import io.tidegate.client.ClientConfig;
import io.tidegate.client.WebSocketClient;
import io.tidegate.net.LoopsConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Keeps members to `URL`, as many as the second argument says, and prints what lives on its heap
/// for each: `IdleMembers URL N [--classes]`.
final class IdleMembers {
  private IdleMembers() {}

  public static void main(String[] args) throws Exception {
    int size = Integer.parseInt(args[1]);
    try (var client =
        WebSocketClient.start(LoopsConfig.forCommand("client"), ClientConfig.DEFAULT)) {
      var uri = URI.create(args[0]);
      warmUp(client, uri);
      long before = live(List.of()).bytes;
      try (var pool = WebSocketPool.open(client, PoolConfig.of(uri, size), (_, _) -> {})) {
        if (!pool.awaitReady(size, Duration.ofMinutes(3))) {
          System.out.println("NOT READY " + pool.state());
          return;
        }
        settle();
        var shown = args.length > 2;
        var after = live(List.of("io.tidegate", "io.netty", "java.", "[", "jdk."));
        if (shown) after.lines.forEach(System.out::println);
        System.out.println(
            "PER MEMBER "
                + (after.bytes - before) / size
                + " ready "
                + pool.ready()
                + " charged "
                + pool.chargedBytes() / size
                + " max heap MiB "
                + Runtime.getRuntime().maxMemory() / (1 << 20));
      }
    }
    System.out.println("END");
  }

  private static void warmUp(WebSocketClient client, URI uri) throws InterruptedException {
    try (var pool = WebSocketPool.open(client, PoolConfig.of(uri, 50), (_, _) -> {})) {
      var _ = pool.awaitReady(50, Duration.ofMinutes(1));
    }
    settle();
  }

  private static void settle() throws InterruptedException {
    new java.util.concurrent.CountDownLatch(1).await(2, java.util.concurrent.TimeUnit.SECONDS);
  }

  private record Live(long bytes, List<String> lines) {}

  /// What a full collection leaves, of the classes whose names begin so.
  private static Live live(List<String> ofThese) throws IOException {
    var _ = histogram();
    var all = histogram();
    var total = all.stream().filter(line -> line.startsWith("Total")).findFirst().orElseThrow();
    var bytes = Long.parseLong(total.strip().split(" +", -1)[2]);
    return new Live(bytes, ofThese.isEmpty() ? List.of() : all.subList(0, 40));
  }

  private static List<String> histogram() throws IOException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    // into a file: the JVM stands still while it writes, so it cannot read from a pipe meanwhile
    var file = Files.createTempFile("histogram", ".txt");
    try {
      var process =
          new ProcessBuilder(
                  jcmd, Long.toString(ProcessHandle.current().pid()), "GC.class_histogram")
              .redirectOutput(file.toFile())
              .start();
      var _ = process.waitFor();
      return Files.readAllLines(file);
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    } finally {
      Files.delete(file);
    }
  }
}
