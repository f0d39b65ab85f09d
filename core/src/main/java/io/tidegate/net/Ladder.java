package io.tidegate.net;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The overload ladder: what is refused, and then cut, as a purse fills.
///
/// Refusing looks at what is *granted*, so it starts long before memory is short; cutting looks at
/// what is *held* in buffers, granted windows that are still empty not counted. Each rung is an
/// event once when it is reached and once when it is left. Safe for any thread, but for [#enforce].
public final class Ladder {
  /// Idle streams are reset and no window grows, 70 % granted.
  static final int CALM_PERCENT = 70;

  /// No keep-alive, and no new streams beyond one a connection, 80 % granted.
  static final int TIGHT_PERCENT = 80;

  /// No new connections, 85 % granted.
  static final int FULL_PERCENT = 85;

  /// The slowest is cut, 90 % held.
  static final int SLOWEST_PERCENT = 90;

  /// The largest holder is cut, 95 % held.
  static final int LARGEST_PERCENT = 95;

  private static final Logger LOG = LoggerFactory.getLogger(Ladder.class);

  private final Loops loops;
  private final Account root;
  private final boolean dryRun;
  private volatile int rung;

  Ladder(Loops loops, boolean dryRun) {
    this.loops = loops;
    this.root = loops.root();
    this.dryRun = dryRun;
  }

  /// How much of the fuller purse is granted, in percent.
  public int grantedPercent() {
    return Math.max(percent(Purse.DIRECT, 0), percent(Purse.HEAP, 0));
  }

  /// How much of the fuller purse is held in buffers and entries, in percent.
  public int heldPercent() {
    return Math.max(percent(Purse.DIRECT, loops.unfilledBytes()), percent(Purse.HEAP, 0));
  }

  private int percent(Purse purse, long unfilled) {
    return (int) ((root.held(purse) - unfilled) * 100 / root.limit(purse));
  }

  /// Whether windows may grow and idle streams may stay.
  public boolean allowsGrowth() {
    return dryRun || grantedPercent() < CALM_PERCENT;
  }

  /// Whether a connection may be kept for a next request, or a second stream opened on one.
  public boolean allowsKeepAlive() {
    return dryRun || grantedPercent() < TIGHT_PERCENT;
  }

  /// Whether a new connection may enter.
  public boolean allowsConnections() {
    return dryRun || grantedPercent() < FULL_PERCENT;
  }

  /// The highest rung reached: 0, 70, 80, 85, 90 or 95. What a dry run would have done shows here
  /// too.
  public int rung() {
    return rung;
  }

  /// Once per sweep of each loop: notes the rung and cuts at most one connection of `loop`.
  void enforce(Loop loop) {
    int reached = highest();
    if (reached != rung) announce(reached);
    if (dryRun || reached < SLOWEST_PERCENT) return;
    var reason =
        reached >= LARGEST_PERCENT ? CutReason.OVERLOAD_LARGEST : CutReason.OVERLOAD_SLOWEST;
    var victim = victim(loop, reason);
    if (victim != null) victim.reset(reason);
  }

  private int highest() {
    int held = heldPercent();
    if (held >= LARGEST_PERCENT) return LARGEST_PERCENT;
    if (held >= SLOWEST_PERCENT) return SLOWEST_PERCENT;
    int granted = grantedPercent();
    if (granted >= FULL_PERCENT) return FULL_PERCENT;
    if (granted >= TIGHT_PERCENT) return TIGHT_PERCENT;
    return granted >= CALM_PERCENT ? CALM_PERCENT : 0;
  }

  private void announce(int reached) {
    int before = rung;
    rung = reached;
    if (reached > before)
      LOG.warn(
          "Overload: rung {} % reached{}; {}",
          reached, dryRun ? " (dry run)" : "", loops.memoryFigures());
    else LOG.info("Overload eases: rung {} %", reached);
  }

  private static @Nullable Connection victim(Loop loop, CutReason reason) {
    var search = new Search(loop.coarseNanos(), reason == CutReason.OVERLOAD_LARGEST);
    loop.connections().forEach(search::consider);
    return search.worst;
  }

  private static final class Search {
    private final long nowNanos;
    private final boolean largest;
    private double worstScore;
    private @Nullable Connection worst;

    Search(long nowNanos, boolean largest) {
      this.nowNanos = nowNanos;
      this.largest = largest;
    }

    void consider(Connection connection) {
      double score = largest ? connection.holdingBytes() : connection.slowness(nowNanos);
      if (score > worstScore) {
        worstScore = score;
        worst = connection;
      }
    }
  }
}
