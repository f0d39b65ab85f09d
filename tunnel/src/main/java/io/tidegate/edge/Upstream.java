package io.tidegate.edge;

import io.tidegate.http.Requester;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import org.jspecify.annotations.Nullable;

/// HTTP to the app on one stream, with the one deadline that binds it: for the answer's head while
/// busy, for its rest while idle.
final class Upstream {
  private final AppStream stream;
  private final Requester requester;
  private final Deadline deadline;
  private @Nullable Visit visit;
  private boolean used;

  Upstream(Loop loop, AppStream stream, HeadLimits limits) {
    this.stream = stream;
    this.requester = Requester.over(stream, limits);
    this.deadline = loop.deadline(this::expired);
  }

  AppStream stream() {
    return stream;
  }

  Requester requester() {
    return requester;
  }

  /// Whether it has carried a request before this one.
  boolean isUsed() {
    return used;
  }

  void busy(Visit next, long answerNanos) {
    visit = next;
    deadline.inNanos(answerNanos);
  }

  /// The head has come: what follows may take as long as it likes.
  void answering() {
    deadline.disarm();
  }

  void idle(long restNanos) {
    visit = null;
    used = true;
    deadline.inNanos(restNanos);
  }

  private void expired() {
    var waiting = visit;
    if (waiting != null) waiting.unanswered();
    else end(CutReason.IDLE);
  }

  /// Gives the stream up. An idle one that is worn out is no fault, so nothing is counted for it.
  void end(CutReason reason) {
    visit = null;
    deadline.close();
    requester.reset(reason);
  }

  /// The stream went on as something else than HTTP.
  void handedOver() {
    visit = null;
    deadline.close();
  }
}
