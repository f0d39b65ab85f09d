package io.tidegate.websocket;

import io.tidegate.http.HandshakeKey;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http1Response;
import io.tidegate.http.message.RequestHead;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.handshake.DeflateOffer;
import io.tidegate.websocket.handshake.HandshakeGrammar;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a client asks for one WebSocket and judges the answer, RFC 6455 §4.1. Pure; any thread.
public final class ClientHandshake {
  private static final Set<FieldName> OWN =
      EnumSet.of(
          FieldName.CONNECTION,
          FieldName.CONTENT_LENGTH,
          FieldName.TRANSFER_ENCODING,
          FieldName.UPGRADE,
          FieldName.SEC_WEBSOCKET_ACCEPT,
          FieldName.SEC_WEBSOCKET_EXTENSIONS,
          FieldName.SEC_WEBSOCKET_KEY,
          FieldName.SEC_WEBSOCKET_PROTOCOL,
          FieldName.SEC_WEBSOCKET_VERSION);

  private final String key;
  private final List<String> protocols;
  private final Fields more;
  private final @Nullable Deflate deflate;

  /// What the server's answer means.
  public sealed interface Outcome {
    /// Frames follow.
    ///
    /// @param protocol the subprotocol that the server chose, empty if none
    record Opened(String protocol) implements Outcome {}

    /// No WebSocket; the connection is closed.
    ///
    /// @param status of the answer; 101 if the server agreed, but wrongly
    /// @param reason what was wrong, in our own words
    record Failed(int status, String reason) implements Outcome {}
  }

  private ClientHandshake(
      String key, List<String> protocols, Fields more, @Nullable Deflate deflate) {
    this.key = key;
    this.protocols = protocols;
    this.more = more;
    this.deflate = deflate;
  }

  /// Begins a handshake with a fresh random key.
  ///
  /// @param protocols subprotocols to ask for, the preferred one first; none is fine
  /// @param more what else the request says, such as Origin, Cookie or Authorization
  /// @throws IllegalArgumentException if a protocol is no token or named twice, or `more` holds a
  ///   field that belongs to the handshake
  public static ClientHandshake begin(List<String> protocols, Fields more) {
    return withKey(HandshakeKey.random(), protocols, more);
  }

  static ClientHandshake withKey(String key, List<String> protocols, Fields more) {
    for (var protocol : protocols) {
      if (!HandshakeGrammar.isToken(protocol)) {
        throw new IllegalArgumentException("not a subprotocol: " + protocol);
      }
    }
    if (Set.copyOf(protocols).size() < protocols.size()) {
      throw new IllegalArgumentException("a subprotocol twice: " + protocols);
    }
    for (var name : OWN) {
      if (more.has(name)) throw new IllegalArgumentException(name.text() + " is the handshake's");
    }
    return new ClientHandshake(key, List.copyOf(protocols), more, null);
  }

  /// Returns this handshake, asking for compression too.
  public ClientHandshake withDeflate(Deflate how) {
    return new ClientHandshake(key, protocols, more, how);
  }

  /// Returns the request for `target` (path and query) at `authority` (host and optional port),
  /// without the Connection field that its writer adds.
  ///
  /// @throws IllegalArgumentException if one of them is not that
  public RequestHead request(String target, String authority, HeadBuilder heads) {
    heads
        .request("GET", target, authority)
        .field(FieldName.UPGRADE, "websocket")
        .field(FieldName.SEC_WEBSOCKET_KEY, key)
        .field(FieldName.SEC_WEBSOCKET_VERSION, "13");
    if (deflate != null) {
      heads.field(FieldName.SEC_WEBSOCKET_EXTENSIONS, DeflateOffer.ask(deflate));
    }
    if (!protocols.isEmpty()) {
      heads.field(FieldName.SEC_WEBSOCKET_PROTOCOL, String.join(", ", protocols));
    }
    return heads.copy(more, (_, _) -> true).buildRequest();
  }

  /// Judges the final answer. Redirects are answers like any other: not followed.
  public Outcome judge(Http1Response answer) {
    var status = answer.head().status();
    if (status != 101) return new Outcome.Failed(status, "the server answered " + status);
    var fault = fault(answer);
    if (fault != null) return new Outcome.Failed(status, fault);
    var protocol = answer.head().fields().value(FieldName.SEC_WEBSOCKET_PROTOCOL);
    return new Outcome.Opened(protocol == null ? "" : protocol);
  }

  /// How messages are compressed after `answer`, which was judged to be [Outcome.Opened]; null if
  /// they are not.
  public @Nullable Deflate agreed(Http1Response answer) {
    var fields = answer.head().fields();
    return deflate == null || !fields.has(FieldName.SEC_WEBSOCKET_EXTENSIONS)
        ? null
        : DeflateOffer.agreed(fields, deflate);
  }

  private @Nullable String fault(Http1Response answer) {
    var fields = answer.head().fields();
    var protocol = fields.value(FieldName.SEC_WEBSOCKET_PROTOCOL);
    if (!answer.upgrade() || !isOnly(fields, FieldName.UPGRADE)) return "101 without an upgrade";
    if (!fields.valueIs(fields.first(FieldName.UPGRADE), "websocket"))
      return "101 to another protocol";
    if (!isOnly(fields, FieldName.SEC_WEBSOCKET_ACCEPT)
        || !HandshakeKey.accept(key).equals(fields.value(FieldName.SEC_WEBSOCKET_ACCEPT))) {
      return "Sec-WebSocket-Accept does not answer our key";
    }
    if (fields.has(FieldName.SEC_WEBSOCKET_EXTENSIONS)
        && (deflate == null || !DeflateOffer.isAnswer(fields, deflate)))
      return "an extension that was not asked for";
    if (protocol == null) return null;
    return isOnly(fields, FieldName.SEC_WEBSOCKET_PROTOCOL) && protocols.contains(protocol)
        ? null
        : "a subprotocol that was not asked for";
  }

  private static boolean isOnly(Fields fields, FieldName name) {
    return fields.count(name) == 1;
  }
}
