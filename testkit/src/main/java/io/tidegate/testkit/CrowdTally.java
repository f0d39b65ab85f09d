package io.tidegate.testkit;

import java.time.Duration;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Counts what became of a crowd's connections. Safe for any thread.
final class CrowdTally {
  private final NavigableMap<Long, Integer> cutsBySecond = new TreeMap<>();
  private int opened;
  private int refused;
  private int fins;
  private int resets;
  private Duration firstCut = Duration.ZERO;
  private Duration lastCut = Duration.ZERO;

  synchronized void opened() {
    opened++;
  }

  synchronized void refused() {
    refused++;
  }

  synchronized void cut(Cut.End end, Duration age) {
    firstCut = fins + resets == 0 || age.compareTo(firstCut) < 0 ? age : firstCut;
    lastCut = age.compareTo(lastCut) > 0 ? age : lastCut;
    var _ = cutsBySecond.merge(age.toSeconds(), 1, Integer::sum);
    if (end == Cut.End.FIN) {
      fins++;
    } else {
      resets++;
    }
  }

  synchronized int settled() {
    return opened + refused;
  }

  synchronized HostileCrowd.Report report() {
    return new HostileCrowd.Report(
        opened,
        refused,
        opened - fins - resets,
        fins,
        resets,
        firstCut,
        lastCut,
        new TreeMap<>(cutsBySecond));
  }
}
