package io.tidegate.hub.mercure;

import io.tidegate.http.semantics.Cors;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.Origins;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Position;
import io.tidegate.hub.Publication;
import io.tidegate.hub.Published;
import io.tidegate.hub.Start;
import io.tidegate.hub.TopicKind;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import io.tidegate.server.Handler;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A hub spoken to in the Mercure protocol: updates published by a form, seen as server-sent
/// events, both allowed by JSON Web Tokens; by the names of version 0.x, or of what becomes version
/// 1 ([MercureVersion]).
///
/// ```java
/// var hub = Hub.open(HubConfig.DEFAULT.withTopic("mercure", TopicKind.Log.DEFAULT));
/// var mercure = Mercure.on(hub, MercureConfig.of(new JwtVerifier(JwtKey.secret(secret))));
/// HttpServer.start(s -> s.listen("127.0.0.1", 8080)
///     .get(Mercure.PATH, mercure.subscribe())
///     .post(Mercure.PATH, mercure.publish())
///     .get(Mercure.SUBSCRIPTIONS, mercure.subscriptions())
///     .get(Mercure.SUBSCRIPTIONS + "/{path...}", mercure.subscriptions())
///     .get("/books/1", call -> mercure.discoverable(Answer.json(book), Mercure.PATH)));
/// ```
///
/// All updates stand in one log of the hub, for an update may have several topics and a subscriber
/// may ask for all: so one id says where a subscriber stands in all of them, and what it does not
/// ask for costs it a look. An update's data is at most what a form may have, 64 KiB.
///
/// Private updates stand in that log too: give Mercure a hub of its own, or keep others out of its
/// topic ([io.tidegate.hub.outlet.Authorizer], [io.tidegate.hub.centrifugo.Access]).
public final class Mercure {
  /// Where clients look for a hub.
  public static final String PATH = "/.well-known/mercure";

  /// Where clients look for who asks for what.
  public static final String SUBSCRIPTIONS = PATH + "/subscriptions";

  private final Hub hub;
  private final MercureConfig config;
  private final Names names;
  private final EventIds ids;
  private final Subscriptions subscriptions;
  private final MercureFormat format = new MercureFormat();

  private Mercure(Hub hub, MercureConfig config) {
    this.hub = hub;
    this.config = config;
    this.names = Names.of(config.version());
    this.ids = new EventIds(config.namedIds());
    this.subscriptions = new Subscriptions(hub, config.topic(), names);
  }

  /// Speaks Mercure for `hub`.
  ///
  /// @throws IllegalArgumentException if the config's topic is no log of the hub's
  public static Mercure on(Hub hub, MercureConfig config) {
    var rule = hub.rule(config.topic());
    if (rule == null || !(rule.kind() instanceof TopicKind.Log))
      throw new IllegalArgumentException("no log of the hub's: " + config.topic());
    return new Mercure(hub, config);
  }

  /// What lets pages of `origins` subscribe and publish, to be given to
  /// [io.tidegate.server.ServerConfig#cors]: they may name a token and an event, and read where
  /// they stand. To publish with a cookie they must be among the config's `publishOrigins` too.
  public static Cors cors(Origins origins) {
    return Cors.of(origins)
        .withExposedFields(
            "ETag",
            "Last-Event-ID",
            "Link",
            "Mercure-Last-Event-ID",
            "Retry-After",
            "WWW-Authenticate");
  }

  /// `answer` with the link by which clients find the hub at `url`.
  public Answer discoverable(Answer answer, String url) {
    return answer.withField("Link", "<" + url + ">; rel=\"mercure\"");
  }

  // ---- publish

  /// Takes an update: `topic` (once or more), `data`, `private`, `id`, `type`, `retry`. Answers 200
  /// with its id; 400, 401, 403, 413, 429 or 507.
  public Handler publish() {
    return call -> challenged(call, this::publish);
  }

  private Answer publish(Call call) throws IOException {
    var claims =
        Credentials.ofPublisher(call, config.publisherTokens(), config.publishOrigins(), names);
    var publish = claims.publish();
    if (publish == null) throw new HttpError(403, "a token without mercure.publish");
    var form = call.form();
    names.requireFree(form);
    var update = Update.of(form);
    if (!names.hub().isEmpty()) update = update.withUrls(names.hub());
    if (!TopicSelector.allMatch(publish, update))
      throw new HttpError(403, "a topic that the token does not allow");
    var data = form.first("data");
    var publication = Publication.text(data == null ? "" : data);
    return answer(update, hub.publish(config.topic(), attached(publication, update)));
  }

  private static Publication attached(Publication publication, Update update) {
    return publication.withAttachment(update, update.heldBytes());
  }

  private Answer answer(Update update, Published published) {
    return switch (published) {
      case Published.Accepted accepted -> Answer.text(idOf(update, accepted.at()));
      case Published.RateLimited limited ->
          Answer.empty(429)
              .withField("Retry-After", Long.toString(limited.retryAfter().toSeconds() + 1));
      case Published.Full _, Published.TooManyTopics _ -> Answer.empty(507);
      case Published.TooLarge _ -> Answer.empty(413);
      case Published.NoSuchTopic _, Published.Unfit _ -> Answer.empty(500);
      case Published.Closed _ -> Answer.empty(503);
    };
  }

  private String idOf(Update update, Position at) {
    var id = update.id();
    if (id == null) return EventIds.of(at);
    ids.put(id, at);
    return id;
  }

  // ---- subscribe

  /// Opens a stream of the updates of `topic` (once or more, selectors; in version 1 `match` and
  /// `match_urlpattern`), behind `Last-Event-ID` or `lastEventID` (`last_event_id`); `earliest`
  /// begins with the oldest that is kept. Answers 400 or 401 otherwise.
  public Handler subscribe() {
    return call -> challenged(call, this::subscribe);
  }

  private Answer subscribe(Call call) {
    var claims = Credentials.ofSubscriber(call, config.subscriberTokens(), names);
    boolean known = claims.subscribe() != null;
    if (!known && !config.anonymous())
      throw new HttpError(401, Credentials.MISSING + " for subscribers");
    var wanted = names.wanted(call.query());
    var interest = new Interest(Wanted.selectors(wanted), claims.allowed());
    var last = asked(call);
    var start = last == null ? Start.live() : start(last);
    var told = config.subscriptions() ? active(wanted, claims) : List.<ActiveSubscription>of();
    var stream =
        new UpdateStream(
            hub, config, format, interest, start, claims.expires(), subscriptions, told);
    return stream.answer(names.cursorField(), last == null ? null : resumesBehind(last));
  }

  private List<ActiveSubscription> active(List<Wanted> wanted, MercureClaims claims) {
    var subscriber = "urn:uuid:" + UUID.randomUUID();
    return wanted.stream()
        .map(one ->
            new ActiveSubscription(
                config.version(), one.kind(), one.text(), subscriber, claims.payload(one.text())))
        .toList();
  }

  /// Tells who asks for what, at [#SUBSCRIPTIONS] and below, those whose token allows the path as a
  /// topic: all, those of one selector, one. Of more than 1,000 the first, with a link to the next.
  /// Answers 401, 403 or 404 otherwise; 404 always unless the config has it.
  public Handler subscriptions() {
    return call -> challenged(call, this::subscriptions);
  }

  private Answer subscriptions(Call call) {
    if (!config.subscriptions()) throw new HttpError(404);
    var claims = Credentials.ofSubscriber(call, config.subscriberTokens(), names);
    if (claims == MercureClaims.NONE) throw new HttpError(401, Credentials.MISSING);
    return new SubscriptionsAnswer(subscriptions, names).of(call, claims, lastEventId());
  }

  /// Version 1 tells who is refused by which challenge, RFC 6750 §3.
  private Object challenged(Call call, Handler handler) throws Exception {
    try {
      return handler.answer(call);
    } catch (HttpError refused) {
      var challenge = names.challenge(refused);
      if (challenge == null) throw refused;
      return Answer.text(refused.text() + "\n")
          .withStatus(refused.status())
          .withField("WWW-Authenticate", challenge);
    }
  }

  /// Behind what a subscriber goes on, empty if it names it so; null if it names nothing.
  private @Nullable String asked(Call call) {
    var field = call.field("Last-Event-ID");
    if (field != null && !field.isEmpty()) return field;
    var query = call.query(names.cursorQuery());
    return query == null ? field : query;
  }

  private Start start(String last) {
    if (last.isEmpty()) return Start.live();
    return last.equals(EventIds.EARLIEST) ? Start.kept() : Start.after(find(last));
  }

  private Position find(String id) {
    return ids.find(id, hub.beforeKept(config.topic()));
  }

  /// What the answer's own `Last-Event-ID` says: the id asked for if nothing that was behind it has
  /// gone, else that nobody knows what was before; of an empty one, where the log ends.
  private String resumesBehind(String last) {
    if (last.isEmpty()) return lastEventId();
    var kept = hub.beforeKept(config.topic());
    var at = ids.find(last, kept);
    boolean isWhole =
        kept != null && at.epoch() == kept.epoch() && at.offset() >= kept.offset() && isThere(at);
    return isWhole ? last : EventIds.EARLIEST;
  }

  private boolean isThere(Position at) {
    var head = hub.head(config.topic());
    return head != null && at.offset() <= head.offset();
  }

  /// The id behind which a subscriber misses nothing that is published from now on: to be named by
  /// what links to the hub; `earliest` if nothing was published yet.
  public String lastEventId() {
    var head = hub.head(config.topic());
    return head == null || head.offset() == 0 ? EventIds.EARLIEST : EventIds.of(head);
  }
}
