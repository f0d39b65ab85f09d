package io.tidegate.http.semantics;

import java.util.Map;

/// An answer that a handler gives by throwing: a status from 400 to 599 and a line for the peer.
public class HttpError extends RuntimeException {
  private static final long serialVersionUID = 1;

  private static final Map<Integer, String> TEXTS =
      Map.ofEntries(
          Map.entry(400, "bad request"),
          Map.entry(401, "unauthorized"),
          Map.entry(403, "forbidden"),
          Map.entry(404, "not found"),
          Map.entry(405, "method not allowed"),
          Map.entry(409, "conflict"),
          Map.entry(411, "length required"),
          Map.entry(413, "content too large"),
          Map.entry(415, "unsupported media type"),
          Map.entry(416, "range not satisfiable"),
          Map.entry(422, "unprocessable content"),
          Map.entry(429, "too many requests"),
          Map.entry(500, "internal server error"),
          Map.entry(501, "not implemented"),
          Map.entry(503, "service unavailable"));

  private final int status;

  /// An error that says what its status says.
  public HttpError(int status) {
    this(status, TEXTS.getOrDefault(status, "status " + status));
  }

  /// An error whose `message` the peer reads.
  ///
  /// @throws IllegalArgumentException if `status` is not in 400..599
  public HttpError(int status, String message) {
    super(
        message, null, false,
        false); // thrown for peers' faults: a trace would cost, and tell nothing
    if (status < 400 || status > 599)
      throw new IllegalArgumentException("status not in 400..599: " + status);
    this.status = status;
  }

  /// The answer's status.
  public int status() {
    return status;
  }

  /// What the peer reads.
  public String text() {
    var message = getMessage();
    return message == null ? "" : message;
  }
}
