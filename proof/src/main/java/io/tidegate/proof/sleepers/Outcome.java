package io.tidegate.proof.sleepers;

import java.util.List;

/// What one run came to.
///
/// @param accepted messages that the hub took
/// @param refused messages that it did not
/// @param late messages that were not posted, for the publisher was a second behind
/// @param failure why the last message that it did not take was not, empty if all were
record Outcome(
    List<Round> rounds, long accepted, long refused, long late, String failure, Readers readers) {
  static final double MEBI = 1048576;

  /// What those who read had at the end.
  ///
  /// @param missing messages that one of them was not given
  /// @param wrong whose counts do not add up
  /// @param cuts connections that the hub ended
  /// @param heard whether all of them have heard the last message
  /// @param fault the first thing that was wrong, empty if nothing was
  record Readers(int count, long missing, int wrong, long cuts, boolean heard, String fault) {}
}
