package io.tidegate.proof.sleepers;

import java.time.Duration;

/// How one run is made.
///
/// @param sockets WebSockets that sleep
/// @param streams streams of events that sleep
/// @param readers subscribers that read, half of each kind
/// @param warm how long the readers are alone before anything is measured
/// @param alone how long they are measured alone, half of it before the sleepers come and half
///   after they have left
/// @param beside how long they are measured beside sleepers
/// @param rounds how often that is done
/// @param stall the hub's stall deadline
/// @param rate messages a second
/// @param bytes of each
/// @param heap of the hub's JVM, as `-Xmx` takes it; as much direct memory
record Plan(
    int sockets,
    int streams,
    int readers,
    Duration warm,
    Duration alone,
    Duration beside,
    int rounds,
    Duration stall,
    int rate,
    int bytes,
    String heap) {
  /// 1 MB/s.
  static final int RATE = 50;

  static final int BYTES = 20_000;

  /// Sleepers beyond those asked for, so that as many sleep while others are on their way back. One
  /// that wants all and is told that it cannot have that takes nothing of what it is told: its
  /// kernel learns of its end a stall deadline later, by a reset.
  static final int SPARE_PERCENT = 15;

  /// A process may have 20,000 descriptors where that is not raised.
  private static final int MOST = 15_000;

  /// A topic's ring: a second of messages, so that who reads is not behind at every pause.
  private static final int RING_KIBIBYTES = 1024;

  /// They come evenly, so that they are not all cut at once; a topic pins what lies before them.
  private static final Duration COMING = Duration.ofSeconds(10);

  /// @throws IllegalArgumentException if a count or a time is not positive, or out of reach
  Plan {
    if (sockets < 0 || streams < 0 || sockets + streams < 1 || sockets + streams > MOST)
      throw new IllegalArgumentException("sleepers not in 1.." + MOST);
    if (readers < 2 || readers > 1_000)
      throw new IllegalArgumentException("readers not in 2..1000: " + readers);
    if (rounds < 1) throw new IllegalArgumentException("rounds not positive: " + rounds);
    if (!warm.isPositive() || !alone.isPositive() || !beside.isPositive() || !stall.isPositive())
      throw new IllegalArgumentException("times must be positive");
    if (rate < 1 || rate > 1_000) throw new IllegalArgumentException("rate not in 1..1000");
    if (bytes < 64 || bytes > 64 * 1024)
      throw new IllegalArgumentException("bytes not in 64..65536: " + bytes);
  }

  /// What the topic keeps.
  int ringBytes() {
    return RING_KIBIBYTES * 1024;
  }

  /// How many sleep at least.
  int sleepers() {
    return sockets + streams;
  }

  /// With those to spare.
  static int withSpare(int count) {
    return count + Math.ceilDiv(count * SPARE_PERCENT, 100);
  }

  /// Over how long they come: a stall deadline, at most 10 s.
  Duration coming() {
    return stall.compareTo(COMING) < 0 ? stall : COMING;
  }

  /// The topic, as `tidegate hub --topics` reads it.
  String topicLine() {
    return "%s log ring=%dk messages=1000 age=1h message=64k"
        .formatted(HubProcess.TOPIC, RING_KIBIBYTES);
  }

  String stallText() {
    return stall.toMillis() + "ms";
  }

  /// Whether the figures may go into the documentation.
  boolean forTheRecord() {
    return sockets >= 1_000
        && streams >= 200
        && readers >= 20
        && beside.compareTo(Duration.ofMinutes(10)) >= 0
        && alone.compareTo(Duration.ofMinutes(2)) >= 0
        && (long) rate * bytes >= (long) RATE * BYTES;
  }
}
