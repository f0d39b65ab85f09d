package io.tidegate.proof.sleepers;

/// What one subscriber was given, by its own count and over all its connections: each message that
/// was published since it first came has either arrived, in its place, or was told to be lost. One
/// thread.
final class Book {
  private final Listener listener;
  private String epoch = "";
  private int openings;
  private long begin;
  private long last;
  private long received;
  private long lost;
  private long gaps;
  private long behind;
  private String fault = "";

  /// Hears of messages.
  interface Listener {
    /// One came that was published at `nanos`, on the clock of `System.nanoTime()`.
    void heard(long nanos);
  }

  Book(Listener listener) {
    this.listener = listener;
  }

  /// A connection stands, and goes on behind `position`.
  void opened(String position) {
    openings++;
    long offset = offset(position);
    if (epoch.isEmpty()) {
      epoch = epoch(position);
      begin = offset;
      last = offset;
    } else if (offset != last) {
      fault("opened at %d, not at %d".formatted(offset, last));
    }
  }

  /// The message at `position` came.
  void message(String position, long nanos) {
    long offset = offset(position);
    if (offset != last + 1) fault("message %d behind %d".formatted(offset, last));
    last = offset;
    received++;
    listener.heard(nanos);
  }

  /// It was told that `count` messages are lost and that it goes on behind `next`.
  ///
  /// @param isBehind whether it was too slow; it was away otherwise
  void gap(String next, long count, boolean isBehind) {
    long offset = offset(next);
    if (offset - last != count) fault("a gap of %d from %d to %d".formatted(count, last, offset));
    last = offset;
    lost += count;
    gaps++;
    if (isBehind) behind++;
  }

  /// What should not have come came.
  void fault(String what) {
    if (fault.isEmpty()) fault = what;
  }

  private long offset(String position) {
    int dash = position.indexOf('-');
    if (!epoch.isEmpty() && !position.startsWith(epoch + "-"))
      fault(position + " is of another epoch than " + epoch);
    return Long.parseLong(position, dash + 1, position.length(), 10);
  }

  private static String epoch(String position) {
    return position.substring(0, position.indexOf('-'));
  }

  /// How many of its connections stood.
  int openings() {
    return openings;
  }

  /// Where it would go on; empty before its first connection stood.
  String position() {
    return epoch.isEmpty() ? "" : epoch + "-" + last;
  }

  /// The last message that it has, or that it knows to be lost.
  long last() {
    return last;
  }

  /// Messages that were published since it came, up to [#last].
  long published() {
    return last - begin;
  }

  long received() {
    return received;
  }

  long lost() {
    return lost;
  }

  /// Gaps that it was told of.
  long gaps() {
    return gaps;
  }

  /// Of these, gaps for being too slow.
  long behind() {
    return behind;
  }

  /// What was wrong first; empty if nothing was.
  String fault() {
    return fault;
  }

  /// Whether each message came in its place or was told to be lost, exactly once.
  boolean addsUp() {
    return fault.isEmpty() && published() == received + lost;
  }
}
