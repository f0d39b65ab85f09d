package io.tidegate.http.h2;

import io.netty.util.collection.IntObjectHashMap;
import io.tidegate.net.Scope;
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

  private final IntObjectHashMap<Http2Stream> open = new IntObjectHashMap<>(8);

  /// Ids, negative if reset by us.
  private final int[] closed;

  private int next;
  private int last;
  private int opened;
  private int working;

  /// Places whose streams are gone.
  private int occupied;

  /// Bytes of DATA that may be on their way for streams that we have reset.
  private long late;

  /// Tells `remembered` closed streams apart.
  Streams(int remembered) {
    this.closed = new int[remembered];
  }

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

  /// `id` is over, and the peer knows.
  void ended(int id) {
    over(id, id);
  }

  /// `id` is reset by us, while the peer may send `credit` bytes of DATA.
  void reset(int id, int credit) {
    over(id, -id);
    late += Math.max(0, credit);
  }

  private void over(int id, int entry) {
    open.remove(id);
    closed[next] = entry;
    next = (next + 1) % closed.length;
  }

  /// Whether DATA of `bytes` for a stream that we have reset was on its way by the credit it had.
  boolean takesLate(int bytes) {
    late -= Math.max(1, bytes);
    boolean hadCredit = late >= 0;
    late = Math.max(0, late);
    return hadCredit;
  }

  /// What an id that is not open stands for; even ones are ours, and we open none.
  Past past(int id) {
    if (id > last || (id & 1) == 0) return Past.IDLE;
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

  /// What counts against the most that may be open: streams, and work for those that are gone.
  int active() {
    return open.size() + occupied;
  }

  /// How many are open now.
  int open() {
    return open.size();
  }

  /// A place of `stream` that work off the loop keeps: counted on its own once the stream is gone.
  Scope.Removal occupy(Http2Stream stream) {
    working++;
    var place = new Place();
    if (stream.isClosed()) place.streamGone();
    else stream.occupiedBy(place);
    return place;
  }

  /// Places that are kept now.
  int working() {
    return working;
  }

  /// Those open now, to be walked while some of them end.
  List<Http2Stream> all() {
    return List.copyOf(open.values());
  }

  /// Work for a stream, off the loop.
  final class Place implements Scope.Removal {
    private boolean counted;
    private boolean left;

    /// The stream ends while the work goes on.
    void streamGone() {
      if (left) return;
      counted = true;
      occupied++;
    }

    @Override
    public void close() {
      if (left) return;
      left = true;
      working--;
      if (counted) occupied--;
    }
  }
}
