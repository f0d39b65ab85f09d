package io.tidegate.hub.mercure;

import io.tidegate.http.form.Pairs;
import io.tidegate.http.semantics.HttpError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What one version of the protocol calls things.
///
/// @param version of the protocol
/// @param cursorQuery where a subscriber's query says behind what it goes on
/// @param cursorField where the answer says behind what it begins
/// @param cookie that carries a token
/// @param tokenQuery parameter of the query that carries a token; null if none may
record Names(
    MercureVersion version,
    String cursorQuery,
    String cursorField,
    String cookie,
    @Nullable String tokenQuery) {
  private static final String MATCH = "match";

  /// Of what the hub itself publishes.
  static final String EVENT_TYPE = "mercure";

  /// All selectors of a subscriber together: each costs a glance for each character of each topic.
  private static final int MOST_JUMPS = 1_024;

  /// Those of `version`.
  static Names of(MercureVersion version) {
    return switch (version) {
      case MercureVersion.Zero _ ->
          new Names(
              version, "lastEventID", "Last-Event-ID", "mercureAuthorization", "authorization");
      case MercureVersion.One _ ->
          new Names(
              version,
              "last_event_id",
              "Mercure-Last-Event-ID",
              "__Secure-mercure_access_token",
              null);
    };
  }

  /// What a subscriber's `query` asks for, at least one.
  ///
  /// @throws HttpError 400 if that is nothing, too much, or not understood
  List<Wanted> wanted(Pairs query) {
    var selectors = new ArrayList<Wanted>();
    query.forEach((name, text) -> {
      var kind = kind(name);
      if (kind != null) selectors.add(new Wanted(kind, text, selector(name, kind, text)));
    });
    if (selectors.isEmpty()) throw new HttpError(400, "Missing \"" + parameter() + "\" parameter.");
    if (selectors.size() > MercureClaims.MOST_SELECTORS)
      throw new HttpError(400, "more than " + MercureClaims.MOST_SELECTORS + " topics");
    if (selectors.stream().mapToInt(one -> one.selector().jumps()).sum() > MOST_JUMPS)
      throw new HttpError(400, "too many variables");
    return List.copyOf(selectors);
  }

  private String parameter() {
    return version instanceof MercureVersion.One ? MATCH : "topic";
  }

  /// Whether selectors of this kind are understood.
  boolean isKind(String kind) {
    return kind.equals("exact") || kind.equals("urlpattern");
  }

  /// What a publisher may not name in version 1, whoever it is.
  ///
  /// @throws HttpError 400
  void requireFree(Pairs form) {
    if (version instanceof MercureVersion.Zero) return;
    for (var topic : form.all("topic")) {
      if (topic.equals("*") || isReserved(topic))
        throw new HttpError(400, "a topic of the hub's own");
      requireSeen("topic", topic);
    }
    requireSeen("id", form.first("id"));
    requireSeen("type", form.first("type"));
    if (EVENT_TYPE.equals(form.first("type"))) throw new HttpError(400, "a type of the hub's own");
  }

  private boolean isReserved(String topic) {
    var url = TopicUrl.of(topic, hub());
    return url != null && url.isBelow(Mercure.PATH);
  }

  private static void requireSeen(String name, @Nullable String text) {
    if (text != null && Update.hasHidden(text))
      throw new HttpError(400, "a character in \"" + name + "\" that nobody sees");
  }

  /// The hub's own URL; empty where nobody asks by URL patterns.
  String hub() {
    return version instanceof MercureVersion.One one ? one.resource().toString() : "";
  }

  /// What asks a peer for a token, or says what is wrong with its own; null if nothing does.
  @Nullable String challenge(HttpError refused) {
    if (version instanceof MercureVersion.Zero) return null;
    return switch (refused.status()) {
      case 401 ->
          refused.text().startsWith(Credentials.MISSING)
              ? "Bearer"
              : "Bearer error=\"invalid_token\"";
      case 403 -> "Bearer error=\"insufficient_scope\"";
      default -> null;
    };
  }

  /// The kind of selector that a parameter of this name holds; null if it holds none. All names
  /// that begin with `match` are version 1's, so that a misspelled one is not passed over.
  private @Nullable String kind(String name) {
    return switch (version) {
      case MercureVersion.Zero _ -> name.equals("topic") ? "template" : null;
      case MercureVersion.One _ -> {
        if (name.equals(MATCH)) yield "exact";
        if (!name.toLowerCase(Locale.ROOT).startsWith(MATCH)) yield null;
        yield name.startsWith("match_") ? name.substring("match_".length()) : "none";
      }
    };
  }

  private TopicSelector selector(String name, String kind, String text) {
    if (text.length() > Update.MOST_TOPIC_CHARS || Update.hasControl(text))
      throw new HttpError(400, "a topic that is none");
    if (version instanceof MercureVersion.One) requireSeen(name, text);
    var selector = selector(kind, text);
    if (selector == null) throw new HttpError(400, "not understood here: " + name + "=" + text);
    return selector;
  }

  /// The selector of this kind; null if there is no such kind, or `text` is none of it.
  @Nullable TopicSelector selector(String kind, String text) {
    return switch (version) {
      case MercureVersion.Zero _ -> TopicSelector.of(text);
      case MercureVersion.One _ -> {
        boolean isUrl = kind.equals("urlpattern");
        if (!isKind(kind)) yield null;
        if (text.equals("*")) yield new TopicSelector.All();
        yield isUrl ? UrlPattern.parse(text, hub()) : new TopicSelector.One(text);
      }
    };
  }
}
