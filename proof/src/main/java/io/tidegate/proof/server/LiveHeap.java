package io.tidegate.proof.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/// What lives on the heap of a JVM: the total of its class histogram, which `jcmd` takes behind a
/// full collection.
public record LiveHeap(long objects, long bytes) {
  private static final Pattern TOTAL = Pattern.compile("Total +(\\d+) +(\\d+)");

  /// Asks the JVM of this id, twice: what the first collection found dead may have kept other
  /// things.
  ///
  /// @throws IOException if it is no JVM, or another user's
  public static LiveHeap of(long pid) throws IOException {
    var _ = histogram(pid);
    return parse(histogram(pid).lines().toList());
  }

  /// Reads the histogram's last line.
  ///
  /// @throws IOException if there is none
  static LiveHeap parse(List<String> histogram) throws IOException {
    for (var line : histogram.reversed()) {
      var total = TOTAL.matcher(line.strip());
      if (total.matches())
        return new LiveHeap(Long.parseLong(total.group(1)), Long.parseLong(total.group(2)));
    }
    throw new IOException("no histogram: " + String.join("\n", histogram));
  }

  private static String histogram(long pid) throws IOException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var process =
        new ProcessBuilder(jcmd, Long.toString(pid), "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }
}
