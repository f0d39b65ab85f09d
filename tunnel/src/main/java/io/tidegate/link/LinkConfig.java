package io.tidegate.link;

import io.tidegate.ledger.Budget;
import java.time.Duration;

/// What one link may hold and how long it waits, after both sides have named their first windows.
///
/// @param firstWindowBytes receive window of a new stream, which the peer knows: charged when the
///   stream is opened
/// @param peerFirstWindowBytes the peer's receive window of a new stream: what may be sent before
///   it gives more
/// @param maxWindowBytes as far as a receive window grows
/// @param maxStreams streams open at once, the control stream included
/// @param maxUnacknowledged streams of ours that the peer has not acknowledged; peers written in Go
///   reset what is beyond 256
/// @param pingAfter silence after which the peer is asked for a sign of life
/// @param deadAfter silence after which the link is cut
/// @param stall how long a stream may wait without progress once it is half closed, or while its
///   bytes wait for credit
/// @param drain how long streams may run on after a GoAway
public record LinkConfig(
    int firstWindowBytes,
    int peerFirstWindowBytes,
    int maxWindowBytes,
    int maxStreams,
    int maxUnacknowledged,
    Duration pingAfter,
    Duration deadAfter,
    Duration stall,
    Duration drain) {
  /// First window of a peer that names none: the specification of yamux, "Flow Control".
  public static final int SPEC_WINDOW_BYTES = 256 * 1024;

  private static final int LEAST_FLOOR = 16 * 1024;
  private static final int MOST_FLOOR = 64 * 1024;
  private static final int FLOORS_PER_PURSE = 2048;
  private static final int MOST_WINDOW = 1 << 20;

  /// @throws IllegalArgumentException if a bound is not positive, or a first window above the
  ///   largest, or the peer dead before it was asked
  public LinkConfig {
    requireIn("maxWindowBytes", maxWindowBytes, 1024, 1 << 30);
    requireIn("firstWindowBytes", firstWindowBytes, 1024, maxWindowBytes);
    requireIn("peerFirstWindowBytes", peerFirstWindowBytes, 1, 1 << 30);
    requireIn("maxStreams", maxStreams, 2, 1 << 16);
    requireIn("maxUnacknowledged", maxUnacknowledged, 1, 1 << 16);
    if (!pingAfter.isPositive() || deadAfter.compareTo(pingAfter) <= 0) {
      throw new IllegalArgumentException(
          "pingAfter, deadAfter not in order: " + pingAfter + ", " + deadAfter);
    }
    if (!stall.isPositive()) throw new IllegalArgumentException("stall not positive: " + stall);
    if (!drain.isPositive()) throw new IllegalArgumentException("drain not positive: " + drain);
  }

  private static void requireIn(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(name + " not in " + least + ".." + most + ": " + value);
    }
  }

  /// For links of this process: our first window is what `budget` affords, the peer's is what it
  /// named in the upgrade, or [#SPEC_WINDOW_BYTES].
  public static LinkConfig forBudget(Budget budget, int peerFirstWindowBytes) {
    return new LinkConfig(
        floorFor(budget),
        peerFirstWindowBytes,
        MOST_WINDOW,
        1024,
        256,
        Duration.ofSeconds(10),
        Duration.ofSeconds(25),
        Duration.ofSeconds(20),
        Duration.ofMinutes(10));
  }

  /// The first window that `budget` affords: its direct purse / 2,048, within 16 and 64 KiB, in
  /// steps of 1 KiB.
  public static int floorFor(Budget budget) {
    long share = budget.directBytes() / FLOORS_PER_PURSE;
    return Math.clamp(share, LEAST_FLOOR, MOST_FLOOR) & -1024;
  }

  /// This configuration with another first window of ours.
  public LinkConfig withFirstWindowBytes(int bytes) {
    return new LinkConfig(
        bytes,
        peerFirstWindowBytes,
        maxWindowBytes,
        maxStreams,
        maxUnacknowledged,
        pingAfter,
        deadAfter,
        stall,
        drain);
  }

  /// This configuration with another largest window.
  public LinkConfig withMaxWindowBytes(int bytes) {
    return new LinkConfig(
        firstWindowBytes,
        peerFirstWindowBytes,
        bytes,
        maxStreams,
        maxUnacknowledged,
        pingAfter,
        deadAfter,
        stall,
        drain);
  }

  /// This configuration with other bounds on the number of streams.
  public LinkConfig withStreams(StreamCounts counts) {
    return new LinkConfig(
        firstWindowBytes,
        peerFirstWindowBytes,
        maxWindowBytes,
        counts.open(),
        counts.unacknowledged(),
        pingAfter,
        deadAfter,
        stall,
        drain);
  }

  /// This configuration with another stall deadline.
  public LinkConfig withStall(Duration longest) {
    return new LinkConfig(
        firstWindowBytes,
        peerFirstWindowBytes,
        maxWindowBytes,
        maxStreams,
        maxUnacknowledged,
        pingAfter,
        deadAfter,
        longest,
        drain);
  }

  /// This configuration with another time for streams to end in after a GoAway.
  public LinkConfig withDrain(Duration longest) {
    return new LinkConfig(
        firstWindowBytes,
        peerFirstWindowBytes,
        maxWindowBytes,
        maxStreams,
        maxUnacknowledged,
        pingAfter,
        deadAfter,
        stall,
        longest);
  }

  /// How many streams: open at once, and without ACK among them.
  public record StreamCounts(int open, int unacknowledged) {}
}
