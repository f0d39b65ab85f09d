package io.tidegate.hub;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Census;
import java.util.List;
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
  private Hub() {}

  /// Opens a hub with a ledger of its own, beside that of any server it is used with.
  public static Hub open(HubConfig config) {
    throw new UnsupportedOperationException();
  }

  /// Opens a hub whose account is a child of `parent`.
  public static Hub open(HubConfig config, Account parent) {
    throw new UnsupportedOperationException();
  }

  /// Publishes to `topic`, which begins with that if it does not exist yet. Never waits for a
  /// subscriber, and never throws because of one. Any thread.
  public Published publish(String topic, Publication publication) {
    throw new UnsupportedOperationException();
  }

  /// Makes the peer behind `outlet` a subscriber that is spoken to in `format`, until the outlet
  /// ends. Null if its account has no room, or the hub is closed. On the outlet's loop.
  public @Nullable Subscriber join(Outlet outlet, WireFormat format) {
    throw new UnsupportedOperationException();
  }

  /// What topics of this name are; null if no rule is for it.
  public @Nullable TopicRule rule(String topic) {
    throw new UnsupportedOperationException();
  }

  /// The position of the last message of `topic`: offset 0 if none was published. Null if the topic
  /// does not exist now.
  public @Nullable Position head(String topic) {
    throw new UnsupportedOperationException();
  }

  /// The newest message of `topic`, held until it is closed; null if there is none.
  public @Nullable Held newest(String topic) {
    throw new UnsupportedOperationException();
  }

  /// A message that is kept for the caller, whatever its ring does.
  public interface Held extends AutoCloseable {
    /// The message.
    Entry entry();

    /// Lets go of it. Idempotent.
    @Override
    void close();
  }

  /// Tells `listener` of topics that begin and cease to be watched, from now on.
  public void listen(TopicListener listener) {
    throw new UnsupportedOperationException();
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
  /// @param head the position of its last message
  /// @param kept messages in its ring
  /// @param ringBytes that its ring holds
  /// @param subscriptions that are open
  /// @param delivered messages that were handed to subscribers, those that have gone included
  /// @param dropped messages that subscribers were passed over with
  /// @param ageMillis of its newest message, 0 if it has none
  public record TopicFigures(
      String name,
      Position head,
      int kept,
      long ringBytes,
      int subscriptions,
      long delivered,
      long dropped,
      long ageMillis) {}

  /// What there is now.
  public Figures figures() {
    throw new UnsupportedOperationException();
  }

  /// Up to `most` topics, in no order.
  public List<TopicFigures> topics(int most) {
    throw new UnsupportedOperationException();
  }

  /// What it is made of.
  public HubConfig config() {
    throw new UnsupportedOperationException();
  }

  /// Who holds how much of it now.
  public Census census() {
    throw new UnsupportedOperationException();
  }

  /// Ends all subscriptions, lets all messages go, and refuses what comes. Idempotent.
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
