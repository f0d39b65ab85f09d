package io.tidegate.proof.sleepers;

/// What a subscriber wants done with messages that it does not keep up with.
enum Policy {
  /// All of them, or to be cut.
  LOSSLESS("lossless"),
  /// To be told how many, and to go on with the newest.
  LIVE("live");

  private final String word;

  Policy(String word) {
    this.word = word;
  }

  /// As `?delivery=` names it.
  String word() {
    return word;
  }
}
