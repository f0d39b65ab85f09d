package io.tidegate.edge;

import io.tidegate.edge.keys.Key;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.link.Control;
import io.tidegate.net.CutReason;
import io.tidegate.net.Described;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// One run of an agent: its links, and the names they hold together. It ends with its last link.
/// Safe for any thread.
public final class Session implements Described {
  /// Links of one session: at most one a loop, two that are being rotated out, and the key's own
  /// bound.
  private static final int MOST_CLAIMS = 64;

  /// What a session costs the heap purse while it lives: itself, its maps and lists, its account.
  static final int HEAP_PRICE = 1_024;

  /// A claim's policy, its claim and the entries of both, without their texts.
  static final int CLAIM_BYTES = 256;

  /// One more text in a set, without its characters.
  private static final int ENTRY_BYTES = 64;

  private final String id;
  private final Key key;
  private final KeyShares shares;
  private final Account account;
  private final Runnable ended;
  private final List<Tunnel> tunnels = new CopyOnWriteArrayList<>();
  private final Map<Integer, ClaimPolicy> policies = new ConcurrentHashMap<>();
  private final List<Claim> claims = new CopyOnWriteArrayList<>();
  private final Counts counts = new Counts();
  private final Map<Integer, Account> lines = new ConcurrentHashMap<>();
  private final boolean placed;
  private final boolean paid;
  private boolean over;

  /// What a session has carried.
  static final class Counts {
    private final LongAdder requests = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void finished(long answerBytes) {
      requests.increment();
      bytes.add(answerBytes);
    }

    long requests() {
      return requests.sum();
    }

    long bytes() {
      return bytes.sum();
    }
  }

  Session(String id, Key key, KeyShares shares, Runnable ended) {
    this.id = id;
    this.key = key;
    this.shares = shares;
    this.ended = ended;
    var place = shares.enter(this);
    this.account = place.account();
    this.placed = place.isFree();
    this.paid = account.charge(Purse.HEAP, HEAP_PRICE);
  }

  String id() {
    return id;
  }

  /// Whether there was room for it; else it is to be given up at once.
  boolean isPaid() {
    return paid;
  }

  /// Whether its key may have it besides its others; else it is to be given up at once.
  boolean isPlaced() {
    return placed;
  }

  Key key() {
    return key;
  }

  /// What all links of this session are charged to: the tunnel's share of the purse.
  Account account() {
    return account;
  }

  /// The loop's line of that share.
  synchronized Account line(io.tidegate.net.Loop loop) {
    return lines.computeIfAbsent(loop.index(), _ -> loop.line(account));
  }

  Counts counts() {
    return counts;
  }

  int linkCount() {
    return tunnels.size();
  }

  /// Streams open on all links, read beside their loops: as of lately.
  int streamCount() {
    int sum = 0;
    for (var tunnel : tunnels) sum += tunnel.streamCount();
    return sum;
  }

  /// What the session's links hold in buffers and windows, the unused credit of lines left out.
  long heldBytes() {
    long sum = 0;
    for (var line : lines.values()) sum += line.held(Purse.DIRECT);
    return sum;
  }

  @Override
  public String what() {
    return "link";
  }

  List<Claim> claims() {
    return claims;
  }

  synchronized boolean hasEnded() {
    return over;
  }

  /// Takes another link; false if there are as many as may be, or the session has ended.
  synchronized boolean join(Tunnel tunnel) {
    if (over || tunnels.size() >= key.links()) return false;
    tunnels.add(tunnel);
    return true;
  }

  /// A link has ended; with the last one the session does.
  void leave(Tunnel tunnel) {
    synchronized (this) {
      if (!tunnels.remove(tunnel) || !tunnels.isEmpty() || over) return;
      over = true;
    }
    ended.run();
    account.close();
    shares.leave(key);
  }

  /// Ends a session that no link has joined.
  void abandon() {
    synchronized (this) {
      if (over || !tunnels.isEmpty()) return;
      over = true;
    }
    ended.run();
    account.close();
    shares.leave(key);
  }

  /// Keeps what the agent wants of claim `index`, charged to the session; false if there is no
  /// room.
  synchronized boolean propose(int index, ClaimPolicy policy) {
    var before = policies.get(index);
    if (before == null && policies.size() >= MOST_CLAIMS) return false;
    if (!account.charge(Purse.HEAP, heldBytes(policy))) return false;
    policies.put(index, policy);
    if (before != null) account.release(Purse.HEAP, heldBytes(before));
    return true;
  }

  private static int heldBytes(ClaimPolicy policy) {
    int texts = policy.hostHeader().length();
    for (var upgrade : policy.upgrades()) texts += ENTRY_BYTES + upgrade.length();
    return CLAIM_BYTES + texts;
  }

  ClaimPolicy policy(int index) {
    return policies.getOrDefault(index, ClaimPolicy.DEFAULT);
  }

  void granted(Claim claim) {
    claims.removeIf(before -> before.name().equals(claim.name()));
    claims.add(claim);
  }

  /// The link that serves visitors of `home`: one of its own loop, else any other.
  @Nullable Tunnel tunnel(EdgeLoop home) {
    Tunnel other = null;
    for (var tunnel : tunnels) {
      if (tunnel.isGoingAway()) continue;
      if (tunnel.loop() == home.loop()) return tunnel;
      if (other == null) other = tunnel; // the newest may be a spare that its agent lets go at once
    }
    return other;
  }

  /// Its links, for people.
  String linkNames() {
    return tunnels.stream().map(tunnel -> tunnel.link().toString()).sorted().toList().toString();
  }

  /// A newer session of the same key has taken a name: every link hears it, and ends.
  void superseded(String name) {
    for (var tunnel : tunnels) {
      var _ =
          tunnel.loop().later(() -> tunnel.end(new Control.Superseded(name), CutReason.SUPERSEDED));
    }
  }

  @Override
  public String toString() {
    return "tunnel " + String.join(" ", claims.stream().map(Claim::name).toList());
  }
}
