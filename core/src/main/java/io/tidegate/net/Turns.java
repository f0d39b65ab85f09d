package io.tidegate.net;

import io.tidegate.ledger.Ticker;

/// Who of a loop's sockets is served in a batch of events: all whose last turn was short, and those
/// of whom nothing was heard for [#QUIET_BATCHES]; of the others as many as fit into
/// [#LEAST_NANOS], and some more in a crowd, in rounds in which each has one turn. Who is passed
/// over stays ready, and the kernel names it again at once.
///
/// So a thousand peers who never pause, and whose every read is work for a millisecond, hold up
/// those whose requests are small by some milliseconds, and not by a second. Belongs to its loop.
final class Turns {
  /// A read of a request, or of 64 KiB that are passed on, takes 10 to 40 us.
  private static final long LONG_NANOS = 100_000;

  /// What the others wait for, three times for one request: until it is read, until its handler
  /// begins, and until its answer is written.
  private static final long LEAST_NANOS = 1_000_000;

  /// More for each socket that the kernel named in the last batch: to pass over one costs 0.1 us,
  /// which is to be a tenth of the loop's time at most.
  private static final long NANOS_PER_NAMED = 1_000;

  private static final long MOST_NANOS = 4_000_000;

  /// Who was as quiet is judged anew: 16 to 64 ms where others keep the loop busy.
  private static final int QUIET_BATCHES = 16;

  private final Ticker ticker;
  private int round;
  private short batch;
  private int named;
  private boolean somebodyWaits;
  private long leftNanos;
  private long lastNanos;

  /// Whether the next turn begins at [#lastNanos], for nothing came in between.
  private boolean isTimed;

  Turns(Ticker ticker) {
    this.ticker = ticker;
  }

  /// What is known of one socket's turns: no more than fits into what its registration takes
  /// anyway.
  static class Taker {
    private int servedIn;
    private short namedIn;
    private boolean takesLong;
  }

  /// A batch begins, for whose first event the loop may have waited.
  void begin() {
    if (!somebodyWaits) round++;
    somebodyWaits = false;
    batch++;
    leftNanos = Math.min(LEAST_NANOS + named * NANOS_PER_NAMED, MOST_NANOS);
    named = 0;
    isTimed = false;
  }

  /// Whether `taker`, whom the kernel names, is served now, as it must be unless it `mayWait`; then
  /// [#end] is called behind its turn.
  boolean begin(Taker taker, boolean mayWait) {
    boolean wasQuiet = (batch - taker.namedIn & 0xffff) > QUIET_BATCHES;
    taker.namedIn = batch;
    named++;
    if (mayWait && taker.takesLong && !wasQuiet && !isDue(taker)) {
      isTimed = false;
      return false;
    }
    if (!isTimed) lastNanos = ticker.nanos();
    isTimed = true;
    return true;
  }

  private boolean isDue(Taker taker) {
    if (taker.servedIn == round) return false;
    if (leftNanos > 0) return true;
    somebodyWaits = true;
    return false;
  }

  void end(Taker taker) {
    long nanos = ticker.nanos();
    long took = nanos - lastNanos;
    lastNanos = nanos;
    taker.takesLong = took > LONG_NANOS;
    if (!taker.takesLong) return;
    taker.servedIn = round;
    leftNanos -= took;
  }
}
