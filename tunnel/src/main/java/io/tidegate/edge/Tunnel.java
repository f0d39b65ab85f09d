package io.tidegate.edge;

import io.tidegate.http.message.RequestHead;
import io.tidegate.ledger.Account;
import io.tidegate.link.Control;
import io.tidegate.link.ControlLines;
import io.tidegate.link.Link;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// One link of a session at the edge, with the streams that rest on it. Belongs to the link's loop,
/// but for [#loop], [#isGoingAway] and [#streamCount].
final class Tunnel {
  /// Where a request that never got a stream was.
  static final Span NOWHERE = new Span(0, 0, 0, 0);

  /// Reports a second that a link may carry: more than a terminal shows, less than what a busy link
  /// would notice.
  private static final int REPORTS_A_SECOND = 200;

  private static final long SECOND_NANOS = 1_000_000_000;

  private final EdgeLoop home;
  private final Link link;
  private final ControlLines control;
  private final Account account;
  private final AtomicReferenceArray<@Nullable Access> accesses;
  private volatile long secondNanos;
  private volatile int reports;
  private volatile boolean goingAway;

  /// The bytes of a stream between which request and answer lie.
  record Span(long requestFrom, long requestTo, long answerFrom, long answerTo) {}

  Tunnel(EdgeLoop home, Link link, ControlLines control) {
    this.home = home;
    this.link = link;
    this.control = control;
    this.account = link.account();
    this.accesses = new AtomicReferenceArray<>(home.loop().loops().count());
  }

  Loop loop() {
    return home.loop();
  }

  /// What its streams are charged to.
  Account account() {
    return account;
  }

  /// How the visitors of `visitors` reach this link; called on their loop.
  Access access(EdgeLoop visitors) {
    int index = visitors.loop().index();
    var known = accesses.get(index);
    if (known != null) return known;
    var fresh = new Access(visitors, this);
    accesses.set(index, fresh);
    return fresh;
  }

  /// Streams to the app that are open, as of lately for other threads.
  int streamCount() {
    return Math.max(0, link.streamCount() - 1);
  }

  boolean isGoingAway() {
    return goingAway;
  }

  /// No new streams from here on.
  void goesAway() {
    goingAway = true;
    for (int i = 0; i < accesses.length(); i++) {
      var access = accesses.get(i);
      if (access != null) {
        var _ = loop().loops().loop(i).later(access::goesAway);
      }
    }
  }

  /// The agent has acknowledged streams: what waited for that goes on.
  void hasRoom() {
    var own = accesses.get(loop().index());
    if (own != null) own.hasRoom();
  }

  /// Whether another report fits into this second; a look from another loop, which may be a little
  /// late.
  boolean mayReport() {
    return reports <= REPORTS_A_SECOND
        || loop().loops().loop(0).nanos() - secondNanos >= SECOND_NANOS;
  }

  Link link() {
    return link;
  }

  /// Tells the agent of a finished request, as long as there is room and time for it.
  void report(
      int stream,
      Claim claim,
      RequestHead asked,
      int status,
      long nanos,
      @Nullable CutReason reason,
      Span span) {
    long now = loop().coarseNanos();
    if (now - secondNanos >= SECOND_NANOS) {
      secondNanos = now;
      reports = 0;
    }
    int sent = reports + 1;
    reports = sent;
    if (sent > REPORTS_A_SECOND) return;
    var line =
        new Control.Exchange(
            stream,
            claim.index(),
            asked.method(),
            asked.target(),
            status,
            TimeUnit.NANOSECONDS.toMillis(nanos),
            span.requestFrom(),
            span.requestTo(),
            span.answerFrom(),
            span.answerTo(),
            reason);
    var _ = control.send(line);
  }

  /// Says `last` and ends the link.
  void end(Control last, CutReason reason) {
    goesAway();
    var _ = control.send(last);
    var _ = loop().later(() -> link.cut(reason));
  }
}
