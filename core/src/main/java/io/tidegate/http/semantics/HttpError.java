package io.tidegate.http.semantics;

import io.tidegate.http.message.HeadBuilder;
import java.util.Map;

/// An answer that a handler gives by throwing: a status from 400 to 599, a line for the peer and
/// fields that go with the status, such as `WWW-Authenticate` with 401 or `Retry-After` with 503.
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

  /// What an answer's head has room for many times over.
  private static final int MOST_FIELD_BYTES = 8 * 1024;

  private final int status;
  private final Map<String, String> fields;

  /// An error that says what its status says.
  public HttpError(int status) {
    this(status, TEXTS.getOrDefault(status, "status " + status));
  }

  /// An error whose `message` the peer reads.
  ///
  /// @throws IllegalArgumentException if `status` is not in 400..599
  public HttpError(int status, String message) {
    this(status, message, Map.of());
  }

  /// As above, with `fields` by name.
  ///
  /// @throws IllegalArgumentException also if a field could end its line or is the server's own, or
  ///   all exceed 8 KiB
  public HttpError(int status, String message, Map<String, String> fields) {
    super(
        message, null, false,
        false); // thrown for peers' faults: a trace would cost, and tell nothing
    if (status < 400 || status > 599)
      throw new IllegalArgumentException("status not in 400..599: " + status);
    fields.forEach(HeadBuilder::checkOfAnswer);
    long bytes = 0;
    for (var field : fields.entrySet())
      bytes += field.getKey().length() + field.getValue().length();
    if (bytes > MOST_FIELD_BYTES)
      throw new IllegalArgumentException("fields exceed " + MOST_FIELD_BYTES + " bytes");
    this.status = status;
    this.fields = Map.copyOf(fields);
  }

  /// The answer's status.
  public int status() {
    return status;
  }

  /// What goes with the status, by name; unmodifiable.
  public Map<String, String> fields() {
    return fields;
  }

  /// What the peer reads.
  public String text() {
    var message = getMessage();
    return message == null ? "" : message;
  }
}
