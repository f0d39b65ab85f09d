package io.tidegate.http.message;

/// Why a message was refused: the status to answer with, and a reason for people.
///
/// The reason is a constant of ours and holds no byte of the peer's. A connection that brought a
/// bad message is closed after the answer, RFC 9112 §9.6.
///
/// @param status 4xx or 5xx to answer a request with; always 502 for an answer's head
/// @param reason what was wrong, in a few words
public record BadMessage(int status, String reason) {
  /// @throws IllegalArgumentException if `status` is not an error
  public BadMessage {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("status not in 400..599: " + status);
    }
  }
}
