package io.tidegate.websocket.handshake;

import io.tidegate.fuzz.Finding;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.websocket.frame.Deflate;
import java.nio.charset.StandardCharsets;

/// Values of Sec-WebSocket-Extensions, one a line, as offers and as an answer: no exception, and
/// what our server answers our client takes.
public final class DeflateOfferFuzz {
  private static final String NAME = "permessage-deflate";
  private static final HeadBuilder HEADS = new HeadBuilder();

  private DeflateOfferFuzz() {}

  /// Judges the lines of `input`.
  public static void fuzz(byte[] input) {
    var text = new String(input, StandardCharsets.ISO_8859_1);
    HEADS.fields();
    for (var line : text.split("\n", 20)) {
      // the scanner has seen to it that no control byte comes here
      if (!line.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 0x7f))) return;
      HEADS.field(FieldName.SEC_WEBSOCKET_EXTENSIONS, line);
      var tokens = HandshakeGrammar.tokens(line);
      if (tokens != null) Finding.unless(tokens.size() <= line.length(), "bounded", tokens);
    }
    var fields = HEADS.buildFields();
    for (var deflate : new Deflate[] {Deflate.DEFAULT, Deflate.DEFAULT.withTakeover()}) {
      offered(fields, deflate);
      answered(fields, deflate);
    }
  }

  private static void offered(Fields fields, Deflate deflate) {
    var agreed = DeflateOffer.choose(fields, deflate);
    if (agreed == null) return;
    var asked = fields.toString();
    Finding.unless(asked.contains(NAME), "only what was offered", asked);
    boolean takeover = agreed.deflate().takeover();
    Finding.unless(deflate.takeover() || !takeover, "takeover only if we would", asked);
    Finding.unless(
        agreed.deflate().maxRatio() == deflate.maxRatio()
            && agreed.deflate().leastBytes() == deflate.leastBytes(),
        "bounds stay",
        agreed);
    // the client may use its context unless one of both said that it will not
    boolean said = agreed.field().contains("client_no_context_takeover");
    Finding.unless(takeover != said, "what was agreed is said", agreed);
    var answer =
        HEADS.fields().field(FieldName.SEC_WEBSOCKET_EXTENSIONS, agreed.field()).buildFields();
    Finding.unless(DeflateOffer.isAnswer(answer, deflate), "our client takes it", agreed);
    Finding.unless(!DeflateOffer.agreed(answer, deflate).takeover(), "we never refer back", agreed);
  }

  private static void answered(Fields fields, Deflate deflate) {
    if (!DeflateOffer.isAnswer(fields, deflate)) return;
    var agreed = DeflateOffer.agreed(fields, deflate);
    Finding.unless(deflate.takeover() || !agreed.takeover(), "no takeover unasked", fields);
    Finding.unless(fields.toString().contains(NAME), "only what was asked for", fields);
  }
}
