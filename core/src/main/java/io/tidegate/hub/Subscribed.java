package io.tidegate.hub;

/// What became of the wish to subscribe.
public sealed interface Subscribed {
  /// It is open. Nothing of it is sent before the caller's task on the loop has returned, so that
  /// the caller may [Subscriber#tell] its peer first.
  record Open(Subscription subscription) implements Subscribed {}

  /// It is not.
  record Refused(Refusal why) implements Subscribed {}

  /// Why nobody was subscribed.
  enum Refusal {
    /// No rule of the hub is for this name.
    NO_SUCH_TOPIC(404, "no such topic"),
    /// A name is empty, longer than it may be, or holds a control character.
    BAD_NAME(400, "not a topic's name"),
    /// As many topics as the hub keeps are in use.
    TOO_MANY_TOPICS(507, "too many topics"),
    /// As many subscriptions as one connection may have.
    TOO_MANY_SUBSCRIPTIONS(429, "too many subscriptions"),
    /// The peer subscribes to this topic already.
    ALREADY_SUBSCRIBED(409, "already subscribed"),
    /// The topic's kind cannot be delivered so: only keyed topics conflate.
    UNFIT_DELIVERY(400, "this topic cannot be delivered so"),
    /// There is no memory for it.
    MEMORY(503, "memory refused"),
    /// The hub or the subscriber is closed.
    CLOSED(503, "closed");

    private final int status;
    private final String text;

    Refusal(int status, String text) {
      this.status = status;
      this.text = text;
    }

    /// HTTP status while no answer has begun.
    public int status() {
      return status;
    }

    /// For people; ASCII, under 64 characters.
    public String text() {
      return text;
    }
  }
}
