package io.tidegate.proof.torture;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Counts what became of an attack's connections. Safe for any thread.
final class Tally {
  /// Cuts whose times are kept; later ones are counted only.
  private static final int MOST_TIMES = 1 << 16;

  private static final int MOST_TOLD = 16;

  private final Map<String, Integer> told = new LinkedHashMap<>();
  private long[] millis = new long[256];
  private int times;
  private int opened;
  private int refused;
  private int left;
  private int cut;
  private int open;

  /// What became of them.
  ///
  /// @param opened connections that stood
  /// @param refused connects that failed
  /// @param left connections that the attacker gave up himself
  /// @param cut connections that the target ended
  /// @param open connections that still stood at the end
  /// @param medianMillis how old a connection was when it was cut
  /// @param mostMillis how old the oldest was
  /// @param told what they were told, and how many
  record Report(
      int opened,
      int refused,
      int left,
      int cut,
      int open,
      long medianMillis,
      long mostMillis,
      Map<String, Integer> told) {}

  synchronized void opened() {
    opened++;
  }

  synchronized void refused() {
    refused++;
  }

  synchronized void left() {
    left++;
  }

  synchronized void stillOpen(int count) {
    open = count;
  }

  synchronized void cut(java.time.Duration age, String by) {
    cut++;
    if (told.size() < MOST_TOLD || told.containsKey(by)) {
      var _ = told.merge(by, 1, Integer::sum);
    }
    if (times == MOST_TIMES) return;
    if (times == millis.length) millis = Arrays.copyOf(millis, times * 2);
    millis[times++] = age.toMillis();
  }

  synchronized Report report() {
    var sorted = Arrays.copyOf(millis, times);
    Arrays.sort(sorted);
    long median = times == 0 ? 0 : sorted[times / 2];
    long most = times == 0 ? 0 : sorted[times - 1];
    return new Report(opened, refused, left, cut, open, median, most, Map.copyOf(told));
  }
}
