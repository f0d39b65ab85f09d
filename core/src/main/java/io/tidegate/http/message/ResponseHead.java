package io.tidegate.http.message;

/// What an answer says before its body, in any version of HTTP. Immutable.
///
/// @param status 100 to 599
/// @param fields all fields
public record ResponseHead(int status, Fields fields) {
  private static final int OBJECT_BYTES = 24;

  /// @throws IllegalArgumentException if `status` is not in 100..599
  public ResponseHead {
    if (status < 100 || status > 599) {
      throw new IllegalArgumentException("status not in 100..599: " + status);
    }
  }

  /// True for 100, 102, 103 and their like, which a final answer follows; 101 is final here.
  public boolean isInterim() {
    return status < 200 && status != 101;
  }

  /// What this object really holds, in bytes, to be charged.
  public int heldBytes() {
    return OBJECT_BYTES + fields.heldBytes();
  }
}
