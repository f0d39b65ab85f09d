package io.tidegate.net;

import org.jspecify.annotations.Nullable;

/// The connections of one loop that have not yet come as far as a complete request, or a finished
/// handshake, oldest first. When it is full the oldest is cut, not the newcomer refused: a flood of
/// silent peers then displaces itself. Belongs to its loop.
public final class Nursery {
  private final int most;
  private final CutReason reason;
  private @Nullable Place oldest;
  private @Nullable Place newest;
  private int size;

  /// Holds up to `most`; the oldest beyond is cut for `reason`.
  public Nursery(int most, CutReason reason) {
    this.most = most;
    this.reason = reason;
  }

  /// A place in the queue; closing it leaves.
  public final class Place implements AutoCloseable {
    private final Connection connection;
    private @Nullable Place older;
    private @Nullable Place newer;
    private boolean left;

    private Place(Connection connection) {
      this.connection = connection;
    }

    /// Leaves at once: the connection ends later, and a burst of newcomers must not cut it twice.
    private void cut() {
      close();
      connection.reset(reason);
    }

    @Override
    public void close() {
      if (left) return;
      left = true;
      size--;
      if (older == null) oldest = newer;
      else older.newer = newer;
      if (newer == null) newest = older;
      else newer.older = older;
      older = null;
      newer = null;
    }
  }

  /// Adds `connection`, and cuts the oldest if there are too many.
  public Place enter(Connection connection) {
    var place = new Place(connection);
    place.older = newest;
    if (newest == null) oldest = place;
    else newest.newer = place;
    newest = place;
    size++;
    var first = oldest;
    if (size > most && first != null) first.cut();
    return place;
  }

  /// How many are inside.
  public int size() {
    return size;
  }
}
