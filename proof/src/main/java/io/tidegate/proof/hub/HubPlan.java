package io.tidegate.proof.hub;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/// How one run of the hub benchmark is made.
///
/// @param rounds how often everything is measured
/// @param seconds of each measurement
/// @param warmSeconds of deliveries for each server before the first round
/// @param subscribers that read, of one topic
/// @param bytes of each message
/// @param rate messages a second
/// @param burst of them in a row, and none until the next
/// @param sleepers that never read; 0 leaves them out
/// @param sleeperSeconds the subscribers are measured beside sleepers; long enough for a deadline
///   to pass
/// @param stormers clients that come back at once; 0 leaves them out
/// @param servers that are compared, where this machine has them
/// @param heap of each JVM, as `-Xmx` takes it
record HubPlan(
    int rounds,
    int seconds,
    int warmSeconds,
    int subscribers,
    int bytes,
    int rate,
    int burst,
    int sleepers,
    int sleeperSeconds,
    int stormers,
    List<Broadcaster> servers,
    String heap) {

  /// What those who come back have missed; a topic keeps more by default.
  static final int STORM_GAP = 100;

  static final int SUBSCRIBERS = 5_000;

  /// A process may have 20,000 descriptors where that is not raised; the rest is for its own files.
  private static final int MOST_SOCKETS = 19_000;

  private static final int MOST_RATE = 10_000;

  private static final int MOST_SECONDS_APART = 10;

  /// What a topic takes by default.
  private static final int MOST_BYTES = 64 * 1024;

  /// Fewer rounds have no median worth the name.
  private static final int ROUNDS_FOR_THE_RECORD = 3;

  private static final int WARM_FOR_THE_RECORD = 20;
  private static final int BESIDE_FOR_THE_RECORD = 30;

  /// @throws IllegalArgumentException if a count is not positive, or outgrows what a process may
  ///   have
  HubPlan {
    if (rounds < 1 || seconds < 1 || warmSeconds < 1 || sleeperSeconds < 1)
      throw new IllegalArgumentException("rounds and seconds must be positive");
    if (subscribers < 1 || sleepers < 0 || subscribers + sleepers > MOST_SOCKETS)
      throw new IllegalArgumentException("subscribers and sleepers not in 1.." + MOST_SOCKETS);
    if (stormers < 0 || stormers >= MOST_SOCKETS)
      throw new IllegalArgumentException("reconnecting clients not in 0.." + MOST_SOCKETS);
    if (bytes < Stamp.BYTES || bytes > MOST_BYTES)
      throw new IllegalArgumentException("bytes not in " + Stamp.BYTES + ".." + MOST_BYTES);
    if (rate < 1 || rate > MOST_RATE)
      throw new IllegalArgumentException("rate not in 1.." + MOST_RATE);
    if (burst < 1 || burst > MOST_SECONDS_APART * rate)
      throw new IllegalArgumentException("bursts more than " + MOST_SECONDS_APART + " s apart");
    if (servers.isEmpty()) throw new IllegalArgumentException("no server to measure");
    servers = List.copyOf(servers);
  }

  Duration length() {
    return Duration.ofSeconds(seconds);
  }

  Duration beside() {
    return Duration.ofSeconds(sleeperSeconds);
  }

  /// How many of the others sleep for each that reads, as a share of those, in percent.
  long sleeperPercent() {
    return Math.round(100.0 * sleepers / subscribers);
  }

  /// How the documentation calls this run.
  String program() {
    return burst == 1 ? "bench hub" : "bench hub in bursts";
  }

  /// What each server is started with: messages a second, bytes of each, how many in a row, and how
  /// many subscribers it waits for.
  List<String> arguments() {
    int least = stormers == 0 ? subscribers : Math.min(subscribers, stormers);
    return IntStream.of(rate, bytes, burst, least).mapToObj(Integer::toString).toList();
  }

  /// Whether the figures may go into the documentation.
  boolean forTheRecord() {
    return rounds >= ROUNDS_FOR_THE_RECORD
        && seconds >= 5
        && warmSeconds >= WARM_FOR_THE_RECORD
        && subscribers >= SUBSCRIBERS
        && bytes == 128
        && (burst > 1 || goesBeyondFanOut())
        && servers.containsAll(List.of(Broadcaster.values()));
  }

  private boolean goesBeyondFanOut() {
    return sleeperSeconds >= BESIDE_FOR_THE_RECORD
        && sleepers >= SUBSCRIBERS / 5
        && stormers >= SUBSCRIBERS;
  }
}
