package io.tidegate.edge;

import io.tidegate.edge.keys.Key;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The names of one edge, in memory. Claims are decided one at a time, so that no quota can be
/// raced past; finding takes no lock.
final class LocalDirectory implements Directory {
  /// Entry, name and map node of one reservation.
  private static final int NAME_BYTES = 512;

  /// Names that stay reserved for one key after its sessions have ended.
  private static final int RESERVED_NAMES = 16;

  private static final Duration RESERVED = Duration.ofSeconds(60);

  private final Ticker ticker;
  private final Account account;
  private final Map<String, Held> names = new ConcurrentHashMap<>();
  private int generation;
  private boolean closed;

  /// `superseded` is the session that lost the name last: a link that it still had on its way must
  /// not take it back.
  private record Held(
      Key key, @Nullable Session session, Claim claim, long sinceNanos, String superseded) {}

  LocalDirectory(Ticker ticker, Account account) {
    this.ticker = ticker;
    this.account = account;
  }

  @Override
  public synchronized Claimed claim(String name, Key key, Session session, int index) {
    var held = names.get(name);
    if (held != null && !held.key().name().equals(key.name()) && !isFree(held)) {
      return new Claimed.Refused(
          held.session() == null
              ? "name is reserved for another key"
              : "name is held by another key");
    }
    if (held != null && held.session() == session)
      return new Claimed.Granted(held.claim().generation());
    if (held != null && held.superseded().equals(session.id())) {
      return new Claimed.Superseded();
    }
    if (closed) return new Claimed.Refused("the edge is closing");
    if (!key.allows(name)) return new Claimed.Refused("this key may not claim that name");
    if (session.hasEnded()) return new Claimed.Refused("the session has ended");
    boolean isNew = held == null || !held.key().name().equals(key.name()) || held.session() == null;
    if (isNew && liveNames(key) >= key.tunnels())
      return new Claimed.Refused("this key holds its " + key.tunnels() + " names already");
    if (held == null && !account.charge(Purse.HEAP, NAME_BYTES))
      return new Claimed.Refused("the edge has no memory for another name");
    var claim = new Claim(name, index, ++generation, session.policy(index));
    names.put(name, new Held(key, session, claim, ticker.nanos(), loser(held, session)));
    session.granted(claim);
    if (held != null && held.session() != null && held.session() != session)
      held.session().superseded(name);
    return new Claimed.Granted(claim.generation());
  }

  private static String loser(@Nullable Held before, Session winner) {
    if (before == null) return "";
    var lost = before.session();
    return lost == null || lost == winner ? before.superseded() : lost.id();
  }

  private boolean isFree(Held held) {
    return held.session() == null && ticker.nanos() - held.sinceNanos() >= RESERVED.toNanos();
  }

  private long liveNames(Key key) {
    return names.values().stream()
        .filter(held -> held.session() != null && held.key().name().equals(key.name()))
        .count();
  }

  @Override
  public Found find(String name) {
    var held = names.get(name);
    if (held == null) return new Found.Unknown();
    if (held.session() != null) return new Found.Here(held.session(), held.claim());
    if (isFree(held)) return new Found.Unknown();
    return new Found.Offline(Duration.ofNanos(ticker.nanos() - held.sinceNanos()));
  }

  @Override
  public synchronized void left(Session session) {
    long now = ticker.nanos();
    for (var entry : names.entrySet()) {
      var held = entry.getValue();
      if (held.session() == session)
        entry.setValue(new Held(held.key(), null, held.claim(), now, held.superseded()));
    }
    forgetBeyondReserved(session.key());
  }

  private void forgetBeyondReserved(Key key) {
    var reserved = new HashMap<String, Long>();
    names.forEach((name, held) -> {
      if (held.session() == null && held.key().name().equals(key.name()))
        reserved.put(name, held.sinceNanos());
    });
    reserved.entrySet().stream()
        .sorted(Map.Entry.comparingByValue())
        .limit(Math.max(0, reserved.size() - RESERVED_NAMES))
        .forEach(oldest -> forget(oldest.getKey()));
  }

  private void forget(String name) {
    if (names.remove(name) != null) account.release(Purse.HEAP, NAME_BYTES);
  }

  @Override
  public synchronized void sweep() {
    names.forEach((name, held) -> {
      if (isFree(held)) forget(name);
    });
  }

  @Override
  public synchronized void close() {
    closed = true;
    names.keySet().forEach(this::forget);
  }
}
