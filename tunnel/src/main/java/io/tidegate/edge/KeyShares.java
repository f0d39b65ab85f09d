package io.tidegate.edge;

import io.tidegate.edge.keys.Key;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import java.util.HashMap;
import java.util.Map;

/// What all sessions of a key hold together: an account a key, from its first session to the end of
/// its last, so that a key that opens many sessions holds no more than one. Safe for any thread.
final class KeyShares {
  /// Sessions for each name that a key may hold: the one that has it, and the one that comes to
  /// take it over while the edge does not know yet that the first is dead.
  static final int SESSIONS_A_TUNNEL = 2;

  private final Account root;
  private final Map<String, Share> shares = new HashMap<>();

  /// One key's account while it has sessions.
  private static final class Share {
    private final Account account;
    private int sessions;

    Share(Account account) {
      this.account = account;
    }
  }

  KeyShares(Account root) {
    this.root = root;
  }

  /// The place of a session in its key.
  ///
  /// @param account its own, within its key's
  /// @param isFree whether the key may have as many sessions
  record Place(Account account, boolean isFree) {}

  /// One session more, to be left even if its place is none.
  synchronized Place enter(Session session) {
    var key = session.key();
    var share =
        shares.computeIfAbsent(
            key.name(), name -> new Share(root.open("key " + name, budget(key))));
    share.sessions++;
    return new Place(share.account.open(session, budget(key)), share.sessions <= mostSessions(key));
  }

  /// The most sessions that `key` may have at once.
  static int mostSessions(Key key) {
    return SESSIONS_A_TUNNEL * key.tunnels();
  }

  private Budget budget(Key key) {
    return new Budget(part(Purse.DIRECT, key), part(Purse.HEAP, key));
  }

  private long part(Purse purse, Key key) {
    return Math.max(1, root.limit(purse) * key.sharePercent() / 100);
  }

  /// The session's own account is closed.
  synchronized void leave(Key key) {
    var share = shares.get(key.name());
    if (share == null || --share.sessions > 0) return;
    shares.remove(key.name());
    share.account.close();
  }
}
