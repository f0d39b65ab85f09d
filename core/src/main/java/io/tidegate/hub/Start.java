package io.tidegate.hub;

/// With which message a subscription begins.
public sealed interface Start {
  /// With the next that is published.
  record Live() implements Start {}

  /// With the oldest that is kept: all values of a keyed topic, the picture of a camera.
  record Kept() implements Start {}

  /// Behind the one at `last`, which the subscriber saw when it was last here. If that one is of
  /// another epoch, or if the ring has let one behind it go, the subscriber is told of a gap first.
  record After(Position last) implements Start {}

  /// See [Live].
  static Start live() {
    return new Live();
  }

  /// See [Kept].
  static Start kept() {
    return new Kept();
  }

  /// See [After].
  static Start after(Position last) {
    return new After(last);
  }

  /// What suits a subscriber that was never here: [Kept] of topics that keep a state, which is
  /// little and new, [Live] of logs.
  static Start of(TopicKind kind) {
    return switch (kind) {
      case TopicKind.Log _ -> live();
      case TopicKind.Keyed _, TopicKind.Latest _ -> kept();
    };
  }
}
