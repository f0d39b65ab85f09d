package io.tidegate.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.NavigableMap;
import java.util.stream.IntStream;

/// Thousands of hostile connections on one thread, each playing the same script.
///
/// Bounded by count (20,000) and by the script's lifetime, after which all are reset. Safe for any
/// thread.
public final class HostileCrowd implements AutoCloseable {
  private static final int MAX_PEERS = 20_000;
  private static final Duration OPENING = Duration.ofSeconds(60);

  private final CrowdTally tally;
  private final CrowdLoop loop;

  private HostileCrowd(CrowdTally tally, CrowdLoop loop) {
    this.tally = tally;
    this.loop = loop;
  }

  /// What each connection of a crowd does, text being ISO 8859-1.
  ///
  /// @param opening sent as soon as the connection stands; may be empty
  /// @param drip sent character by character, from the start again at its end; empty for silence
  /// @param interval time between two characters of the drip
  /// @param reads whether what arrives is read and thrown away; a crowd that does not read learns
  ///   of its cuts from `/proc/net/tcp` every 500 ms
  /// @param lifetime when the crowd ends by itself, at most one hour
  public record Script(
      String opening, String drip, Duration interval, boolean reads, Duration lifetime) {
    /// Connects and says nothing.
    public static final Script SILENT =
        new Script("", "", Duration.ofSeconds(1), true, Duration.ofMinutes(10));

    /// @throws IllegalArgumentException if `interval` is under 1 ms or `lifetime` over one hour
    public Script {
      if (interval.toMillis() < 1) {
        throw new IllegalArgumentException("interval under 1 ms: " + interval);
      }
      if (!lifetime.isPositive() || lifetime.compareTo(Duration.ofHours(1)) > 0) {
        throw new IllegalArgumentException("lifetime not in 0..1 h: " + lifetime);
      }
    }

    /// Sends `opening` at once, then a character of `drip` each `interval`: slowloris.
    public static Script dripping(String opening, String drip, Duration interval) {
      return new Script(opening, drip, interval, true, SILENT.lifetime);
    }

    /// The same without reading what arrives.
    public Script withoutReading() {
      return new Script(opening, drip, interval, false, lifetime);
    }

    /// The same, ended after `time`.
    public Script withLifetime(Duration time) {
      return new Script(opening, drip, interval, reads, time);
    }
  }

  /// What became of a crowd; counts add up to those asked for once all were opened.
  ///
  /// @param opened connections that stood
  /// @param refused connections that never did
  /// @param open connections that still stand
  /// @param fins connections that the other side ended with FIN
  /// @param resets connections that the other side reset
  /// @param firstCut time from its own opening to the cut of the connection cut soonest
  /// @param lastCut the same of the one cut latest; zero if none was
  /// @param cutsBySecond how many were cut in which whole second of their life
  public record Report(
      int opened,
      int refused,
      int open,
      int fins,
      int resets,
      Duration firstCut,
      Duration lastCut,
      NavigableMap<Long, Integer> cutsBySecond) {
    /// Connections that the other side ended.
    public int cut() {
      return fins + resets;
    }
  }

  /// Opens `count` connections to `address`, each from the next of `sources` in turn, and returns
  /// when every one stands or was refused, or after 60 s.
  ///
  /// @throws IllegalArgumentException if `count` is not in 1..20,000 or there is no source
  public static HostileCrowd open(
      int count, InetSocketAddress address, List<InetAddress> sources, Script script)
      throws IOException {
    if (count < 1 || count > MAX_PEERS || sources.isEmpty()) {
      throw new IllegalArgumentException("1.." + MAX_PEERS + " peers from a source, not " + count);
    }
    var tally = new CrowdTally();
    var crowd =
        new HostileCrowd(
            tally, CrowdLoop.start(new CrowdLoop.Task(count, address, sources, script), tally));
    var _ = Eventually.within(OPENING, () -> tally.settled() >= count);
    return crowd;
  }

  /// The addresses 127.0.1.1 to 127.0.1.`count`: local without configuration on Linux.
  ///
  /// @throws IllegalArgumentException if `count` is not in 1..254
  public static List<InetAddress> loopbackSources(int count) {
    if (count < 1 || count > 254) {
      throw new IllegalArgumentException("not in 1..254: " + count);
    }
    return IntStream.rangeClosed(1, count).mapToObj(HostileCrowd::loopback).toList();
  }

  private static InetAddress loopback(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) last});
    } catch (UnknownHostException e) {
      throw new AssertionError("four bytes are an address", e);
    }
  }

  /// What became of the crowd up to now.
  public Report report() {
    return tally.report();
  }

  /// Returns whether at least `count` connections were cut before `patience` ran out.
  public boolean awaitCut(int count, Duration patience) {
    return Eventually.within(patience, () -> tally.report().cut() >= count);
  }

  /// Resets every connection that still stands (linger 0, so that no port waits) and ends the
  /// thread.
  @Override
  public void close() {
    loop.close();
  }
}
