package io.tidegate.agent;

import io.tidegate.link.Control;
import java.time.Duration;

/// What an agent tells the one who started it; called on an event loop, so it returns at once.
public interface AgentListener {
  /// The tunnel is up at `url`.
  void connected(String url);

  /// A request has been answered, or not.
  void exchanged(Control.Exchange exchange);

  /// The app has answered with the page of a host check, whatever its status: it wants another
  /// Host. Said once.
  default void hostRefused() {}

  /// No link stands; `tried` says what was tried and why it failed, and the next try comes after
  /// `next`.
  void waiting(String tried, Duration next);

  /// The agent has ended and does not come back.
  void ended(Agent.End end, String why);
}
