package io.tidegate.client.pool;

import io.tidegate.outbound.Sent;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The members that are ready, each at its seat's place, and which of them takes a message.
///
/// The pool's home puts them in; any thread may pick, and takes no lock. A member's successor takes
/// its place in one step.
final class Routing {
  /// As many are asked for their queues.
  static final int MOST_ASKED = 64;

  private final AtomicReferenceArray<@Nullable Line> lines;
  private final AtomicInteger ready = new AtomicInteger();
  private final AtomicInteger turn = new AtomicInteger();

  /// None ready, of `size`.
  Routing(int size) {
    lines = new AtomicReferenceArray<>(size);
  }

  /// `line` is ready at `seat`, in place of whoever was.
  void put(int seat, Line line) {
    if (lines.getAndSet(seat, line) == null) {
      var _ = ready.incrementAndGet();
    }
  }

  /// `line` is ready no more; does nothing if another has its place.
  void remove(int seat, Line line) {
    if (lines.compareAndSet(seat, line, null)) {
      var _ = ready.decrementAndGet();
    }
  }

  /// How many are ready.
  int ready() {
    return ready.get();
  }

  /// Has a ready member send `parcel`; null if none is ready. Members found closed are passed over.
  @Nullable Sent send(Parcel parcel, Route route) {
    while (true) {
      int seat = pick(route);
      var line = seat < 0 ? null : lines.get(seat);
      if (seat < 0) return null;
      if (line == null) continue;
      var sent = line.send(parcel);
      if (!(sent instanceof Sent.Closed)) return sent;
      remove(seat, line);
    }
  }

  /// Has all that are ready send `parcel`; returns how many took it.
  int broadcast(Parcel parcel) {
    int taken = 0;
    for (int seat = 0; seat < lines.length(); seat++) {
      var line = lines.get(seat);
      if (line != null && line.send(parcel).isTaken()) taken++;
    }
    return taken;
  }

  private int pick(Route route) {
    if (ready.get() == 0) return -1;
    return switch (route) {
      case Route.RoundRobin() -> next();
      case Route.LeastQueued() -> leastQueued();
      case Route.Sticky(var hash) -> highest(hash);
    };
  }

  private int next() {
    int size = lines.length();
    int first = Math.floorMod(turn.getAndIncrement(), size);
    for (int i = 0; i < size; i++) {
      int seat = (first + i) % size;
      if (lines.get(seat) != null) return seat;
    }
    return -1;
  }

  private int leastQueued() {
    int size = lines.length();
    int first = Math.floorMod(turn.getAndIncrement(), size);
    int best = -1;
    long least = Long.MAX_VALUE;
    int asked = 0;
    for (int i = 0; i < size && asked < MOST_ASKED && least > 0; i++) {
      int seat = (first + i) % size;
      var line = lines.get(seat);
      if (line == null) continue;
      asked++;
      long waits = line.waitingBytes();
      if (waits >= least) continue;
      least = waits;
      best = seat;
    }
    return best;
  }

  /// Rendezvous hashing: each key ranks the seats in an order of its own.
  private int highest(int hash) {
    int best = -1;
    long highest = Long.MIN_VALUE;
    for (int seat = 0; seat < lines.length(); seat++) {
      if (lines.get(seat) == null) continue;
      long score = mixed(((long) hash << 32) ^ seat);
      if (best >= 0 && score <= highest) continue;
      highest = score;
      best = seat;
    }
    return best;
  }

  /// The finalizer of SplitMix64: every bit of the score depends on every bit of key and seat.
  private static long mixed(long bits) {
    long z = bits + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
