package io.tidegate.http.semantics;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.RequestHead;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which pages of other origins may read answers, and what browsers are told of it: the CORS
/// protocol of the Fetch standard (§3.2). It lets nobody in who was kept out before: it only shows
/// pages what their visitor is answered.
///
/// Either a list of origins, whose requests may carry cookies, or every origin, whose requests may
/// not. What is written is this record's alone, and the request's own origin where it is listed.
/// Immutable; pure.
///
/// @param origins whose pages
/// @param credentials whether requests with cookies count
/// @param requestFields fields that pages may add to a request
/// @param exposedFields fields of an answer that pages may read besides those that all may
/// @param maxAge how long a browser may remember what it was told; it asks again after 2 h or less
public record Cors(
    Origins origins,
    boolean credentials,
    List<String> requestFields,
    List<String> exposedFields,
    Duration maxAge) {
  /// Of one list; a page adds a handful.
  private static final int MOST_NAMES = 64;

  private static final int MOST_NAME_CHARS = 64;

  private static final List<String> REQUEST_FIELDS =
      List.of("Authorization", "Cache-Control", "Content-Type", "Last-Event-ID");

  private static final Pattern METHOD = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}");

  /// @throws IllegalArgumentException if every origin would have credentials, which browsers refuse
  ///   and nobody may guess; if a list is longer than 64 or of what is no field's name; if `maxAge`
  ///   is negative or longer than a day
  public Cors {
    if (origins.isAny() && credentials)
      throw new IllegalArgumentException("credentials want their origins listed");
    requestFields = names(requestFields);
    exposedFields = names(exposedFields);
    if (maxAge.isNegative() || maxAge.compareTo(Duration.ofDays(1)) > 0)
      throw new IllegalArgumentException("maxAge not in 0..1 day: " + maxAge);
  }

  private static List<String> names(List<String> names) {
    if (names.size() > MOST_NAMES)
      throw new IllegalArgumentException("more than " + MOST_NAMES + " fields");
    for (var name : names)
      if (!name.matches("[A-Za-z0-9-]{1," + MOST_NAME_CHARS + "}"))
        throw new IllegalArgumentException("not a field's name: " + name);
    return List.copyOf(names);
  }

  /// For pages of these origins, with credentials unless they are every one; they may add
  /// Authorization, Cache-Control, Content-Type and Last-Event-ID, read no fields but those that
  /// all may, and browsers remember it for 10 minutes.
  public static Cors of(Origins origins) {
    return new Cors(origins, !origins.isAny(), REQUEST_FIELDS, List.of(), Duration.ofMinutes(10));
  }

  /// Returns this for requests without cookies.
  public Cors withoutCredentials() {
    return new Cors(origins, false, requestFields, exposedFields, maxAge);
  }

  /// Returns this with other fields that pages may add to a request.
  public Cors withRequestFields(String... names) {
    return new Cors(origins, credentials, List.of(names), exposedFields, maxAge);
  }

  /// Returns this with other fields of an answer that pages may read.
  public Cors withExposedFields(String... names) {
    return new Cors(origins, credentials, requestFields, List.of(names), maxAge);
  }

  /// Returns this with another time for which browsers remember.
  public Cors withMaxAge(Duration time) {
    return new Cors(origins, credentials, requestFields, exposedFields, time);
  }

  /// The method for which a browser asks leave before it sends a page's request, at most 32
  /// characters; null if `request` is not such a question.
  public static @Nullable String askedMethod(RequestHead request) {
    if (!request.method().equals("OPTIONS") || origin(request) == null) return null;
    var method = request.fields().value("Access-Control-Request-Method");
    return method != null && METHOD.matcher(method).matches() ? method : null;
  }

  /// Whether the page that sends `request` is one of those.
  public boolean allows(RequestHead request) {
    var origin = origin(request);
    return origin != null && origins.contains(origin);
  }

  /// What the answer to an [#askedMethod] says beside what every [#answer] does, where `methods`
  /// lists those that the path has.
  public void answerPreflight(String methods, BiConsumer<String, String> answer) {
    answer.accept("Access-Control-Allow-Methods", methods);
    if (!requestFields.isEmpty())
      answer.accept("Access-Control-Allow-Headers", String.join(", ", requestFields));
    answer.accept("Access-Control-Max-Age", Long.toString(maxAge.toSeconds()));
  }

  /// What the answer to `request` says, errors included, so that the page can read it. It is told
  /// to whoever asks, so that a cache may give one what was said to another: that all may read it,
  /// or that it varies by Origin.
  public void answer(RequestHead request, BiConsumer<String, String> answer) {
    if (origins.isAny()) {
      answer.accept("Access-Control-Allow-Origin", "*");
    } else {
      answer.accept("Vary", "Origin");
      var origin = origin(request);
      if (origin == null || !origins.contains(origin)) return;
      answer.accept("Access-Control-Allow-Origin", origin);
    }
    if (credentials) answer.accept("Access-Control-Allow-Credentials", "true");
    if (!exposedFields.isEmpty())
      answer.accept("Access-Control-Expose-Headers", String.join(", ", exposedFields));
  }

  /// The page's origin, if one is named.
  private static @Nullable String origin(RequestHead request) {
    var fields = request.fields();
    return fields.count(FieldName.ORIGIN) == 1 ? fields.value(FieldName.ORIGIN) : null;
  }
}
