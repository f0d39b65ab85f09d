package io.tidegate.hub;

import io.tidegate.hub.survey.Greatest;
import io.tidegate.ledger.Purse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The topics of a hub by their names, as many as it may have, and who is told of their watchers.
///
/// A topic that nobody uses ends when its time is over: each waits in a line for the moment at
/// which it may have to, and is looked at then. One that nobody has published to ends with its last
/// subscriber: no position is lost with it, and readers cannot make topics that outlast them. Any
/// thread, without a topic's lock.
final class Topics {
  private static final Logger LOG = LoggerFactory.getLogger(Topics.class);

  /// Random, so that no two topics of a name have one; 48 bits write short.
  private static final long MOST_EPOCH = 1L << 48;

  /// No epoch is like that of [Position#UNKNOWN].
  private static final long LEAST_EPOCH = 1L << 32;

  /// Looked at by one caller: what is over after it is left to the next.
  private static final int MOST_LOOKS = 16;

  /// Topics whose messages one caller looks at: 10,000 are gone through within a minute.
  private static final int MOST_EXPIRED = 256;

  private final Hub hub;
  private final ConcurrentHashMap<String, Topic> byName = new ConcurrentHashMap<>();
  private final Notices notices = new Notices();

  // guarded by this
  private final TreeSet<Due> line = new TreeSet<>();
  private final Map<Topic, Due> dues = new HashMap<>();
  private Iterator<Topic> expiring = Collections.emptyIterator();
  private long dueCount;
  private boolean closed;

  private volatile long nextDueNanos;
  private volatile boolean hasDue;

  /// A topic that may be over at a moment.
  private record Due(Topic topic, long atNanos, long number) implements Comparable<Due> {
    @Override
    public int compareTo(Due other) {
      int later = Long.signum(atNanos - other.atNanos);
      return later != 0 ? later : Long.compare(number, other.number);
    }
  }

  Topics(Hub hub) {
    this.hub = hub;
  }

  /// What became of the search for a topic.
  sealed interface Lookup {
    /// This is it.
    record There(Topic topic) implements Lookup {}

    /// There is none, and none was made.
    record None(Subscribed.Refusal why) implements Lookup {}
  }

  @Nullable Topic find(String name) {
    return byName.get(name);
  }

  Collection<Topic> all() {
    return byName.values();
  }

  /// Those that take and hand out most now, at most so many; of those at rest, the most watched.
  List<Hub.TopicFigures> busiest(int most) {
    var busiest = new Greatest<Hub.TopicFigures>(most);
    for (var topic : all()) {
      var figures = topic.figures();
      double pace = figures.publishedPerSecond() + figures.deliveredPerSecond();
      busiest.add(pace + figures.subscriptions() / 1e9, figures);
    }
    return busiest.all();
  }

  int size() {
    return byName.size();
  }

  /// The topic of this name, made if there is none.
  Lookup findOrMake(String name) {
    var topic = byName.get(name);
    return topic == null ? make(name) : new Lookup.There(topic);
  }

  private synchronized Lookup make(String name) {
    if (closed) return new Lookup.None(Subscribed.Refusal.CLOSED);
    var existing = byName.get(name);
    if (existing != null) return new Lookup.There(existing);
    if (!isName(name)) return new Lookup.None(Subscribed.Refusal.BAD_NAME);
    var rule = hub.rule(name);
    if (rule == null) return new Lookup.None(Subscribed.Refusal.NO_SUCH_TOPIC);
    if (byName.size() >= hub.config().maxTopics())
      return new Lookup.None(Subscribed.Refusal.TOO_MANY_TOPICS);
    if (!hub.account().charge(Purse.HEAP, Topic.heapBytesOf(name)))
      return new Lookup.None(Subscribed.Refusal.MEMORY);
    var topic = new Topic(hub, name, rule, newEpoch());
    var _ = byName.put(name, topic);
    wait(topic, hub.nanos());
    return new Lookup.There(topic);
  }

  private boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= hub.config().maxNameChars()
        && name.chars().noneMatch(c -> c < ' ' || c == 0x7f);
  }

  private static long newEpoch() {
    return ThreadLocalRandom.current().nextLong(LEAST_EPOCH, MOST_EPOCH);
  }

  /// `topic` has ended: the next of its name is another.
  synchronized void forget(Topic topic) {
    var _ = byName.remove(topic.name(), topic);
    var due = dues.remove(topic);
    if (due == null) return;
    var _ = line.remove(due);
    note();
  }

  /// Ends `topic` if it has neither subscribers nor a past.
  void endIfNew(Topic topic) {
    if (topic.endIfNew()) forget(topic);
  }

  // ---- topics that nobody uses

  private void wait(Topic topic, long sinceNanos) {
    var due = new Due(topic, sinceNanos + hub.config().unusedAfter().toNanos(), dueCount++);
    var _ = line.add(due);
    var _ = dues.put(topic, due);
    note();
  }

  private void note() {
    hasDue = !line.isEmpty();
    if (hasDue) nextDueNanos = line.getFirst().atNanos();
  }

  /// Ends topics whose time is over. Cheap if there is none.
  void endUnused(long nowNanos) {
    if (!hasDue || nowNanos - nextDueNanos < 0) return;
    look(nowNanos);
  }

  private synchronized void look(long nowNanos) {
    long before = nowNanos - hub.config().unusedAfter().toNanos();
    for (int i = 0; i < MOST_LOOKS && !line.isEmpty(); i++) {
      var due = line.getFirst();
      if (nowNanos - due.atNanos() < 0) break;
      var topic = due.topic();
      if (topic.endIfUnused(before)) {
        forget(topic);
      } else {
        var _ = line.remove(due);
        wait(topic, topic.isWatched() ? nowNanos : topic.usedNanos());
      }
    }
    note();
  }

  /// Lets go of messages that are too old, of some topics at each call and of all in turn: nobody
  /// else does in one that is only watched.
  synchronized void expireSome(long nowNanos) {
    if (!expiring.hasNext()) expiring = byName.values().iterator();
    for (int i = 0; i < MOST_EXPIRED && expiring.hasNext(); i++) expiring.next().expire(nowNanos);
  }

  /// Ends all of them.
  void close() {
    synchronized (this) {
      closed = true;
      line.clear();
      dues.clear();
      hasDue = false;
    }
    for (var topic : byName.values()) topic.end();
    byName.clear();
  }

  // ---- watchers

  void listen(Hub.Listener listener) {
    notices.add(listener);
  }

  /// `topic` has got its first watcher, or lost its last.
  void watched(Topic topic) {
    notices.changed(topic);
  }

  /// What listeners are to be told, each topic at most once: as it is when its turn comes. A thread
  /// tells them for as long as there is something to tell.
  private static final class Notices implements Runnable {
    // guarded by this
    private final List<Hub.Listener> listeners = new ArrayList<>();
    private final ArrayDeque<Topic> changed = new ArrayDeque<>();
    private final HashSet<Topic> isChanged = new HashSet<>();
    private final HashSet<Topic> toldWatched = new HashSet<>();
    private boolean running;

    synchronized void add(Hub.Listener listener) {
      listeners.add(listener);
    }

    synchronized void changed(Topic topic) {
      if (listeners.isEmpty() || !isChanged.add(topic)) return;
      changed.add(topic);
      if (running) return;
      running = true;
      var _ = Thread.ofVirtual().name("tidegate-hub-listeners").start(this);
    }

    private synchronized @Nullable Topic next() {
      var topic = changed.poll();
      if (topic == null) running = false;
      else isChanged.remove(topic);
      return topic;
    }

    private synchronized boolean isNews(Topic topic, boolean watched) {
      return watched ? toldWatched.add(topic) : toldWatched.remove(topic);
    }

    private synchronized List<Hub.Listener> listeners() {
      return List.copyOf(listeners);
    }

    @Override
    public void run() {
      for (var topic = next(); topic != null; topic = next()) {
        boolean watched = topic.isWatched();
        if (!isNews(topic, watched)) continue;
        for (var listener : listeners()) tell(listener, topic.name(), watched);
      }
    }

    private static void tell(Hub.Listener listener, String topic, boolean watched) {
      try {
        if (watched) listener.firstSubscriber(topic);
        else listener.lastSubscriber(topic);
      } catch (Exception fault) {
        LOG.warn("A listener of {} failed.", topic, fault);
      }
    }
  }
}
