package io.tidegate.http.message;

/// What a scanner found in the bytes it was given.
public enum Scan {
  /// All bytes are right so far and the head is not complete; call again when more have arrived.
  NEED_MORE,
  /// The head is complete.
  HEAD,
  /// The bytes can never become a valid head; answer, then close, and never look for a next
  /// message.
  BAD
}
