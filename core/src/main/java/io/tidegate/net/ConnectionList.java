package io.tidegate.net;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The connections of one loop: each enters when it opens and leaves when it ends, and nothing else
/// changes the list. Linked through the connections themselves. Belongs to the loop.
final class ConnectionList {
  private @Nullable Connection newest;
  private int size;
  private long added;

  void add(Connection connection) {
    connection.number = added++;
    connection.older = newest;
    if (newest != null) newest.newer = connection;
    newest = connection;
    size++;
  }

  /// Does nothing for one that never entered.
  void remove(Connection connection) {
    var newer = connection.newer;
    var older = connection.older;
    if (newer != null) newer.older = older;
    else if (newest == connection) newest = older;
    else return;
    if (older != null) older.newer = newer;
    connection.newer = null;
    connection.older = null;
    size--;
  }

  int size() {
    return size;
  }

  /// Calls `each` for all, newest first; it may end the one it is given.
  void forEach(Consumer<Connection> each) {
    for (var at = newest; at != null; ) {
      var after = at.older;
      each.accept(at);
      at = after;
    }
  }

  /// Calls `each` for up to `most` with numbers below `before`, newest first; returns the `before`
  /// of the next such call, 0 if none are left.
  long forEach(long before, int most, Consumer<Connection> each) {
    var at = newest;
    while (at != null && at.number >= before) at = at.older;
    for (int i = 0; at != null && i < most; i++) {
      var after = at.older;
      each.accept(at);
      at = after;
    }
    return at == null ? 0 : at.number + 1;
  }
}
