package io.tidegate.hub.centrifugo;

/// Why a command was not done: the protocol's own numbers.
enum Refusal {
  /// Something here does not work.
  INTERNAL(100, "internal server error", true),
  /// No topic of that name can be.
  UNKNOWN_CHANNEL(102, "unknown channel", false),
  /// This client may not.
  PERMISSION_DENIED(103, "permission denied", false),
  /// The protocol has no such method.
  METHOD_NOT_FOUND(104, "method not found", false),
  /// This client is subscribed to that channel.
  ALREADY_SUBSCRIBED(105, "already subscribed", false),
  /// As many subscriptions as may be, or a message that is too long.
  LIMIT_EXCEEDED(106, "limit exceeded", false),
  /// What is asked cannot be.
  BAD_REQUEST(107, "bad request", false),
  /// The protocol has it, and this hub does not.
  NOT_AVAILABLE(108, "not available", false),
  /// The token counts no longer: the client asks its page for another.
  TOKEN_EXPIRED(109, "token expired", false),
  /// The topic's rate is used up.
  TOO_MANY_REQUESTS(111, "too many requests", true);

  private final int code;
  private final String message;
  private final boolean temporary;

  Refusal(int code, String message, boolean temporary) {
    this.code = code;
    this.message = message;
    this.temporary = temporary;
  }

  int code() {
    return code;
  }

  String message() {
    return message;
  }

  /// Whether another try may help.
  boolean isTemporary() {
    return temporary;
  }
}
