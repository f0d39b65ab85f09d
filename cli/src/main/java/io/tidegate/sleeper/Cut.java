package io.tidegate.sleeper;

import java.time.Duration;

/// How and when a server ended a connection that slept.
///
/// @param after from the beginning of its nap; of [How#FOUND_AWAKE] the nap's length, for only then
///   it was seen
public record Cut(How how, Duration after) {
  /// How an end that nobody reads learns of the other's going.
  public enum How {
    /// Its FIN came.
    FIN("FIN"),
    /// It was reset, or the server's machine has forgotten it.
    RESET("reset"),
    /// The server closed it, and its kernel still holds what was written before: the FIN waits
    /// behind bytes that find no room. Seen where the server is on this machine.
    FIN_WAITS("closed; FIN waits behind bytes"),
    /// It had ended when it was read again.
    FOUND_AWAKE("found when read again");

    private final String text;

    How(String text) {
      this.text = text;
    }

    /// For people.
    public String text() {
      return text;
    }
  }
}
