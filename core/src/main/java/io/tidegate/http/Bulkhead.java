package io.tidegate.http;

import io.tidegate.ledger.Gate;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// Handlers of one kind: how many of the places they may have, the lines of those who wait for one,
/// and those who have one and wait for their peers. Who takes his time costs his own kind a place,
/// and no other. Safe for any thread; nobody waits here.
final class Bulkhead {
  /// What waits for a place: some milliseconds of work for handlers that end, and a crowd's first
  /// requests at once.
  private static final int LINE_PER_PLACE = 4;

  private final HandlerThreads threads;
  private final Gate gate;
  private final @Nullable Gate share;
  private final PeerWaits waits;

  /// Works of connections that have none at work.
  private final LinkedBlockingQueue<HandlerThreads.Work> line;

  /// Those of connections that have one, which are served when the first line is empty: by a
  /// hundred streams nobody has more than his turn.
  private final LinkedBlockingQueue<HandlerThreads.Work> furtherLine;

  /// @param gate to the places of all
  /// @param share to those of this kind; null if all may be
  /// @param asker what runs the one thread that asks who takes his time
  Bulkhead(HandlerThreads threads, Gate gate, @Nullable Gate share, Executor asker) {
    this.threads = threads;
    this.gate = gate;
    this.share = share;
    this.waits = new PeerWaits(asker);
    int longest = (share == null ? gate : share).most() * LINE_PER_PLACE;
    this.line = new LinkedBlockingQueue<>(longest);
    this.furtherLine = new LinkedBlockingQueue<>(longest);
  }

  /// How many may wait in the lines of a kind that has `places`.
  static int waitingFor(int places) {
    return 2 * places * LINE_PER_PLACE;
  }

  /// Takes a place; null if there is none, or somebody waits for it.
  @Nullable HandlerPlace tryEnter() {
    return nobodyWaits() ? take() : null;
  }

  private boolean nobodyWaits() {
    return line.isEmpty() && furtherLine.isEmpty();
  }

  private @Nullable HandlerPlace take() {
    var own = share == null ? null : share.tryEnter();
    if (share != null && own == null) return null;
    var pass = gate.tryEnter();
    if (pass != null) return new HandlerPlace(threads, this, pass, own);
    if (own != null) own.close();
    return null;
  }

  /// A place and who is the first to wait for it.
  record Turn(HandlerThreads.Work work, HandlerPlace place) {}

  /// The next turn; null if nobody waits or there is no place: who leaves one asks again.
  @Nullable Turn next() {
    while (!nobodyWaits()) {
      var place = take();
      if (place == null) return null;
      var first = poll();
      if (first != null) return new Turn(first, place);
      place.leave();
    }
    return null;
  }

  /// Whether all places that this kind may have are taken, whoever has the others.
  boolean isFull() {
    return share != null && share.inside() >= share.most();
  }

  /// Puts `work` at the end of its line; false if that is full.
  boolean offer(HandlerThreads.Work work) {
    return lineOf(work).offer(work);
  }

  /// Takes the first out of the lines; null if nobody waits.
  HandlerThreads.@Nullable Work poll() {
    var first = line.poll();
    return first == null ? furtherLine.poll() : first;
  }

  /// Takes `work` out of its line; false if it has left it.
  boolean remove(HandlerThreads.Work work) {
    return lineOf(work).remove(work);
  }

  private LinkedBlockingQueue<HandlerThreads.Work> lineOf(HandlerThreads.Work work) {
    return work.further() ? furtherLine : line;
  }

  /// Those for whom others may be asked to give up their places.
  int needy() {
    return line.size();
  }

  PeerWaits waits() {
    return waits;
  }
}
