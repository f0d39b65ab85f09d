package io.tidegate.hub.mercure;

import io.tidegate.hub.Hub;
import io.tidegate.hub.Publication;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;

/// Who asks for what now. Each stands here as long as its stream, whose connection pays for it, and
/// its begin and end are published, for those alone whose token allows it. Safe for any thread.
final class Subscriptions {
  /// Of one page; the next begins behind the last.
  static final int MOST_OF_A_PAGE = 1_000;

  private final Hub hub;
  private final String topic;
  private final Names names;

  /// By subscriber and number, so that a page goes on where the one before ended, whoever came or
  /// went meanwhile.
  private final ConcurrentSkipListMap<String, ActiveSubscription> active =
      new ConcurrentSkipListMap<>();

  /// Where some of them stand: who goes through them holds none that has ended meanwhile.
  ///
  /// @param after behind which they begin
  /// @param last of at most 1,000; as `after` if there is none
  /// @param isLast whether no page follows
  record Page(String after, String last, boolean isLast) {}

  Subscriptions(Hub hub, String topic, Names names) {
    this.hub = hub;
    this.topic = topic;
    this.names = names;
  }

  /// These have begun; what is returned ends them. On the subscriber's loop.
  Runnable begin(List<ActiveSubscription> begun) {
    for (int i = 0; i < begun.size(); i++) {
      var _ = active.put(key(begun.get(i), i), begun.get(i));
      tell(begun.get(i), true);
    }
    return () -> end(begun);
  }

  private void end(List<ActiveSubscription> ended) {
    for (int i = 0; i < ended.size(); i++) {
      var _ = active.remove(key(ended.get(i), i));
      tell(ended.get(i), false);
    }
  }

  private static String key(ActiveSubscription one, int number) {
    return one.subscriber() + "." + number;
  }

  /// What the hub has no room for it counts as refused.
  private void tell(ActiveSubscription one, boolean isActive) {
    boolean isOne = one.version() instanceof MercureVersion.One;
    var update = new Update(List.of(one.path()), true, null, isOne ? Names.EVENT_TYPE : null, 0);
    if (isOne) update = update.withUrls(names.hub());
    var _ =
        hub.publish(
            topic,
            Publication.text(one.document(isActive)).withAttachment(update, update.heldBytes()));
  }

  /// Those that `asked` lets pass, from behind `after` on.
  Page page(String after, Predicate<ActiveSubscription> asked) {
    int count = 0;
    var last = after;
    for (var entry : active.tailMap(after, false).entrySet()) {
      if (!asked.test(entry.getValue())) continue;
      if (count == MOST_OF_A_PAGE) return new Page(after, last, false);
      count++;
      last = entry.getKey();
    }
    return new Page(after, last, true);
  }

  /// Of those of `page` that `asked` lets pass, the ones that are still there.
  Iterator<ActiveSubscription> of(Page page, Predicate<ActiveSubscription> asked) {
    return active.subMap(page.after(), false, page.last(), true).values().stream()
        .filter(asked)
        .iterator();
  }
}
