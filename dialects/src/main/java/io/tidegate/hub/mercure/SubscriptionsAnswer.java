package io.tidegate.hub.mercure;

import com.fasterxml.jackson.core.JsonFactory;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.PercentCoding;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/// Who asks for what, as those are told whose token allows it: all, those of one selector, or one.
/// Of more than a page the first are told, and a link leads to those behind them.
final class SubscriptionsAnswer {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String AFTER = "after";

  private final Subscriptions subscriptions;
  private final Names names;

  SubscriptionsAnswer(Subscriptions subscriptions, Names names) {
    this.subscriptions = subscriptions;
    this.names = names;
  }

  /// @throws HttpError 403 if `claims` do not allow it, 400 or 404 if it is not there
  Answer of(Call call, MercureClaims claims, String lastEventId) {
    if (!allows(claims, call.path())) throw new HttpError(403, "a token that does not allow this");
    var etag = "\"" + lastEventId + "\"";
    if (etag.equals(call.field("If-None-Match"))) return Answer.empty(304).withField("ETag", etag);
    var segments = segments(call.path());
    var asked = asked(segments);
    boolean isSingle = segments.size() == (isOne() ? 3 : 2);
    var answer = isSingle ? single(asked) : collection(call, asked, lastEventId);
    answer = answer.withField("ETag", etag).withField("Cache-Control", "private, must-revalidate");
    return isOne() ? answer.withField("Link", cursor(lastEventId)) : answer;
  }

  private boolean isOne() {
    return names.version() instanceof MercureVersion.One;
  }

  private static boolean allows(MercureClaims claims, String path) {
    for (var selector : claims.allowed()) if (selector.matches(path)) return true;
    return false;
  }

  private static List<String> segments(String path) {
    if (path.length() <= Mercure.SUBSCRIPTIONS.length() + 1) return List.of();
    var segments = new ArrayList<String>();
    for (var segment : path.substring(Mercure.SUBSCRIPTIONS.length() + 1).split("/", -1))
      segments.add(PercentCoding.decode(segment, 0, segment.length(), PercentCoding.Plus.PLUS));
    return segments;
  }

  /// `[topic[/subscriber]]`, in version 1 `[match_type/match[/subscriber]]`.
  private Predicate<ActiveSubscription> asked(List<String> segments) {
    int kinds = isOne() ? 1 : 0;
    if (segments.isEmpty()) return _ -> true;
    if (segments.size() < 1 + kinds || segments.size() > 2 + kinds) throw new HttpError(404);
    if (isOne() && !names.isKind(segments.getFirst()))
      throw new HttpError(400, "no kind of selector: " + segments.getFirst());
    var match = segments.get(kinds);
    var subscriber = segments.size() > 1 + kinds ? segments.get(1 + kinds) : "";
    return one ->
        one.match().equals(match)
            && (!isOne() || one.kind().equals(segments.getFirst()))
            && (subscriber.isEmpty() || one.subscriber().equals(subscriber));
  }

  private Answer single(Predicate<ActiveSubscription> asked) {
    var found = subscriptions.of(subscriptions.page("", asked), asked);
    if (!found.hasNext()) throw new HttpError(404, "no such subscription");
    return Answer.text(found.next().document(true)).withType(type());
  }

  private Answer collection(Call call, Predicate<ActiveSubscription> asked, String lastEventId) {
    var after = call.query(AFTER);
    var page = subscriptions.page(after == null ? "" : after, asked);
    var path = call.path();
    var answer =
        Answer.written(type(), out -> write(out, path, subscriptions.of(page, asked), lastEventId));
    if (page.isLast()) return answer;
    return answer.withField(
        "Link", "<" + call.path() + "?" + AFTER + "=" + page.last() + ">; rel=\"next\"");
  }

  /// As its reader takes it, looking for one after the other: no list of them waits for who is
  /// slow.
  private void write(
      OutputStream out, String path, Iterator<ActiveSubscription> entries, String lastEventId)
      throws IOException {
    var json = JSON.createGenerator(out);
    json.writeStartObject();
    if (!isOne()) json.writeStringField("@context", ActiveSubscription.CONTEXT);
    json.writeStringField("id", path);
    json.writeStringField("type", isOne() ? "subscriptions" : "Subscriptions");
    if (!isOne()) json.writeStringField("lastEventID", lastEventId);
    json.writeArrayFieldStart("subscriptions");
    while (entries.hasNext()) entries.next().write(json, true, false);
    json.writeEndArray();
    json.writeEndObject();
    json.flush();
  }

  private String type() {
    return isOne() ? "application/json" : "application/ld+json";
  }

  private String cursor(String lastEventId) {
    return "<"
        + names.hub()
        + ">; rel=\"mercure\"; last-event-id=\""
        + lastEventId
        + "\"; type=\""
        + Names.EVENT_TYPE
        + "\"; content-type=\"application/json\"";
  }
}
