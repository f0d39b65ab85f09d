package io.tidegate.websocket;

import io.netty.buffer.Unpooled;
import io.tidegate.fuzz.Finding;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.Http1Request;
import io.tidegate.http.message.Http1RequestScanner;
import io.tidegate.http.message.Http1Response;
import io.tidegate.http.message.Http1ResponseScanner;
import io.tidegate.http.message.Http1Writer;
import io.tidegate.http.message.Http1Writer.Then;
import io.tidegate.http.message.Scan;
import io.tidegate.websocket.ServerHandshake.Answer.Accepted;
import io.tidegate.websocket.ServerHandshake.Answer.Refused;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.handshake.DeflateOffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/// Opening handshakes, both sides: an input that begins with `HTTP/` is a server's answer, any
/// other a client's request.
///
/// Judged without an exception; what is accepted is what RFC 6455 §4.2.1 asks for, looked at here
/// in another way; and our own client takes the answer.
public final class HandshakeFuzz {
  private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
  private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
  private static final List<String> PROTOCOLS = List.of("chat", "superchat");
  private static final List<ServerHandshake> SERVERS =
      List.of(
          ServerHandshake.DEFAULT.withProtocols("superchat", "chat"),
          ServerHandshake.DEFAULT.withOrigins(OriginPolicy.any()),
          ServerHandshake.DEFAULT.withOrigins(OriginPolicy.sameOriginOr("https://app.example")));
  private static final HeadBuilder HEADS = new HeadBuilder();

  private HandshakeFuzz() {}

  /// Judges `input`.
  public static void fuzz(byte[] input) {
    if (new String(input, 0, Math.min(5, input.length), StandardCharsets.US_ASCII).equals("HTTP/"))
      answer(input);
    else request(input);
  }

  // ---- the server's side

  private static void request(byte[] input) {
    var scanner = new Http1RequestScanner(HeadLimits.DEFAULT);
    if (scanner.scan(input, 0, input.length) != Scan.HEAD) return;
    var request = scanner.request();
    for (var server : SERVERS) {
      switch (server.answer(request, HEADS)) {
        case Refused(var head, var reason) -> {
          boolean known = Set.of(400, 403, 405, 426).contains(head.status());
          Finding.unless(known, "refused with a status of its own", reason);
          Finding.unless(head.fields().wireBytes() < 256, "in few words", head.fields());
        }
        case Accepted accepted -> accepted(server, request, accepted);
      }
    }
  }

  private static void accepted(ServerHandshake server, Http1Request request, Accepted accepted) {
    var fields = request.head().fields();
    var sent = fields.value("sec-websocket-key");
    var key = sent == null ? "" : sent;
    boolean right =
        request.head().method().equals("GET")
            && request.minorVersion() == 1
            && request.framing().isEmpty()
            && fields.listHas(FieldName.CONNECTION, "upgrade")
            && fields.listHas(FieldName.UPGRADE, "websocket")
            && "13".equals(fields.value("sec-websocket-version"))
            && Base64.getDecoder().decode(key).length == 16;
    Finding.unless(right, "only a right handshake is accepted", request);
    var protocol = accepted.protocol();
    boolean spoken = server.protocols().contains(protocol) && asks(fields, protocol);
    Finding.unless(protocol.isEmpty() || spoken, "a protocol that both speak", protocol);
    var head = accepted.head();
    Finding.unless(head.status() == 101, "101", head.status());
    Finding.unlessEqual("" + head.fields().value("sec-websocket-accept"), proof(key), "the proof");
    taken(accepted, key);
    var deflate = DeflateOffer.choose(fields, Deflate.DEFAULT);
    if (deflate != null) Finding.unless(!deflate.deflate().takeover(), "no takeover", deflate);
  }

  private static boolean asks(Fields fields, String protocol) {
    for (int i = 0; i < fields.size(); i++) {
      if (!fields.nameIs(i, "sec-websocket-protocol")) continue;
      for (var each : fields.value(i).split(",", -1))
        if (each.strip().equals(protocol)) return true;
    }
    return false;
  }

  private static String proof(String key) {
    try {
      var text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
      var digest = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder()
          .encodeToString(digest.digest(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (NoSuchAlgorithmException none) {
      throw new AssertionError("every JDK has SHA-1", none);
    }
  }

  private static void taken(Accepted accepted, String key) {
    var out = Unpooled.buffer();
    Http1Writer.write(accepted.head(), Framing.NONE, Then.UPGRADE, out);
    var scanner = new Http1ResponseScanner(HeadLimits.DEFAULT);
    var scan = scanner.scan("GET", out.array(), 0, out.readableBytes());
    Finding.unless(scan == Scan.HEAD, "our answer is a head", accepted.head().fields());
    var client = ClientHandshake.withKey(key, PROTOCOLS, Fields.EMPTY);

    var outcome = client.judge(scanner.response());

    Finding.unlessEqual(
        outcome, new ClientHandshake.Outcome.Opened(accepted.protocol()), "our client takes it");
  }

  // ---- the client's side

  private static void answer(byte[] input) {
    var scanner = new Http1ResponseScanner(HeadLimits.DEFAULT);
    if (scanner.scan("GET", input, 0, input.length) != Scan.HEAD) return;
    var answer = scanner.response();
    var plain = ClientHandshake.withKey(KEY, PROTOCOLS, Fields.EMPTY);
    judged(plain, answer, false);
    judged(plain.withDeflate(Deflate.DEFAULT), answer, true);
    judged(plain.withDeflate(Deflate.DEFAULT.withTakeover()), answer, true);
  }

  private static void judged(ClientHandshake client, Http1Response answer, boolean deflates) {
    var fields = answer.head().fields();
    if (!(client.judge(answer) instanceof ClientHandshake.Outcome.Opened(var protocol))) return;
    boolean right =
        answer.head().status() == 101
            && fields.listHas(FieldName.CONNECTION, "upgrade")
            && ACCEPT.equals(fields.value("sec-websocket-accept"))
            && (protocol.isEmpty() || PROTOCOLS.contains(protocol));
    Finding.unless(right, "only a right answer opens", fields);
    boolean extended = fields.has(FieldName.SEC_WEBSOCKET_EXTENSIONS);
    Finding.unless(deflates || !extended, "no extension that was not asked for", fields);
    var agreed = client.agreed(answer);
    Finding.unless((agreed != null) == extended, "compressed as was agreed", fields);
  }
}
