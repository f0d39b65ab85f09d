package io.tidegate.hub.centrifugo;

import org.jspecify.annotations.Nullable;

/// What a client says. A command without an id wants no reply.
sealed interface Command {
  /// The number by which the reply names it; 0 for none.
  int id();

  /// The answer to a ping of ours.
  record Pong() implements Command {
    @Override
    public int id() {
      return 0;
    }
  }

  /// The first command.
  ///
  /// @param token empty for none
  record Connect(int id, String token) implements Command {}

  /// Begins a subscription.
  ///
  /// @param token empty for none
  /// @param from where the client stood when it was last here; null if it was not
  record Subscribe(int id, String channel, String token, @Nullable From from) implements Command {}

  /// Where a client stood in a channel, as it says.
  record From(String epoch, long offset) {}

  /// Ends a subscription.
  record Unsubscribe(int id, String channel) implements Command {}

  /// Publishes a message.
  ///
  /// @param data JSON, on one line
  record Publish(int id, String channel, String data) implements Command {}

  /// Asks whether we live.
  record Ping(int id) implements Command {}

  /// One that is not spoken here.
  ///
  /// @param isKnown whether the protocol has it
  record Other(int id, boolean isKnown) implements Command {}
}
