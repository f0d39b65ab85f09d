package io.tidegate.hub.mercure;

import io.tidegate.http.form.Pairs;
import io.tidegate.http.semantics.HttpError;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is said of an update beside its data.
///
/// @param topics the first is its own name, the others are names by which it is found too
/// @param isPrivate whether only those may see it whose token allows one of its topics
/// @param id as its publisher named it; null if the hub does
/// @param type the event's; null if none
/// @param retryMillis after which subscribers are to come back; 0 if nothing is said
/// @param urls of each topic, as [TopicUrl] spells it, empty where it has none; none of them where
///   nobody asks by URL patterns
record Update(
    List<String> topics,
    boolean isPrivate,
    @Nullable String id,
    @Nullable String type,
    int retryMillis,
    List<String> urls) {
  /// A resource, and its forms in a few languages and formats.
  static final int MOST_TOPICS = 32;

  /// As browsers and proxies take of a URL without trouble.
  static final int MOST_TOPIC_CHARS = 2_000;

  private static final int MOST_ID_CHARS = 256;

  /// A day and more; longer is as good as never.
  private static final int MOST_RETRY_DIGITS = 9;

  /// What an object, a list or a string costs beside what is in it.
  private static final int OBJECT_BYTES = 64;

  /// The hub's own namespace.
  private static final String RESERVED = "/.well-known/mercure";

  /// An update that nobody asks for by URL patterns.
  Update(
      List<String> topics,
      boolean isPrivate,
      @Nullable String id,
      @Nullable String type,
      int retryMillis) {
    this(topics, isPrivate, id, type, retryMillis, List.of());
  }

  /// This with its topics' URLs, as seen from the `hub` of this URL.
  Update withUrls(String hub) {
    var spelled = topics.stream().map(topic -> TopicUrl.text(topic, hub)).toList();
    return new Update(topics, isPrivate, id, type, retryMillis, spelled);
  }

  /// The URL of the topic with this number; empty if it has none.
  String url(int i) {
    return urls.isEmpty() ? "" : urls.get(i);
  }

  /// Reads a publisher's form.
  ///
  /// @throws HttpError 400 or 403 if it is none that may be published
  static Update of(Pairs form) {
    var topics = List.copyOf(form.all("topic"));
    if (topics.isEmpty()) throw new HttpError(400, "Missing \"topic\" parameter");
    if (topics.size() > MOST_TOPICS)
      throw new HttpError(413, "more than " + MOST_TOPICS + " topics");
    topics.forEach(Update::requireTopic);
    return new Update(
        topics,
        form.first("private") != null,
        id(form.first("id")),
        type(form.first("type")),
        retryMillis(form.first("retry")));
  }

  private static void requireTopic(String topic) {
    if (topic.length() > MOST_TOPIC_CHARS)
      throw new HttpError(413, "a topic of more than " + MOST_TOPIC_CHARS + " characters");
    if (topic.isEmpty() || hasControl(topic)) throw new HttpError(400, "a topic that is none");
    if (topic.contains(RESERVED)) throw new HttpError(403, "a topic of the hub's own");
  }

  static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
  }

  /// Whether it has a control character of any kind, or one that formats and is not seen.
  static boolean hasHidden(String text) {
    return text.codePoints()
        .anyMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT);
  }

  private static @Nullable String id(@Nullable String id) {
    if (id == null || id.isEmpty()) return null;
    boolean ours = id.startsWith(EventIds.PREFIX) || id.equals(EventIds.EARLIEST);
    if (id.length() > MOST_ID_CHARS || hasControl(id) || id.startsWith("#") || ours)
      throw new HttpError(400, "an id that none can have");
    return id;
  }

  private static @Nullable String type(@Nullable String type) {
    if (type == null || type.isEmpty()) return null;
    if (type.length() > MOST_ID_CHARS || hasControl(type))
      throw new HttpError(400, "a type that none can have");
    return type;
  }

  private static int retryMillis(@Nullable String retry) {
    if (retry == null || retry.isEmpty()) return 0;
    if (!retry.matches("[0-9]{1," + MOST_RETRY_DIGITS + "}"))
      throw new HttpError(400, "Invalid \"retry\" parameter");
    return Integer.parseInt(retry);
  }

  /// What it is charged while the hub keeps it.
  int heldBytes() {
    int bytes = 2 * OBJECT_BYTES + size(id) + size(type);
    for (var topic : topics) bytes += size(topic);
    for (var url : urls) bytes += size(url);
    return bytes;
  }

  private static int size(@Nullable String text) {
    return text == null ? 0 : OBJECT_BYTES + 2 * text.length();
  }
}
