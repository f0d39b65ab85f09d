package io.tidegate.hub;

import java.util.Locale;

/// What a subscriber has missed, told to it in the place where that would have come.
///
/// @param topic where it was missed
/// @param cause why
/// @param lost how many messages; 0 where nobody can know, see [#isCounted]
/// @param next where the subscription goes on: behind this position
public record Gap(String topic, Cause cause, long lost, Position next) {
  /// Why messages were missed.
  public enum Cause {
    /// It read more slowly than the topic's ring turns.
    BEHIND,
    /// It was away for longer than the ring reaches back.
    AWAY,
    /// It names a position of another epoch: the topic has begun anew, and nobody knows what was
    /// before.
    UNKNOWN_POSITION,
    /// There was no memory to write a message in its format.
    MEMORY;

    /// In lower case with dashes, as peers are told.
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /// Whether `lost` is the exact count.
  public boolean isCounted() {
    return cause != Cause.UNKNOWN_POSITION;
  }
}
