package io.tidegate.http.h2;

import io.netty.util.collection.IntObjectHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The streams of one connection: those that are open, and what is remembered of the last of those
/// that were.
final class Streams {
  /// What an id stands for.
  enum Past {
    /// Above all that were opened.
    IDLE,
    /// Ended, or reset by the peer: it has no more to say.
    ENDED,
    /// Reset by us, so that frames may be on their way.
    RESET,
    /// Passed over when a higher one was opened, or so long ago that nothing is known.
    FORGOTTEN
  }

  /// Closed streams that are told apart: more than may be open, by what is on its way meanwhile.
  private static final int REMEMBERED = 256;

  private final IntObjectHashMap<Http2Stream> open = new IntObjectHashMap<>(8);

  /// Ids, negative if reset by us.
  private final int[] closed = new int[REMEMBERED];

  private int next;
  private int last;
  private int opened;
  private int occupied;

  @Nullable Http2Stream get(int id) {
    return open.get(id);
  }

  /// The peer has opened `id`.
  void begun(int id) {
    last = id;
    opened++;
  }

  void add(Http2Stream stream) {
    open.put(stream.id(), stream);
  }

  /// `id` is over; `ended` if the peer knows.
  void closed(int id, boolean ended) {
    open.remove(id);
    closed[next] = ended ? id : -id;
    next = (next + 1) % REMEMBERED;
  }

  Past past(int id) {
    if (id > last) return Past.IDLE;
    for (int one : closed) {
      if (one == id) return Past.ENDED;
      if (one == -id) return Past.RESET;
    }
    return Past.FORGOTTEN;
  }

  /// The highest id that was opened.
  int last() {
    return last;
  }

  /// How many were opened so far.
  int opened() {
    return opened;
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /// What counts against the most that may be open: streams, and work for streams that are gone.
  int active() {
    return open.size() + occupied;
  }

  /// Work goes on for `change` more streams that are gone.
  void occupied(int change) {
    occupied += change;
  }

  /// Those open now, to be walked while some of them end.
  List<Http2Stream> all() {
    return List.copyOf(open.values());
  }
}
