package io.tidegate.proof.sleepers;

import java.io.IOException;
import java.util.Map;

/// What the hub held at one moment.
///
/// @param nanos when, on the clock of `System.nanoTime()`
/// @param ringBytes charged for rings, both purses, messages on their way out of them included
/// @param leftBytes of these, of messages that have left their ring
/// @param connectionBytes charged for connections, both purses
/// @param usedDirectBytes direct memory that its allocators have from the system
/// @param residentBytes of its process
/// @param connections that are open
/// @param asleep subscribers that sleep, whose connections stand at both ends
record Sample(
    long nanos,
    long ringBytes,
    long leftBytes,
    long connectionBytes,
    long usedDirectBytes,
    long residentBytes,
    long connections,
    int asleep) {

  /// Asks `hub`, which has `readers` too. What only the sleepers' ends think to stand does not
  /// count: a kernel that gives up a peer need not tell it.
  static Sample take(HubProcess hub, int standing, int readers) throws IOException {
    var census = hub.census();
    return new Sample(
        System.nanoTime(),
        number(census, "rings.direct") + number(census, "rings.heap"),
        number(census, "leftBytes"),
        number(census, "connections.direct") + number(census, "connections.heap"),
        number(census, "usedDirect"),
        hub.residentBytes(),
        number(census, "connections.open"),
        (int) Math.min(standing, number(census, "subscriptions") - readers));
  }

  private static long number(Map<String, Long> census, String name) throws IOException {
    var number = census.get(name);
    if (number == null) throw new IOException("the census has no " + name);
    return number;
  }

  /// All that is charged.
  long chargedBytes() {
    return ringBytes + connectionBytes;
  }

  /// The same without messages that are on their way though their ring has let them go: how many
  /// those are depends on when each sleeper last took one.
  long standingBytes() {
    return chargedBytes() - leftBytes;
  }
}
