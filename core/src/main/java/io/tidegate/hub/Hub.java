package io.tidegate.hub;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.tidegate.hub.survey.Greatest;
import io.tidegate.hub.survey.Walk;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.Loop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Messages published once and delivered to thousands, whatever the slow ones do.
///
/// ```java
/// var hub = Hub.open(HubConfig.DEFAULT.withTopic("chat/*", TopicKind.Log.DEFAULT));
/// var routes = HubRoutes.of(hub);
/// HttpServer.start(s -> s.listen("127.0.0.1", 8080)
///     .get("/events/{topic...}", routes.events())
///     .post("/publish/{topic...}", routes.publish()));
/// hub.publish("chat/42", Publication.text("hello"));
/// ```
///
/// A topic's ring owns the bytes, written once for each wire format in use; a subscriber is a
/// cursor, and what is on its way to it. So a hub holds the sum of its rings and of what is on its
/// way, whatever the number of those who sleep, charged to an account of its own. Safe for any
/// thread.
public final class Hub implements AutoCloseable {
  /// As those of the loops: chunks of 1 MiB, no thread keeps buffers of its own.
  private static final ByteBufAllocator BUFFERS =
      new PooledByteBufAllocator(true, 0, 2, 8192, 7, 0, 0, false);

  /// Loops that stall for longer are not waited for.
  private static final long MOST_SURVEY_NANOS = 1_000_000_000;

  /// For how long it is remembered that somebody was refused memory: loops look once a second.
  private static final long LACKING_NANOS = 2_000_000_000;

  private final HubConfig config;
  private final Account account;
  private final Account root;
  private final Ticker ticker;
  private final Topics topics;
  private final ConcurrentHashMap<Loop, HubLoop> loops = new ConcurrentHashMap<>();
  private final AtomicLong leftBytes = new AtomicLong();
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicInteger surveys = new AtomicInteger();
  private final AtomicBoolean isClosed = new AtomicBoolean();
  private volatile WireFormat[] formats = {};
  private volatile @Nullable Lacking lacking;

  /// What happened on loops that have ended. Guarded by this, as their leaving is.
  private final Counts ended = new Counts();

  /// Bytes that somebody was refused, and when.
  private record Lacking(long bytes, long atNanos) {}

  /// `root` is what closing the hub closes: its own ledger's root, or its account in another's.
  private Hub(HubConfig config, Account root, Account account, Ticker ticker) {
    this.config = config;
    this.root = root;
    this.account = account;
    this.ticker = ticker;
    this.topics = new Topics(this);
  }

  /// Opens a hub with a ledger of its own, beside that of any server it is used with.
  public static Hub open(HubConfig config) {
    return open(config, Ticker.SYSTEM);
  }

  static Hub open(HubConfig config, Ticker ticker) {
    var root = Ledger.open(config.budget());
    return new Hub(config, root, accountOf(root, config.budget()), ticker);
  }

  /// Opens a hub whose account is a child of `parent`.
  public static Hub open(HubConfig config, Account parent) {
    var account = accountOf(parent, config.budget());
    return new Hub(config, account, account, Ticker.SYSTEM);
  }

  private static Account accountOf(Account parent, Budget budget) {
    return parent.open("hub", budget);
  }

  Account account() {
    return account;
  }

  Topics topics() {
    return topics;
  }

  ByteBufAllocator buffers() {
    return BUFFERS;
  }

  long nanos() {
    return ticker.nanos();
  }

  // ---- publishing and subscribing

  /// Publishes to `topic`, which begins with that if it does not exist yet. Never waits for a
  /// subscriber, and never throws because of one. Any thread.
  public Published publish(String topic, Publication publication) {
    topics.endUnused(nanos());
    var outcome = tryPublish(topic, publication);
    var _ = (outcome.isAccepted() ? published : refused).incrementAndGet();
    return outcome;
  }

  private Published tryPublish(String name, Publication publication) {
    while (true) {
      switch (topics.findOrMake(name)) {
        case Topics.Lookup.None(var why) -> {
          return refusal(why);
        }
        case Topics.Lookup.There(var topic) -> {
          var outcome = topic.publish(publication);
          if (outcome != null) return outcome;
          topics.forget(topic); // it ended meanwhile
        }
      }
    }
  }

  private static Published refusal(Subscribed.Refusal why) {
    return switch (why) {
      case MEMORY -> new Published.Full();
      case TOO_MANY_TOPICS -> new Published.TooManyTopics();
      case CLOSED -> new Published.Closed();
      case NO_SUCH_TOPIC, BAD_NAME, TOO_MANY_SUBSCRIPTIONS, ALREADY_SUBSCRIBED, UNFIT_DELIVERY ->
          new Published.NoSuchTopic();
    };
  }

  /// Makes the peer behind `outlet` a subscriber that is spoken to in `format`, until the outlet
  /// ends. Null if its account has no room, or the hub is closed. On the outlet's loop.
  ///
  /// @throws IllegalStateException if more formats come than [WireFormat#MOST]
  public @Nullable Subscriber join(Outlet outlet, WireFormat format) {
    int number = numberOf(format);
    if (isClosed.get()) return null;
    var home = home(outlet.loop());
    if (home == null) return null;
    if (!outlet.account().charge(Purse.HEAP, OutletSubscriber.HEAP_BYTES)) return null;
    var subscriber = new OutletSubscriber(this, home, outlet, format, number);
    home.enter(subscriber);
    outlet.own(subscriber);
    if (isClosed.get()) subscriber.close();
    return subscriber.isOpen() ? subscriber : null;
  }

  /// The subscribers of `loop`, which is the caller's; null if there is no room for its first, or
  /// the hub was closed meanwhile.
  private @Nullable HubLoop home(Loop loop) {
    var home = loops.get(loop);
    if (home != null || !account.charge(Purse.HEAP, HubLoop.HEAP_BYTES)) return home;
    var made = new HubLoop(this, loop);
    var _ = loops.put(loop, made);
    made.begin();
    if (!isClosed.get()) return made;
    made.close(); // the hub may have looked through its loops before
    return null;
  }

  /// The loop of `home` has ended.
  synchronized void ended(HubLoop home) {
    if (!loops.remove(home.loop(), home)) return;
    ended.add(home);
    account.release(Purse.HEAP, HubLoop.HEAP_BYTES);
  }

  /// What has happened on loops.
  private static final class Counts {
    private long subscriptions;
    private long delivered;
    private long dropped;
    private long gaps;
    private long cuts;

    void add(Counts others) {
      subscriptions += others.subscriptions;
      delivered += others.delivered;
      dropped += others.dropped;
      gaps += others.gaps;
      cuts += others.cuts;
    }

    void add(HubLoop loop) {
      subscriptions += loop.subscriptions();
      delivered += loop.delivered();
      dropped += loop.dropped();
      gaps += loop.gaps();
      cuts += loop.cuts();
    }
  }

  private synchronized Counts counts() {
    var sum = new Counts();
    sum.add(ended);
    for (var loop : loops.values()) sum.add(loop);
    return sum;
  }

  private int numberOf(WireFormat format) {
    int number = Arrays.asList(formats).indexOf(format);
    return number >= 0 ? number : add(format);
  }

  private synchronized int add(WireFormat format) {
    int number = Arrays.asList(formats).indexOf(format);
    if (number >= 0) return number;
    int count = formats.length;
    if (count == WireFormat.MOST)
      throw new IllegalStateException("more than " + count + " formats: make each once");
    var more = Arrays.copyOf(formats, count + 1);
    more[count] = format;
    formats = more;
    return count;
  }

  // ---- what is there

  /// What topics of this name are; null if no rule is for it.
  public @Nullable TopicRule rule(String topic) {
    for (var rule : config.rules()) if (rule.matches(topic)) return rule;
    return null;
  }

  /// The position of the last message of `topic`: offset 0 if none was published. Null if the topic
  /// does not exist now.
  public @Nullable Position head(String topic) {
    var found = topics.find(topic);
    return found == null ? null : new Position(found.epoch(), found.head());
  }

  /// Before the oldest message that `topic` keeps: who goes on behind it, or behind a later
  /// position, misses nothing. Null if the topic does not exist now.
  public @Nullable Position beforeKept(String topic) {
    var found = topics.find(topic);
    return found == null ? null : new Position(found.epoch(), found.beforeKept());
  }

  /// The newest message of `topic`, held until it is closed; null if there is none.
  public @Nullable Held newest(String topic) {
    var found = topics.find(topic);
    var entry = found == null ? null : found.newest();
    return entry == null ? null : new HeldEntry(entry);
  }

  /// A message that is kept for the caller, whatever its ring does.
  public interface Held extends AutoCloseable {
    /// The message.
    Entry entry();

    /// Lets go of it. Idempotent.
    @Override
    void close();
  }

  private static final class HeldEntry implements Held {
    private final KeptEntry entry;
    private final AtomicBoolean isHeld = new AtomicBoolean(true);

    HeldEntry(KeptEntry entry) {
      this.entry = entry;
    }

    @Override
    public Entry entry() {
      return entry;
    }

    @Override
    public void close() {
      if (isHeld.compareAndSet(true, false)) entry.release();
    }
  }

  /// Is told when topics begin and cease to be watched: a camera rests when nobody looks.
  ///
  /// Called on a virtual thread, one call after the other. A topic that changes faster than a call
  /// returns is told of once, as it is then. What is thrown is logged.
  public interface Listener {
    /// `topic` has a subscriber, and had none.
    void firstSubscriber(String topic) throws Exception;

    /// `topic` has no subscriber any more.
    void lastSubscriber(String topic) throws Exception;
  }

  /// Tells `listener` of topics that begin and cease to be watched, from now on.
  public void listen(Listener listener) {
    topics.listen(listener);
  }

  // ---- messages that have left their rings and are still on their way

  /// `more` bytes have left their ring while somebody keeps them; fewer if negative. Any thread.
  void left(long more) {
    var _ = leftBytes.addAndGet(more);
  }

  /// Bytes that have left their rings, and are kept.
  long leftBytes() {
    return Math.max(0, leftBytes.get());
  }

  /// Somebody was refused for want of so many bytes. Any thread.
  void lacks(int bytes) {
    lacking = new Lacking(Math.max(bytes, lackedBytes()), nanos());
  }

  /// Bytes that somebody wanted just now.
  private long lackedBytes() {
    var last = lacking;
    return last == null || nanos() - last.atNanos() > LACKING_NANOS ? 0 : last.bytes();
  }

  /// Who kept so many bytes that had left will keep them no longer.
  void relieved(int bytes) {
    var last = lacking;
    if (last != null) lacking = new Lacking(last.bytes() - bytes, last.atNanos());
  }

  /// Whether so much has left that publishers are refused for it, or soon would be.
  boolean isPinned() {
    return pinnedExcess() > 0;
  }

  /// By how much it is too much.
  long pinnedExcess() {
    long left = leftBytes.get();
    return Math.max(left - mostLeft(), Math.min(left, lackedBytes()));
  }

  private long mostLeft() {
    return config.budget().directBytes() / 2;
  }

  /// The hub in numbers.
  ///
  /// @param topics that exist
  /// @param subscriptions that are open
  /// @param published messages that were accepted
  /// @param refused publications that were not
  /// @param delivered messages that were handed to subscribers
  /// @param dropped messages that subscribers were passed over with
  /// @param gaps that were told
  /// @param cut subscribers that were cut for being too slow
  /// @param ringBytes that the rings hold
  /// @param leftBytes that have left their ring and are still on their way to somebody
  public record Figures(
      int topics,
      long subscriptions,
      long published,
      long refused,
      long delivered,
      long dropped,
      long gaps,
      long cut,
      long ringBytes,
      long leftBytes) {}

  /// A topic in numbers.
  ///
  /// @param name of the topic
  /// @param kind what it keeps, and within which bounds
  /// @param head the position of its last message
  /// @param kept messages in its ring
  /// @param ringBytes that its ring holds
  /// @param subscriptions that are open
  /// @param delivered messages that were handed to subscribers, those that have gone included
  /// @param dropped messages that subscribers were passed over with
  /// @param publishedPerSecond messages that it took, between the last two looks at it that were
  ///   about a second apart or more
  /// @param deliveredPerSecond messages that it handed out, in the same time
  /// @param greatestLag how many messages lie ahead of the slowest subscription, as the last
  ///   [#survey] found
  /// @param ageMillis of its newest message, 0 if it has none
  public record TopicFigures(
      String name,
      TopicKind kind,
      Position head,
      int kept,
      long ringBytes,
      int subscriptions,
      long delivered,
      long dropped,
      double publishedPerSecond,
      double deliveredPerSecond,
      long greatestLag,
      long ageMillis) {}

  /// What a look at all of it has found.
  ///
  /// @param figures of the hub
  /// @param topics the busiest, the one first whose messages taken and handed out are most
  /// @param slowest the subscriptions that have taken nothing for longest, then those that are
  ///   furthest behind; none that keeps up
  /// @param isWhole whether all loops have answered in time; `slowest` lacks those of the others
  public record Survey(
      Figures figures,
      List<TopicFigures> topics,
      List<Subscription.Figures> slowest,
      boolean isWhole) {}

  /// What there is now.
  public Figures figures() {
    var counts = counts();
    long ringBytes = 0;
    for (var topic : topics.all()) ringBytes += topic.ringBytes();
    return new Figures(
        topics.size(),
        counts.subscriptions,
        published.get(),
        refused.get(),
        counts.delivered,
        counts.dropped,
        counts.gaps,
        counts.cuts,
        ringBytes,
        Math.max(0, leftBytes.get()));
  }

  /// Up to `most` topics, in no order.
  public List<TopicFigures> topics(int most) {
    var some = new ArrayList<TopicFigures>();
    for (var topic : topics.all()) {
      if (some.size() == most) break;
      some.add(topic.figures());
    }
    return some;
  }

  /// Looks at all topics and subscriptions, and tells the first of both. Loops go through theirs
  /// 512 at a time, so that nobody waits for it; the caller waits, at most a second. Not on a loop.
  public Survey survey(int mostTopics, int mostSubscriptions) throws InterruptedException {
    return survey(mostTopics, mostSubscriptions, MOST_SURVEY_NANOS);
  }

  Survey survey(int mostTopics, int mostSubscriptions, long patienceNanos)
      throws InterruptedException {
    synchronized (surveys) {
      int round = surveys.incrementAndGet();
      long until = System.nanoTime() + patienceNanos;
      var slowest = new Greatest<Subscription.Figures>(mostSubscriptions);
      boolean isWhole = true;
      var walks = new LinkedHashMap<Walk<?>, Greatest<Subscription.Figures>>();
      for (var loop : loops.values()) {
        var some = new Greatest<Subscription.Figures>(mostSubscriptions);
        var _ = walks.put(loop.survey(round, some), some);
      }
      for (var walk : walks.entrySet()) {
        if (walk.getKey().await(until)) slowest.addAll(walk.getValue());
        else isWhole = false;
      }
      return new Survey(figures(), topics.busiest(mostTopics), slowest.all(), isWhole);
    }
  }

  /// What it is made of.
  public HubConfig config() {
    return config;
  }

  /// Who holds how much of it now.
  public Census census() {
    return Census.of(root);
  }

  /// Lets all messages go, cuts all subscribers with [io.tidegate.net.CutReason#CLOSING], and
  /// refuses what comes. Idempotent.
  @Override
  public void close() {
    if (!isClosed.compareAndSet(false, true)) return;
    topics.close();
    for (var loop : loops.values()) {
      var _ = loop.loop().run(loop::close);
    }
    root.close();
  }
}
