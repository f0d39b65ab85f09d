package io.tidegate.websocket.frame;

/// The status codes of a closing handshake, RFC 6455 §7.4 and its IANA registry.
public final class CloseCode {
  /// The purpose of the connection is fulfilled.
  public static final int NORMAL = 1000;

  /// This end goes away: a server shuts down, a page is left.
  public static final int GOING_AWAY = 1001;

  /// The peer broke the protocol.
  public static final int PROTOCOL_ERROR = 1002;

  /// The peer sent a kind of message that is not taken here.
  public static final int UNACCEPTABLE = 1003;

  /// A close frame carried no code. Never on the wire.
  public static final int NO_STATUS = 1005;

  /// The connection ended without a close frame. Never on the wire.
  public static final int ABNORMAL = 1006;

  /// A text was not UTF-8.
  public static final int NOT_UTF8 = 1007;

  /// The peer broke a rule of this end that has no code of its own.
  public static final int POLICY = 1008;

  /// A frame or message is longer than this end takes.
  public static final int TOO_BIG = 1009;

  /// The server left out an extension that the client cannot do without.
  public static final int EXTENSION_MISSING = 1010;

  /// This end failed in a way it did not foresee.
  public static final int INTERNAL_ERROR = 1011;

  /// This end restarts; come back.
  public static final int RESTART = 1012;

  /// This end is full; come back later.
  public static final int TRY_LATER = 1013;

  /// A gateway got a bad answer from the server behind it.
  public static final int BAD_GATEWAY = 1014;

  private CloseCode() {}

  /// Whether a close frame may carry `code`: the registered codes but 1004 to 1006 and 1015, and
  /// 3000 to 4999 (§7.4.2).
  public static boolean isSendable(int code) {
    return switch (code) {
      case NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNACCEPTABLE -> true;
      default -> (code >= NOT_UTF8 && code <= BAD_GATEWAY) || (code >= 3000 && code <= 4999);
    };
  }
}
