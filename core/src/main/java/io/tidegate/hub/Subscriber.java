package io.tidegate.hub;

import java.util.Collection;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One peer in the hub: an [Outlet], the format it is spoken to in, and its subscriptions, which
/// take turns. Ends with its outlet. All of it belongs to the outlet's loop.
public interface Subscriber extends AutoCloseable {
  /// Where its messages go.
  Outlet outlet();

  /// Subscribes to `topic`, which begins with that if it does not exist yet.
  default Subscribed subscribe(String topic, Delivery delivery, Start start) {
    return subscribe(topic, delivery, start, Cursor.EVERYTHING);
  }

  /// As above, to the messages that `filter` lets pass; the others are counted as withheld. It runs
  /// on the loop for each message: it must be short and call nobody's code.
  Subscribed subscribe(String topic, Delivery delivery, Start start, Predicate<Entry> filter);

  /// Subscribes as suits the kind of the topic: [Delivery#of], [Start#of].
  Subscribed subscribe(String topic);

  /// Its subscription to `topic`; null if it has none.
  @Nullable Subscription subscription(String topic);

  /// All its subscriptions.
  Collection<? extends Subscription> subscriptions();

  /// Sends a dialect's own words behind what is on its way and before all messages that are not:
  /// replies, pings. A copy; they are never dropped: a peer for which more than
  /// [HubConfig#controlBytes] of them wait is cut. False if it was, or had gone.
  boolean tell(byte[] frames);

  /// Its outlet is writable again.
  void resume();

  /// Whether it goes on.
  boolean isOpen();

  /// Ends all its subscriptions, not its connection. Idempotent.
  @Override
  void close();
}
