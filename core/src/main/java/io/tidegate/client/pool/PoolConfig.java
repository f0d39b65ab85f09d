package io.tidegate.client.pool;

import io.tidegate.client.Backoff;
import io.tidegate.ledger.Rate;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// How many connections a pool keeps, where, and how hard it tries.
///
/// Made by [#of], changed by `with…`.
///
/// @param name for metrics, logs and people: 1 to 32 of `a-z 0-9 _`
/// @param endpoints 1 to 64 targets, `ws` or `wss`
/// @param size connections kept, 1 to 100,000
/// @param backoff pauses between the attempts of one member, and before an endpoint that failed is
///   tried again
/// @param connects most attempts that begin, over all members, evenly spaced
/// @param circuitFailures failures in a row after which an endpoint is held, 1 to 1,000
/// @param longestRetryAfter how much of a peer's `Retry-After` is honoured, at most a day
/// @param restarts most members that are restarted in a time; the others wait for its end
/// @param times bounds of time
/// @param whileDown what becomes of a message while no member is ready
public record PoolConfig(
    String name,
    List<Endpoint> endpoints,
    int size,
    Backoff backoff,
    Rate connects,
    int circuitFailures,
    Duration longestRetryAfter,
    Rate restarts,
    Times times,
    WhileDown whileDown) {
  /// Each seat is looked at once a tick: 100,000 take about 1 ms of a core's 250.
  private static final int MOST_MEMBERS = 100_000;

  private static final int MOST_ENDPOINTS = 64;
  private static final int MOST_CIRCUIT_FAILURES = 1_000;
  private static final Duration A_DAY = Duration.ofDays(1);

  /// Members come up within so many seconds at the earliest, and so does what a peer cuts by its
  /// age.
  private static final int SPREAD_SECONDS = 16;

  /// A small pool is up at once.
  private static final int LEAST_CONNECTS_A_SECOND = 8;

  /// A peer that cuts each connection after 30 s costs two restarts a member and minute.
  private static final int RESTARTS_A_MEMBER_AND_MINUTE = 4;

  /// One of a pool's targets.
  ///
  /// @param weight share of the connections, 1 to 1,000
  public record Endpoint(URI uri, int weight) {
    private static final int MOST_WEIGHT = 1_000;

    /// @throws IllegalArgumentException if it is no `ws` or `wss` URI with a host, or the weight is
    ///   out of its bounds
    public Endpoint {
      var scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if (!(scheme.equals("ws") || scheme.equals("wss")) || uri.getHost() == null) {
        throw new IllegalArgumentException("not ws://HOST or wss://HOST: " + uri);
      }
      if (weight < 1 || weight > MOST_WEIGHT) {
        throw new IllegalArgumentException("weight not in 1.." + MOST_WEIGHT + ": " + weight);
      }
    }
  }

  /// Bounds of time of one connection.
  ///
  /// @param opening from the attempt to the end of the handshake, then it is given up
  /// @param hooks for all hooks of one connection, then their thread is interrupted
  /// @param lifetime age at which a member has been replaced and has drained, but for the time that
  ///   opening its successor takes; it goes on for longer only where none can be opened
  /// @param drain how long a member that was replaced still receives, less than half of `lifetime`
  /// @param grace from closing a connection to cutting it, and from there to giving up its handler
  public record Times(
      Duration opening, Duration hooks, Duration lifetime, Duration drain, Duration grace) {
    private static final Duration LONGEST_LIFE = Duration.ofDays(30);

    /// For a peer that does not cut by age: 30 s to open, 10 s for hooks, an hour of life, 5 s to
    /// drain, 10 s to close.
    public static final Times DEFAULT =
        new Times(
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofHours(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10));

    /// @throws IllegalArgumentException if a time is out of its bounds
    public Times {
      check("opening", opening, A_DAY);
      check("hooks", hooks, A_DAY);
      check("lifetime", lifetime, LONGEST_LIFE);
      check("drain", drain, lifetime.dividedBy(2));
      check("grace", grace, A_DAY);
    }

    /// Returns this with another time to open.
    public Times withOpening(Duration time) {
      return new Times(time, hooks, lifetime, drain, grace);
    }

    /// Returns this with another time for hooks.
    public Times withHooks(Duration time) {
      return new Times(opening, time, lifetime, drain, grace);
    }

    /// Returns this with another lifetime and time to drain.
    public Times withLifetime(Duration life, Duration draining) {
      return new Times(opening, hooks, life, draining, grace);
    }

    /// Returns this with another grace.
    public Times withGrace(Duration time) {
      return new Times(opening, hooks, lifetime, drain, time);
    }
  }

  /// What becomes of a message while no member is ready.
  public sealed interface WhileDown {
    /// It is dropped.
    record Fail() implements WhileDown {}

    /// It waits for one to be ready.
    ///
    /// @param mostBytes of all that wait, 128 B for each included
    /// @param longest then it is dropped, at most a day
    record Park(int mostBytes, Duration longest) implements WhileDown {
      /// @throws IllegalArgumentException if a bound is not positive, or the time longer than a day
      public Park {
        if (mostBytes < 1) throw new IllegalArgumentException("mostBytes not positive");
        check("longest", longest, A_DAY);
      }
    }
  }

  /// @throws IllegalArgumentException if a bound is out of its own
  public PoolConfig {
    if (!name.matches("[a-z0-9_]{1,32}")) {
      throw new IllegalArgumentException("name not 1 to 32 of a-z 0-9 _: " + name);
    }
    endpoints = List.copyOf(endpoints);
    checkCount("endpoints", endpoints.size(), MOST_ENDPOINTS);
    checkCount("size", size, MOST_MEMBERS);
    checkCount("circuitFailures", circuitFailures, MOST_CIRCUIT_FAILURES);
    check("longestRetryAfter", longestRetryAfter, A_DAY);
  }

  private static void checkCount(String what, int count, int most) {
    if (count < 1 || count > most) {
      throw new IllegalArgumentException(what + " not in 1.." + most + ": " + count);
    }
  }

  private static void check(String what, Duration time, Duration longest) {
    if (!time.isPositive() || time.compareTo(longest) > 0) {
      throw new IllegalArgumentException(what + " not in (0, " + longest + "]: " + time);
    }
  }

  /// `size` connections to `endpoint`, for any server: all within 16 s, 8 a second at least;
  /// [Backoff#DEFAULT]; held after 5 failures in a row; 5 min of a `Retry-After`; 4 restarts a
  /// member and minute; [Times#DEFAULT]; messages are dropped while none is ready.
  public static PoolConfig of(URI endpoint, int size) {
    return new PoolConfig(
        "pool",
        List.of(new Endpoint(endpoint, 1)),
        size,
        Backoff.DEFAULT,
        new Rate(Math.max(LEAST_CONNECTS_A_SECOND, size / SPREAD_SECONDS), Duration.ofSeconds(1)),
        5,
        Duration.ofMinutes(5),
        new Rate(
            Math.max(60, RESTARTS_A_MEMBER_AND_MINUTE * Math.min(size, MOST_MEMBERS)),
            Duration.ofMinutes(1)),
        Times.DEFAULT,
        new WhileDown.Fail());
  }

  /// @throws IllegalArgumentException if fewer may be opened in a lifetime than are to be replaced
  void checkRotation() {
    var span = times.lifetime().minus(times.drain());
    if (fill().compareTo(span) <= 0) return;
    throw new IllegalArgumentException(
        "%d connections in %s cannot replace %d within %s"
            .formatted(connects.count(), connects.per(), size, span));
  }

  /// How long it takes at least to open all.
  Duration fill() {
    return connects.per().multipliedBy(size).dividedBy(connects.count());
  }

  /// Returns this with another name.
  public PoolConfig withName(String other) {
    return new PoolConfig(
        other,
        endpoints,
        size,
        backoff,
        connects,
        circuitFailures,
        longestRetryAfter,
        restarts,
        times,
        whileDown);
  }

  /// Returns this with other targets.
  public PoolConfig withEndpoints(Endpoint... targets) {
    return new PoolConfig(
        name,
        List.of(targets),
        size,
        backoff,
        connects,
        circuitFailures,
        longestRetryAfter,
        restarts,
        times,
        whileDown);
  }

  /// Returns this with other pauses.
  public PoolConfig withBackoff(Backoff pauses) {
    return new PoolConfig(
        name,
        endpoints,
        size,
        pauses,
        connects,
        circuitFailures,
        longestRetryAfter,
        restarts,
        times,
        whileDown);
  }

  /// Returns this with another bound on attempts.
  public PoolConfig withConnects(Rate rate) {
    return new PoolConfig(
        name,
        endpoints,
        size,
        backoff,
        rate,
        circuitFailures,
        longestRetryAfter,
        restarts,
        times,
        whileDown);
  }

  /// Returns this with another number of failures in a row after which an endpoint is held.
  public PoolConfig withCircuitFailures(int failures) {
    return new PoolConfig(
        name,
        endpoints,
        size,
        backoff,
        connects,
        failures,
        longestRetryAfter,
        restarts,
        times,
        whileDown);
  }

  /// Returns this with another bound on a `Retry-After`.
  public PoolConfig withLongestRetryAfter(Duration longest) {
    return new PoolConfig(
        name,
        endpoints,
        size,
        backoff,
        connects,
        circuitFailures,
        longest,
        restarts,
        times,
        whileDown);
  }

  /// Returns this with another bound on restarts.
  public PoolConfig withRestarts(Rate rate) {
    return new PoolConfig(
        name,
        endpoints,
        size,
        backoff,
        connects,
        circuitFailures,
        longestRetryAfter,
        rate,
        times,
        whileDown);
  }

  /// Returns this with other bounds of time.
  public PoolConfig withTimes(Times bounds) {
    return new PoolConfig(
        name,
        endpoints,
        size,
        backoff,
        connects,
        circuitFailures,
        longestRetryAfter,
        restarts,
        bounds,
        whileDown);
  }

  /// Returns this with messages that wait for a member to be ready.
  public PoolConfig withParking(int mostBytes, Duration longest) {
    return new PoolConfig(
        name,
        endpoints,
        size,
        backoff,
        connects,
        circuitFailures,
        longestRetryAfter,
        restarts,
        times,
        new WhileDown.Park(mostBytes, longest));
  }
}
