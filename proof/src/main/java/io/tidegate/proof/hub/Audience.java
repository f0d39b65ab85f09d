package io.tidegate.proof.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Subscribers of one server on one selector, which the calling thread drives: nothing is read
/// between two calls. One thread.
final class Audience implements AutoCloseable {
  /// More handshakes at once wait for each other, and some servers' backlog is short.
  static final int AT_ONCE = 128;

  /// A server that is busy with others may reset one of so many.
  private static final int SEATS_A_REFUSAL = 100;

  private static final int BUFFER_BYTES = 1 << 20;
  private static final long PATIENCE_NANOS = Duration.ofMinutes(3).toNanos();
  private static final long LONGEST_WAIT_MILLIS = 20;

  private final int port;
  private final String path;
  private final Dialect dialect;
  private final Selector selector = Selector.open();
  private final ByteBuffer bytes = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final List<Seat> seats = new ArrayList<>();
  private Tally tally = new Tally();
  private int opening;
  private int refusals;
  private long nowNanos;
  private long goal = Long.MAX_VALUE;

  Audience(int port, String path, Dialect dialect) throws IOException {
    this.port = port;
    this.path = path;
    this.dialect = dialect;
  }

  int port() {
    return port;
  }

  Dialect dialect() {
    return dialect;
  }

  Tally tally() {
    return tally;
  }

  List<Seat> seats() {
    return seats;
  }

  /// When what is read now was read.
  long nowNanos() {
    return nowNanos;
  }

  /// What `seat` asks for: to go on where it was, if it knows.
  String target(Seat seat) {
    return seat.position().isEmpty() ? path : path + "&resume=" + seat.position();
  }

  // ---- coming

  /// Opens `count` more; those that are there listen meanwhile. Who is refused tries again at once.
  ///
  /// @throws IOException if it takes longer than 3 min
  /// @throws IllegalStateException if more than one of a hundred was refused
  void open(int count, boolean sleep) throws IOException {
    var more = new ArrayList<Seat>();
    for (int i = 0; i < count; i++) more.add(new Seat(this, sleep));
    seats.addAll(more);
    open(more, AT_ONCE);
  }

  /// Has `some` connect, `atOnce` at a time. As [#open(int, boolean)].
  void open(List<Seat> some, int atOnce) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    int next = 0;
    while (next < some.size() || opening > 0) {
      if (System.nanoTime() > end)
        throw new IOException(
            "after 3 min %d of %d subscribers stand, %d wait for an answer"
                .formatted(next - opening, some.size(), opening));
      while (next < some.size() && opening < atOnce) {
        opening++;
        some.get(next++).connect(selector, port);
      }
      hear();
    }
  }

  /// Attempts to connect that were refused or reset since the beginning.
  int refusals() {
    return refusals;
  }

  /// One more stands.
  void opened() {
    opening--;
  }

  /// Which message a [Seat#reachedNanos] is about.
  void aim(long number) {
    goal = number;
    seats.forEach(Seat::forgetReached);
  }

  long goal() {
    return goal;
  }

  // ---- listening

  /// Listens for `length` and returns what was heard.
  Tally listen(Duration length) throws IOException {
    tally = new Tally();
    long end = System.nanoTime() + length.toNanos();
    while (System.nanoTime() < end) hear();
    return tally;
  }

  /// Listens until `enough`, at most for `patience`; returns whether it became true.
  boolean listenUntil(BooleanSupplier enough, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (!enough.getAsBoolean()) {
      if (System.nanoTime() > end) return false;
      hear();
    }
    return true;
  }

  /// Begins to count anew.
  void forget() {
    tally = new Tally();
  }

  /// Subscribers that read and whose connections stand.
  long awake() {
    return seats.stream().filter(seat -> seat.isOpen() && !seat.sleeps()).count();
  }

  private void hear() throws IOException {
    var _ = selector.select(this::ready, LONGEST_WAIT_MILLIS);
  }

  private void ready(SelectionKey key) {
    var seat = (Seat) key.attachment();
    boolean wasOpen = seat.isOpen();
    try {
      nowNanos = System.nanoTime();
      seat.ready(key, bytes.clear());
    } catch (IOException ended) {
      boolean stood = wasOpen || seat.isOpen();
      seat.leave();
      if (stood) tally.cut();
      else refused(seat, ended);
    }
  }

  private void refused(Seat seat, IOException why) {
    refusals++;
    if (refusals > seats.size() / SEATS_A_REFUSAL) throw new Refused(why);
    try {
      seat.connect(selector, port);
    } catch (IOException again) {
      throw new Refused(again);
    }
  }

  /// Too many were not let in: nothing that is measured then is worth its name.
  private static final class Refused extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Refused(IOException cause) {
      super("a subscriber was refused: " + cause.getMessage(), cause);
    }
  }

  @Override
  public void close() throws IOException {
    seats.forEach(Seat::leave);
    selector.close();
  }
}
