package io.tidegate.websocket.handshake;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.websocket.frame.Deflate;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Agrees on permessage-deflate, RFC 7692 §7.1, in both roles. Pure.
///
/// What we send never refers to earlier messages; our window is always 32 KiB, so an offer that
/// wants a smaller one of us is declined.
public final class DeflateOffer {
  private static final String NAME = "permessage-deflate";
  private static final String SERVER_NO_TAKEOVER = "server_no_context_takeover";
  private static final String CLIENT_NO_TAKEOVER = "client_no_context_takeover";
  private static final String SERVER_WINDOW = "server_max_window_bits";
  private static final String CLIENT_WINDOW = "client_max_window_bits";
  private static final Set<String> WINDOWS = Set.of("8", "9", "10", "11", "12", "13", "14", "15");

  /// What was agreed.
  ///
  /// @param deflate as configured, with takeover only if the peer's messages may use it
  /// @param field the value of the answer's Sec-WebSocket-Extensions
  public record Agreed(Deflate deflate, String field) {}

  private DeflateOffer() {}

  /// A server's choice: the first offer of `asked` that it can take; null if there is none.
  public static @Nullable Agreed choose(Fields asked, Deflate deflate) {
    var name = FieldName.SEC_WEBSOCKET_EXTENSIONS;
    for (var i = asked.first(name); i >= 0; i = asked.next(name, i)) {
      var offers = HandshakeGrammar.extensions(asked.value(i));
      if (offers == null) return null;
      for (var offer : offers) {
        var agreed = choose(offer, deflate);
        if (agreed != null) return agreed;
      }
    }
    return null;
  }

  private static @Nullable Agreed choose(HandshakeGrammar.Extension offer, Deflate deflate) {
    if (!offer.name().equals(NAME) || !isValid(offer)) return null;
    var window = offer.value(SERVER_WINDOW);
    if (window != null && !window.equals("15")) return null;
    var takeover = deflate.takeover() && !offer.has(CLIENT_NO_TAKEOVER);
    var field = new StringBuilder(NAME + "; " + SERVER_NO_TAKEOVER);
    if (!takeover) field.append("; " + CLIENT_NO_TAKEOVER);
    if (window != null) field.append("; " + SERVER_WINDOW + "=15");
    return new Agreed(takeover(deflate, takeover), field.toString());
  }

  /// What a client asks for.
  public static String ask(Deflate deflate) {
    var asked = NAME + "; " + CLIENT_NO_TAKEOVER;
    return deflate.takeover() ? asked : asked + "; " + SERVER_NO_TAKEOVER;
  }

  /// Whether `answer` is one to [#ask].
  public static boolean isAnswer(Fields answer, Deflate deflate) {
    var name = FieldName.SEC_WEBSOCKET_EXTENSIONS;
    if (answer.count(name) != 1) return false;
    var chosen = HandshakeGrammar.extensions(answer.value(answer.first(name)));
    if (chosen == null || chosen.size() != 1) return false;
    var one = chosen.getFirst();
    return one.name().equals(NAME)
        && isValid(one)
        && !one.has(CLIENT_WINDOW)
        && (deflate.takeover() || one.has(SERVER_NO_TAKEOVER));
  }

  /// What a client's config becomes by an answer that it took.
  public static Deflate agreed(Fields answer, Deflate deflate) {
    var chosen =
        HandshakeGrammar.extensions(answer.value(answer.first(FieldName.SEC_WEBSOCKET_EXTENSIONS)));
    var none = chosen == null || chosen.getFirst().has(SERVER_NO_TAKEOVER);
    return takeover(deflate, deflate.takeover() && !none);
  }

  private static Deflate takeover(Deflate deflate, boolean takeover) {
    return new Deflate(deflate.maxRatio(), deflate.leastBytes(), takeover);
  }

  private static boolean isValid(HandshakeGrammar.Extension extension) {
    var seen = new HashSet<String>();
    for (var parameter : extension.parameters()) {
      var value = parameter.value();
      var valid =
          switch (parameter.name()) {
            case SERVER_NO_TAKEOVER, CLIENT_NO_TAKEOVER -> value == null;
            case SERVER_WINDOW -> value != null && WINDOWS.contains(value);
            case CLIENT_WINDOW -> value == null || WINDOWS.contains(value);
            default -> false;
          };
      if (!valid || !seen.add(parameter.name())) return false;
    }
    return true;
  }
}
