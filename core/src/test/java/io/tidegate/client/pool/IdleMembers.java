package io.tidegate.client.pool;

import io.tidegate.client.ClientConfig;
import io.tidegate.client.WebSocketClient;
import io.tidegate.net.LoopsConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Keeps members to `URL`, as many as the second argument says, and prints what lives on its heap
/// for each, with `--classes` by its classes: `IdleMembers URL N [--classes]`.
final class IdleMembers {
  private IdleMembers() {}

  public static void main(String[] args) throws Exception {
    int size = Integer.parseInt(args[1]);
    try (var client =
        WebSocketClient.start(LoopsConfig.forCommand("client"), ClientConfig.DEFAULT)) {
      var uri = URI.create(args[0]);
      var isShown = args.length > 2;
      warmUp(client, uri);
      var before = live(isShown);
      try (var pool = WebSocketPool.open(client, PoolConfig.of(uri, size), (_, _) -> {})) {
        if (!pool.awaitReady(size, Duration.ofMinutes(3))) {
          System.out.println("NOT READY " + pool.state());
          return;
        }
        settle();
        var after = live(isShown);
        if (isShown) show(before, after, size);
        System.out.println(
            "PER MEMBER "
                + (after.bytes - before.bytes) / size
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

  /// What a full collection leaves, and what of it are instances of which class, whose names live
  /// on the heap, too.
  private record Live(long bytes, Map<String, Long> classes) {}

  private static Live live(boolean byClasses) throws IOException {
    var _ = histogram();
    long bytes = 0;
    var classes = new HashMap<String, Long>();
    for (var line : histogram()) {
      var words = line.strip().split(" +", -1);
      if (words[0].equals("Total")) bytes = Long.parseLong(words[2]);
      else if (byClasses && words.length > 3 && words[0].matches("[0-9]+:"))
        classes.merge(words[3], Long.parseLong(words[2]), Long::sum);
    }
    return new Live(bytes, classes);
  }

  private static void show(Live before, Live after, int size) {
    var each = new HashMap<String, Long>();
    after.classes.forEach(
        (name, bytes) -> each.put(name, (bytes - before.classes.getOrDefault(name, 0L)) / size));
    each.entrySet().stream()
        .filter(entry -> entry.getValue() != 0)
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .forEach(entry -> System.out.println(entry.getValue() + " " + entry.getKey()));
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
