package io.tidegate.hub;

import java.time.Duration;

/// What becomes of messages that a subscriber does not keep up with; chosen for each subscription.
///
/// Whatever is chosen, a message is sent whole or not at all, what was passed over is counted
/// ([Subscription#dropped]), and a subscriber that takes nothing at all while bytes wait is cut by
/// its connection's [io.tidegate.net.WriteLimits].
public sealed interface Delivery {
  /// Every message in order. Who is so far behind that the ring has let one go is cut, with
  /// [io.tidegate.net.CutReason#OUTBOUND_FULL], as soon as its connection takes bytes again.
  record Lossless() implements Delivery {}

  /// Every message in order. Who is so far behind that the ring has let one go is told how many it
  /// has missed, and goes on with the newest.
  record DropToLive() implements Delivery {}

  /// Each key's newest value, for keyed topics alone. Values that were replaced before their turn
  /// came are passed over without a word: that is what was asked for. A gap is told only if a key
  /// or a removal was forgotten.
  ///
  /// Who is behind reads in rounds: every key as of the moment when its round began, however fast
  /// they are updated meanwhile, as long as the topic's ring has room for what was replaced since.
  ///
  /// @param interval least time between two rounds; zero to go on as fast as the peer reads
  record Conflate(Duration interval) implements Delivery {
    /// @throws IllegalArgumentException if `interval` is negative or above an hour
    public Conflate {
      requireInterval(interval);
    }
  }

  /// The newest message whenever there is room for one, without a word of those passed over.
  record LatestOnly() implements Delivery {}

  /// As [LatestOnly], and no two messages within `interval`.
  ///
  /// @param interval least time between two messages, more than zero
  record Sampled(Duration interval) implements Delivery {
    /// @throws IllegalArgumentException if `interval` is not positive or above an hour
    public Sampled {
      requireInterval(interval);
      if (interval.isZero()) throw new IllegalArgumentException("interval is zero");
    }
  }

  private static void requireInterval(Duration interval) {
    if (interval.isNegative() || interval.compareTo(Duration.ofHours(1)) > 0)
      throw new IllegalArgumentException("interval not in 0..1 h: " + interval);
  }

  /// See [Lossless].
  static Delivery lossless() {
    return new Lossless();
  }

  /// See [DropToLive].
  static Delivery dropToLive() {
    return new DropToLive();
  }

  /// See [Conflate]; as fast as the peer reads.
  static Delivery conflate() {
    return new Conflate(Duration.ZERO);
  }

  /// See [LatestOnly].
  static Delivery latestOnly() {
    return new LatestOnly();
  }

  /// See [Sampled].
  static Delivery sampled(Duration interval) {
    return new Sampled(interval);
  }

  /// Whether topics of `kind` can be delivered so: in order those that keep more than the newest of
  /// each, by key those that have keys.
  default boolean suits(TopicKind kind) {
    boolean isKeyed = kind instanceof TopicKind.Keyed;
    return switch (this) {
      case Conflate _ -> isKeyed;
      case Lossless _, DropToLive _ -> !isKeyed;
      case LatestOnly _, Sampled _ -> true;
    };
  }

  /// What suits most readers of such topics: [Conflate] if it is keyed, [LatestOnly] if it keeps
  /// the newest alone, else [DropToLive].
  static Delivery of(TopicKind kind) {
    return switch (kind) {
      case TopicKind.Log _ -> dropToLive();
      case TopicKind.Keyed _ -> conflate();
      case TopicKind.Latest _ -> latestOnly();
    };
  }
}
