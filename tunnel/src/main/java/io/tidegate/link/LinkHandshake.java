package io.tidegate.link;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http1Request;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.net.ByteStream;
import io.tidegate.websocket.ServerHandshake;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// Names and values in the request that opens a link, and in its answer; see `spec.md`, "Opening a
/// link".
public final class LinkHandshake {
  /// The path, on the edge's own host.
  public static final String PATH = "/_tidegate/link";

  /// Upgrade token of a link without framing of its own.
  public static final String RAW = "yamux";

  /// Subprotocol of a link inside a WebSocket.
  public static final String SUBPROTOCOL = "tidegate.yamux.1";

  /// 128 random bits in 32 lower-case hex digits: one run of an agent.
  public static final String SESSION = "Tidegate-Session";

  /// First receive window of every stream, in bytes, named by each side for itself.
  public static final String WINDOW = "Tidegate-Window";

  /// In the answer: which event loop of how many this link has reached, as `I/N`.
  public static final String LOOP = "Tidegate-Loop";

  /// What yamux means when nothing is named.
  public static final int SPEC_WINDOW = 256 * 1024;

  private static final int LARGEST_WINDOW = 16 * 1024 * 1024;
  private static final int SESSION_BYTES = 16;
  private static final ServerHandshake WEB_SOCKET =
      ServerHandshake.DEFAULT.withProtocols(SUBPROTOCOL);
  private static final SecureRandom RANDOM = new SecureRandom();

  private LinkHandshake() {}

  /// Adds the fields that ask for a link inside a WebSocket.
  public static void askForWebSocket(HeadBuilder request) {
    var key = new byte[SESSION_BYTES];
    RANDOM.nextBytes(key);
    request
        .field(FieldName.UPGRADE, "websocket")
        .field(FieldName.SEC_WEBSOCKET_KEY, Base64.getEncoder().encodeToString(key))
        .field(FieldName.SEC_WEBSOCKET_VERSION, "13")
        .field(FieldName.SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
  }

  /// `wire` with every byte of ours inside WebSocket messages, from the edge's side or the agent's.
  public static WebSocketWire inWebSocket(ByteStream wire, Link.Side side) {
    return new WebSocketWire(wire, side);
  }

  /// The 101 to a request for a link inside a WebSocket; null if it is not a valid one.
  public static @Nullable ResponseHead acceptWebSocket(RequestHead request, HeadBuilder builder) {
    var asked = new Http1Request(request, 1, Framing.NONE, true, true, false);
    return switch (WEB_SOCKET.answer(asked, builder)) {
      case ServerHandshake.Answer.Accepted(var head, var protocol) ->
          protocol.equals(SUBPROTOCOL) ? head : null;
      case ServerHandshake.Answer.Refused _ -> null;
    };
  }

  /// A new session's name.
  public static String newSessionId() {
    var bytes = new byte[SESSION_BYTES];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /// Whether `text` names a session.
  public static boolean isSessionId(String text) {
    return text.length() == 2 * SESSION_BYTES
        && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /// The window that a peer named; the specification's if it named none, -1 if it is no number of 1
  /// to 16 MiB.
  public static int window(@Nullable String text) {
    if (text == null) return SPEC_WINDOW;
    if (text.isEmpty() || text.length() > 9 || !text.chars().allMatch(c -> c >= '0' && c <= '9'))
      return -1;
    int bytes = Integer.parseInt(text);
    return bytes < 1 || bytes > LARGEST_WINDOW ? -1 : bytes;
  }
}
