package io.tidegate.hub;

import java.time.Duration;

/// One subscriber's place in one topic: a cursor, however far behind it is.
///
/// Of all messages that were published since it opened, each was delivered, dropped or withheld, or
/// still lies ahead: `published = delivered + dropped + withheld + lag`. The figures may be read by
/// any thread, and then are of one moment for each; [#close] belongs to the loop.
public interface Subscription extends AutoCloseable {
  /// The topic's name.
  String topic();

  /// What becomes of messages that it does not keep up with.
  Delivery delivery();

  /// The last message that was delivered or passed over.
  Position position();

  /// Messages that lie ahead of it, those that will be passed over included.
  long lag();

  /// Messages that were handed to its connection.
  long delivered();

  /// Messages that were passed over: for it was slow, or because its [Delivery] says so.
  long dropped();

  /// Messages that its format or its filter withheld.
  long withheld();

  /// Messages that were published behind its start.
  long published();

  /// For how long bytes have waited of which its connection has taken none; zero if none wait.
  Duration stalledFor();

  /// A subscription in numbers, of one moment.
  ///
  /// @param connection whose it is
  /// @param topic its topic's name
  /// @param delivery what becomes of messages that it does not keep up with
  /// @param lag messages that lie ahead of it
  /// @param delivered messages that were handed to its connection
  /// @param dropped messages that were passed over
  /// @param stalledFor for how long bytes have waited of which its connection has taken none
  /// @param waitingBytes of messages of all its connection's subscriptions that are on their way
  record Figures(
      String connection,
      String topic,
      Delivery delivery,
      long lag,
      long delivered,
      long dropped,
      Duration stalledFor,
      int waitingBytes) {}

  /// Whether it goes on.
  boolean isOpen();

  /// Ends it; what is on its way arrives. Idempotent.
  @Override
  void close();
}
