package io.tidegate.link;

import io.tidegate.net.CutReason;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One line of the control stream. `spec.md` has their form on the wire.
public sealed interface Control {
  /// Agent to edge: asks for a name.
  ///
  /// @param claim the agent's own number for the app behind it, 0 to 65,535
  /// @param name wanted label, or empty for a random one
  /// @param kind what visitors speak: HTTP or TCP
  /// @param upgrades protocols besides `websocket` that an Upgrade may name
  /// @param hostHeader what Host is set to; empty leaves the visitor's
  /// @param answerSeconds how long the app may take for the head of an answer, 1 to 3,600
  record Register(
      int claim,
      String name,
      Preface.Kind kind,
      List<String> upgrades,
      String hostHeader,
      int answerSeconds)
      implements Control {
    /// Copies the list.
    public Register {
      upgrades = List.copyOf(upgrades);
    }
  }

  /// Edge to agent: `claim` holds `name` in this `generation`, at `url`.
  record Registered(int claim, int generation, String name, String url) implements Control {}

  /// Edge to agent: `claim` got no name; `reason` is a sentence for people.
  record Refused(int claim, String reason) implements Control {}

  /// Edge to agent: a newer session of the same key has taken `name`; this session is over and must
  /// not come back.
  record Superseded(String name) implements Control {}

  /// Edge to agent: open another link, then send GoAway on this one.
  record Rotate() implements Control {}

  /// Edge to agent: a request is over. Dropped and counted where there is no room for the line.
  ///
  /// @param streamId the stream that carried it
  /// @param claim whose it was
  /// @param method of the request
  /// @param target of the request, cut to 256 characters
  /// @param status of the answer, or 0 if there was none
  /// @param millis from the request's first byte to the answer's last
  /// @param requestBegan offset of the request's first byte among those that the edge sent on the
  ///   stream
  /// @param requestEnded offset behind its last
  /// @param answerBegan offset of the answer's first byte among those that the agent sent on the
  ///   stream
  /// @param answerEnded offset behind its last
  /// @param cut why it was cut, or null if it was complete
  record Exchange(
      int streamId,
      int claim,
      String method,
      String target,
      int status,
      long millis,
      long requestBegan,
      long requestEnded,
      long answerBegan,
      long answerEnded,
      @Nullable CutReason cut)
      implements Control {}
}
