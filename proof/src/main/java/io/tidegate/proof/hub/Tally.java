package io.tidegate.proof.hub;

/// What an audience has heard since this began. One thread.
final class Tally {
  private final Latencies latencies = new Latencies();
  private long missed;
  private long repeated;
  private long gaps;
  private int cut;

  /// A message came that was published `nanos` ago.
  void heard(long nanos) {
    latencies.add(nanos);
  }

  /// Numbers of messages were passed over.
  void missed(long count) {
    missed += count;
  }

  /// A message came that had come before.
  void repeated() {
    repeated++;
  }

  /// A subscriber was told of a gap.
  void gapTold() {
    gaps++;
  }

  /// A server ended the connection of a subscriber.
  void cut() {
    cut++;
  }

  Latencies latencies() {
    return latencies;
  }

  long missed() {
    return missed;
  }

  long repeatedCount() {
    return repeated;
  }

  long gaps() {
    return gaps;
  }

  int cuts() {
    return cut;
  }
}
