package io.tidegate.link;

import org.jspecify.annotations.Nullable;

/// The agent's first byte back on a stream. Only [#CONNECTED] is followed by the app's bytes; any
/// other, or a reset without one, means that no byte has reached the app.
public enum Answer {
  /// The local app has accepted the connection.
  CONNECTED,
  /// The local app refused it.
  REFUSED,
  /// The local app did not answer the connect in time.
  TIMED_OUT,
  /// The agent serves no such claim, or a newer generation of it.
  UNKNOWN_CLAIM,
  /// The agent has no memory, descriptor or local port left for a connection.
  NO_ROOM,
  /// The local app could not be reached for another reason.
  UNREACHABLE;

  private static final Answer[] ALL = values();

  /// The byte on the wire: 0 to 5, in the order of the constants.
  public byte code() {
    return (byte) ordinal();
  }

  /// The answer that `code` stands for, or null.
  public static @Nullable Answer of(byte code) {
    return code >= 0 && code < ALL.length ? ALL[code] : null;
  }
}
