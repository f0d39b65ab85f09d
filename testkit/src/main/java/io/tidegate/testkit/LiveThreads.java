package io.tidegate.testkit;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// The threads that live now. Only a thread dump to a file knows the virtual ones.
final class LiveThreads {
  private static final Pattern THREAD = Pattern.compile("#(\\d+) \"([^\"]*)\".*");

  private LiveThreads() {}

  /// Names by thread id of the live threads whose name begins with `prefix`.
  static Map<Long, String> named(String prefix) {
    try {
      var directory = Files.createTempDirectory("threads");
      var dump = directory.resolve("dump.txt");
      try {
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
            .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
        try (var lines = Files.lines(dump)) {
          var named = new HashMap<Long, String>();
          lines
              .map(THREAD::matcher)
              .filter(line -> line.matches() && line.group(2).startsWith(prefix))
              .forEach(line -> named.put(Long.valueOf(line.group(1)), line.group(2)));
          return named;
        }
      } finally {
        var _ = Files.deleteIfExists(dump);
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
