package io.tidegate.hub.jwt;

/// What became of a token that was looked at.
public sealed interface Verified {
  /// It was made by whoever has the key, and counts now.
  record Valid(Claims claims) implements Verified {}

  /// It was made by whoever has the key, and counts no longer.
  record Expired() implements Verified {}

  /// It is none, not of ours, or does not count yet.
  ///
  /// @param why for people; nothing of the token is in it
  record Invalid(String why) implements Verified {}
}
