package io.tidegate.websocket;

import io.tidegate.http.HandshakeKey;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http1Request;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.websocket.handshake.HandshakeGrammar;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a server answers a request to open a WebSocket, RFC 6455 §4.2. Pure; any thread.
///
/// All of a request is checked before anything is started on its behalf. Extensions must be well
/// formed and are declined.
///
/// @param origins which web pages may open one
/// @param protocols subprotocols spoken here; the first that the client names and that is among
///   them is chosen, none if there is no such
public record ServerHandshake(OriginPolicy origins, List<String> protocols) {
  /// For endpoints that only their own site's pages use: same origin, no subprotocol.
  public static final ServerHandshake DEFAULT =
      new ServerHandshake(OriginPolicy.sameOrigin(), List.of());

  private static final String VERSION = "13";

  /// @throws IllegalArgumentException if a protocol is not a token
  public ServerHandshake {
    protocols = List.copyOf(protocols);
    for (var protocol : protocols) {
      if (!HandshakeGrammar.isToken(protocol)) {
        throw new IllegalArgumentException("not a subprotocol: " + protocol);
      }
    }
  }

  /// What to send back.
  public sealed interface Answer {
    /// The head of the answer, without what frames its body.
    ResponseHead head();

    /// 101: frames follow the head on both sides.
    ///
    /// @param protocol the subprotocol chosen, empty if none
    record Accepted(ResponseHead head, String protocol) implements Answer {}

    /// 400, 403, 405 or 426: no WebSocket, an ordinary answer.
    ///
    /// @param reason what was wrong, in our own words
    record Refused(ResponseHead head, String reason) implements Answer {}
  }

  /// Returns this handshake with another origin policy.
  public ServerHandshake withOrigins(OriginPolicy others) {
    return new ServerHandshake(others, protocols);
  }

  /// Returns this handshake with other subprotocols.
  public ServerHandshake withProtocols(String... others) {
    return new ServerHandshake(origins, List.of(others));
  }

  /// Answers `request`, whose path the caller has found to be a WebSocket's. `heads` is the calling
  /// thread's own. Never throws for what a peer sent.
  public Answer answer(Http1Request request, HeadBuilder heads) {
    var fields = request.head().fields();
    var refusal = refuseRequest(request, heads);
    if (refusal == null) refusal = refuseKeyAndVersion(fields, heads);
    if (refusal == null) refusal = refuseOrigin(request, heads);
    if (refusal == null) refusal = refuseExtensions(fields, heads);
    if (refusal != null) return refusal;
    var asked = askedProtocols(fields);
    if (asked == null) return refuse(heads, 400, "Sec-WebSocket-Protocol is no list of tokens");
    return accept(fields, choose(asked), heads);
  }

  private static Answer.@Nullable Refused refuseRequest(Http1Request request, HeadBuilder heads) {
    if (!request.head().method().equals("GET")) {
      heads.response(405).field(FieldName.ALLOW, "GET");
      return new Answer.Refused(heads.buildResponse(), "a WebSocket is opened by GET");
    }
    if (request.minorVersion() == 0) return refuse(heads, 400, "a WebSocket needs HTTP/1.1");
    if (request.head().authority().isEmpty()) return refuse(heads, 400, "no Host");
    if (!request.asksFor("websocket")) {
      heads.response(426).field(FieldName.UPGRADE, "websocket");
      return new Answer.Refused(heads.buildResponse(), "this is a WebSocket");
    }
    if (!request.framing().isEmpty()) return refuse(heads, 400, "an upgrade has no body");
    return null;
  }

  private static Answer.@Nullable Refused refuseKeyAndVersion(Fields fields, HeadBuilder heads) {
    if (fields.count(FieldName.SEC_WEBSOCKET_VERSION) > 1) {
      return refuse(heads, 400, "more than one Sec-WebSocket-Version");
    }
    if (!VERSION.equals(fields.value(FieldName.SEC_WEBSOCKET_VERSION))) {
      heads
          .response(426)
          .field(FieldName.UPGRADE, "websocket")
          .field(FieldName.SEC_WEBSOCKET_VERSION, VERSION);
      return new Answer.Refused(heads.buildResponse(), "Sec-WebSocket-Version is not 13");
    }
    var key = fields.value(FieldName.SEC_WEBSOCKET_KEY);
    if (key == null
        || fields.count(FieldName.SEC_WEBSOCKET_KEY) > 1
        || !HandshakeKey.isValid(key)) {
      return refuse(heads, 400, "Sec-WebSocket-Key is not base64 of 16 bytes, once");
    }
    return null;
  }

  private Answer.@Nullable Refused refuseOrigin(Http1Request request, HeadBuilder heads) {
    var origin = request.head().fields().value(FieldName.ORIGIN);
    if (origin == null) return null;
    if (request.head().fields().count(FieldName.ORIGIN) > 1) {
      return refuse(heads, 400, "more than one Origin");
    }
    return origins.allows(origin, request.head().authority())
        ? null
        : refuse(heads, 403, "pages of this origin may not open a WebSocket here");
  }

  private static Answer.@Nullable Refused refuseExtensions(Fields fields, HeadBuilder heads) {
    var name = FieldName.SEC_WEBSOCKET_EXTENSIONS;
    for (var i = fields.first(name); i >= 0; i = fields.next(name, i)) {
      if (!HandshakeGrammar.isExtensions(fields.value(i))) {
        return refuse(heads, 400, "Sec-WebSocket-Extensions is no list of extensions");
      }
    }
    return null;
  }

  private static @Nullable List<String> askedProtocols(Fields fields) {
    var name = FieldName.SEC_WEBSOCKET_PROTOCOL;
    var asked = new ArrayList<String>();
    for (var i = fields.first(name); i >= 0; i = fields.next(name, i)) {
      var tokens = HandshakeGrammar.tokens(fields.value(i));
      if (tokens == null) return null;
      asked.addAll(tokens);
    }
    return asked;
  }

  private String choose(List<String> asked) {
    for (var protocol : asked) {
      if (protocols.contains(protocol)) return protocol;
    }
    return "";
  }

  private static Answer accept(Fields fields, String protocol, HeadBuilder heads) {
    var key = fields.value(FieldName.SEC_WEBSOCKET_KEY);
    if (key == null) throw new IllegalStateException("the key was checked");
    heads
        .response(101)
        .field(FieldName.UPGRADE, "websocket")
        .field(FieldName.SEC_WEBSOCKET_ACCEPT, HandshakeKey.accept(key));
    if (!protocol.isEmpty()) heads.field(FieldName.SEC_WEBSOCKET_PROTOCOL, protocol);
    return new Answer.Accepted(heads.buildResponse(), protocol);
  }

  private static Answer.Refused refuse(HeadBuilder heads, int status, String reason) {
    return new Answer.Refused(heads.response(status).buildResponse(), reason);
  }
}
