package io.tidegate.observe;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Connection;
import io.tidegate.net.Described;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/// The connections that hold the most, looked for loop by loop in slices of well under 1 ms, so
/// that looking slows nobody.
///
/// The figures of one connection belong together; those of two were read at different times.
public final class LargestConnections {
  /// As many can be asked for.
  public static final int MOST = 1_000;

  /// Connections looked at in one turn of a loop: about 50 us.
  static final int SLICE = 512;

  /// A row, its two strings and its place in the queue.
  static final int ROW_BYTES = 256;

  private static final Comparator<Row> BY_HELD = Comparator.comparingLong(Row::heldBytes);

  private final Loops loops;
  private final Account account;
  private final int most;
  private final Loop home;
  private final Consumer<Found> found;
  private final PriorityQueue<Row> rows = new PriorityQueue<>(BY_HELD);
  private int connectionCount;

  /// One connection as it was seen.
  ///
  /// @param loop its loop's index
  /// @param number its number on that loop
  /// @param peer the other side's address and port
  /// @param heldBytes what it keeps from others ([Connection#holdingBytes])
  /// @param queuedBytes what waits to leave
  /// @param readBytes read so far
  /// @param writtenBytes taken by the kernel so far
  /// @param ageNanos how long it has been open
  /// @param what it is for, in a word
  public record Row(
      int loop,
      long number,
      String peer,
      long heldBytes,
      long queuedBytes,
      long readBytes,
      long writtenBytes,
      long ageNanos,
      String what) {
    static Row of(Connection connection, long heldBytes) {
      return new Row(
          connection.loop().index(),
          connection.number(),
          connection.peer(),
          heldBytes,
          connection.unwrittenBytes(),
          connection.readBytes(),
          connection.writtenBytes(),
          connection.ageNanos(),
          connection.attached() instanceof Described described ? described.what() : "connection");
    }

    /// The name by which it can be cut: `loop-number`.
    public String id() {
      return loop + "-" + number;
    }
  }

  /// What was seen.
  ///
  /// @param connectionCount all connections
  /// @param rows the largest of them, the largest first
  public record Found(int connectionCount, List<Row> rows) {}

  private LargestConnections(
      Loops loops, Account account, int most, Loop home, Consumer<Found> found) {
    this.loops = loops;
    this.account = account;
    this.most = most;
    this.home = home;
    this.found = found;
  }

  /// Looks for the `most` largest connections of `loops`; `found` gets them on `home`, unless
  /// `account` or a loop has ended meanwhile. The rows are charged to `account` until it is closed.
  /// Returns false, and looks for nothing, if it has no room for them. Safe for any thread.
  ///
  /// @throws IllegalArgumentException if `most` is not in 1..[#MOST]
  public static boolean find(
      Loops loops, Account account, int most, Loop home, Consumer<Found> found) {
    if (most < 1 || most > MOST)
      throw new IllegalArgumentException("most not in 1.." + MOST + ": " + most);
    if (!account.charge(Purse.HEAP, most * ROW_BYTES)) return false;
    new LargestConnections(loops, account, most, home, found).walk(0);
    return true;
  }

  private void walk(int index) {
    if (index == loops.count()) {
      var sorted = rows.stream().sorted(BY_HELD.reversed()).toList();
      var _ = home.run(() -> found.accept(new Found(connectionCount, sorted)));
      return;
    }
    slice(index, Long.MAX_VALUE);
  }

  private void slice(int index, long before) {
    var loop = loops.loop(index);
    var _ =
        loop.later(() -> {
          if (account.isClosed()) return;
          long next = loop.forEachConnection(before, SLICE, this::consider);
          if (next == 0) walk(index + 1);
          else slice(index, next);
        });
  }

  private void consider(Connection connection) {
    connectionCount++;
    long held = connection.holdingBytes();
    var smallest = rows.size() < most ? null : rows.peek();
    if (smallest != null) {
      if (held <= smallest.heldBytes()) return;
      var _ = rows.remove();
    }
    rows.add(Row.of(connection, held));
  }
}
