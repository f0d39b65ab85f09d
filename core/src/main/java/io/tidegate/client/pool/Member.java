package io.tidegate.client.pool;

import io.tidegate.client.ConnectFailure;
import io.tidegate.net.CutReason;
import io.tidegate.websocket.frame.CloseFrame;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One of the connections that a pool keeps, as it was when asked for. Its number stays, whoever
/// sits there.
///
/// @param number from 0, under the pool's size
/// @param endpoint what it is or was connected to last; null before the first attempt
/// @param state what it does
/// @param inState for how long it has done that
/// @param attempt how many times a connection was tried here since the last that became ready, this
///   one included; 0 before the first
/// @param waitingBytes bytes that wait for its peer
/// @param roundTrip how long its peer took to answer the last ping; null if it has answered none
/// @param last why the one before is no more; null if there was none
public record Member(
    int number,
    @Nullable URI endpoint,
    State state,
    Duration inState,
    int attempt,
    long waitingBytes,
    @Nullable Duration roundTrip,
    @Nullable Ending last) {

  /// What a member does.
  public enum State {
    /// Nothing is open; the next attempt is waited for.
    WAITING,
    /// A connection is being opened.
    OPENING,
    /// It is open, and the hooks run.
    PREPARING,
    /// It takes messages.
    READY,
    /// It takes messages, and its successor is being opened.
    ROTATING,
    /// It has closed, and its handler has not seen that yet.
    GONE
  }

  /// How a connection, or the attempt at one, came to its end.
  public sealed interface Ending {
    /// Of what was thrown: it may quote a whole message, and is kept, and charged, as a close
    /// frame's reason is.
    int MOST_CHARACTERS = 120;

    private static String beginning(String what) {
      return what.substring(0, Math.min(what.length(), MOST_CHARACTERS));
    }

    /// It could not be opened.
    record Failed(ConnectFailure why) implements Ending {}

    /// It closed.
    ///
    /// @param how what the peer said or was told
    /// @param cut why it was cut on this side, or lost; null if it ended in order
    record Closed(CloseFrame how, @Nullable CutReason cut) implements Ending {}

    /// A hook threw, or was not done in time.
    ///
    /// @param what what was thrown, for people
    record HookFailed(String what) implements Ending {
      /// Keeps the beginning of `what`.
      public HookFailed {
        what = beginning(what);
      }
    }

    /// The handler of messages threw.
    ///
    /// @param what what was thrown, for people
    record HandlerFailed(String what) implements Ending {
      /// Keeps the beginning of `what`.
      public HandlerFailed {
        what = beginning(what);
      }
    }

    /// It closed while its handler was at work, which has not come back since.
    record HandlerBusy() implements Ending {}

    /// No memory was left to open it.
    record NoMemory() implements Ending {}

    /// One line for people. What a peer said is in it: escape it before it is shown.
    default String text() {
      return switch (this) {
        case Failed(var why) -> why.reason();
        case Closed(var how, _) ->
            how.reason().isEmpty()
                ? "closed with " + how.code()
                : "closed with " + how.code() + " " + how.reason();
        case HookFailed(var what) -> "hook failed: " + what;
        case HandlerFailed(var what) -> "handler failed: " + what;
        case HandlerBusy() -> "closed, its handler still at work";
        case NoMemory() -> "no memory to open it";
      };
    }
  }
}
