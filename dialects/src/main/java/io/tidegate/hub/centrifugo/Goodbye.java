package io.tidegate.hub.centrifugo;

import io.tidegate.net.CutReason;

/// With which code a connection is closed: at 3000 to 3499 a client comes back by itself, at 3500
/// to 3999 it does not.
enum Goodbye {
  /// The server ends.
  SHUTDOWN(3001, "shutdown"),
  /// Something here does not work.
  SERVER_ERROR(3004, "internal server error"),
  /// The token counts no longer.
  EXPIRED(3005, "connection expired"),
  /// It reads more slowly than its channels turn; it comes back and says where it stood.
  SLOW(3008, "slow"),
  /// There is no room for it now.
  NO_ROOM(3011, "force reconnect"),
  /// It did not answer a ping.
  NO_PONG(3012, "no pong"),
  /// Its token is none, or it brought none and has to.
  INVALID_TOKEN(3500, "invalid token"),
  /// It does not speak the protocol.
  BAD_REQUEST(3501, "bad request"),
  /// It said nothing.
  STALE(3502, "stale");

  private final int code;
  private final String reason;

  Goodbye(int code, String reason) {
    this.code = code;
    this.reason = reason;
  }

  int code() {
    return code;
  }

  String reason() {
    return reason;
  }

  /// What stands for `reason`.
  static Goodbye of(CutReason reason) {
    return switch (reason) {
      case OUTBOUND_FULL, WRITE_STALLED, WRITE_TOO_SLOW -> SLOW;
      case CLOSING -> SHUTDOWN;
      case MEMORY_REFUSED, OVERLOADED, OVERLOAD_SLOWEST, OVERLOAD_LARGEST -> NO_ROOM;
      default -> SERVER_ERROR;
    };
  }
}
