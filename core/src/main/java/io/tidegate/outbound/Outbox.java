package io.tidegate.outbound;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The messages that wait in front of one stream, whole, each charged to the stream's account
/// before it is made: its bytes, and [#MESSAGE_BYTES] of the heap purse.
///
/// The stream is given only what it is about to write, [#AHEAD_BYTES] and the message that passes
/// them, so that what waits can still be dropped or replaced; a message that was given is never
/// torn. Bound: [Owner#outboundBytes] wait, or one message that is longer.
///
/// Any thread may send. Its lock is held for a few instructions, and inside none is taken but that
/// of who is told of waits.
public final class Outbox {
  /// What a waiting message costs besides its bytes: two buffers, an entry, a place in a map.
  public static final int MESSAGE_BYTES = 256;

  /// What the stream is given beyond what it has written: the kernel takes as much unsent
  /// (`TCP_NOTSENT_LOWAT`).
  public static final int AHEAD_BYTES = 16 * 1024;

  /// Memory that somebody else gives back is noticed only by asking.
  private static final long LOOK_AGAIN_NANOS = 50_000_000;

  private final Owner owner;

  // guarded by this
  private @Nullable Traffic traffic;
  private long dropped;
  private @Nullable CutReason ended;

  /// Whose messages wait: where they go, what they are charged to, and who is asked when they
  /// cannot wait. All but [#cut] is safe for any thread, and always says the same.
  public interface Owner {
    /// Where the stream lives.
    Loop loop();

    /// What is charged for what waits.
    Account account();

    /// The stream, which is given what it is about to write.
    PieceQueue.Sink sink();

    /// How much may wait, in bytes; positive.
    int outboundBytes();

    /// Among whom senders wait, since others may need their threads.
    default Waits waits() {
      return Waits.ALONE;
    }

    /// Cuts the peer, where [Slow.Close] says so or where others need the thread of a sender that
    /// waits; called on the loop.
    void cut(CutReason reason);
  }

  /// An outbox of `owner`, empty.
  public Outbox(Owner owner) {
    this.owner = owner;
  }

  /// Sends a message of `bytes`, what its buffers pin included, which `encoder` makes once it is
  /// sure to be taken. May wait only if `slow` says so.
  public Sent send(int bytes, Slow slow, Encoder encoder) {
    return send(bytes, bytes, slow, encoder);
  }

  /// As above, of which only `charged` bytes are charged here: somebody else has paid for the rest.
  public Sent send(int bytes, int charged, Slow slow, Encoder encoder) {
    var refusal = admit(bytes, charged, slow);
    if (refusal != null) return refusal;
    Encoded message;
    try {
      message = encoder.encode(owner.loop().buffers());
    } catch (Throwable fault) {
      takeBack(bytes, charged);
      throw fault;
    }
    return append(new Waiting.Entry(message, bytes, charged, keyOf(slow)));
  }

  private static @Nullable Object keyOf(Slow slow) {
    return slow instanceof Slow.KeepLatest(var key) ? key : null;
  }

  private Traffic traffic() {
    if (traffic == null) traffic = new Traffic();
    return traffic;
  }

  private @Nullable Sent admit(int bytes, int charged, Slow slow) {
    return slow instanceof Slow.WaitUpTo(var time)
        ? admitInTime(bytes, charged, time.toNanos())
        : admitNow(bytes, charged, slow);
  }

  private synchronized @Nullable Sent admitNow(int bytes, int charged, Slow slow) {
    boolean displaces = slow instanceof Slow.DropOldest || slow instanceof Slow.KeepLatest;
    if (displaces && ended == null && !mayEverFit(charged)) return drop(Room.MEMORY);
    var verdict = charge(bytes, charged);
    if (verdict == Room.THERE) return null;
    if (ended != null) return new Sent.Closed(ended);
    return switch (slow) {
      case Slow.DropNewest(), Slow.WaitUpTo(_) -> drop(verdict);
      case Slow.DropOldest() -> displace(bytes, charged, verdict);
      case Slow.KeepLatest(var key) -> replace(key, bytes, charged, verdict);
      case Slow.Close() -> cut();
    };
  }

  /// Whether a message was charged, and if not, why.
  private enum Room {
    THERE,
    FULL,
    MEMORY
  }

  private Room charge(int bytes, int charged) {
    if (ended != null || !hasRoom(bytes)) return Room.FULL;
    if (!owner.account().charge(Purse.HEAP, MESSAGE_BYTES)) return Room.MEMORY;
    if (!owner.account().charge(Purse.DIRECT, charged)) {
      owner.account().release(Purse.HEAP, MESSAGE_BYTES);
      return Room.MEMORY;
    }
    traffic().heldBytes += bytes;
    return Room.THERE;
  }

  /// One message may always wait.
  private boolean hasRoom(int bytes) {
    long held = waitingBytes();
    if (held == 0) return true;
    return held + bytes <= owner.outboundBytes()
        && owner.loop().loops().ladder().allowsShare(owner.account(), Purse.DIRECT, bytes);
  }

  private boolean mayEverFit(int charged) {
    return charged <= owner.account().limit(Purse.DIRECT);
  }

  private Sent drop(Room verdict) {
    dropped++;
    return new Sent.Dropped(verdict == Room.MEMORY ? Sent.Cause.MEMORY : Sent.Cause.FULL);
  }

  /// The latest stays, unless the one that follows it has room: there is none beside it.
  private @Nullable Sent replace(Object key, int bytes, int charged, Room first) {
    var latest = pollLatest(key);
    if (latest == null) return displace(bytes, charged, first);
    takeBack(latest.bytes, latest.chargedBytes);
    var verdict = charge(bytes, charged);
    var refused = verdict == Room.THERE ? null : displace(bytes, charged, verdict);
    if (refused != null && charge(latest.bytes, latest.chargedBytes) == Room.THERE) {
      traffic().waiting.add(latest);
      return refused;
    }
    latest.message.release();
    dropped++;
    if (traffic().senders > 0) notifyAll();
    return refused;
  }

  private @Nullable Sent displace(int bytes, int charged, Room first) {
    var verdict = first;
    for (var oldest = poll(); oldest != null; oldest = poll()) {
      discard(oldest);
      verdict = charge(bytes, charged);
      if (verdict == Room.THERE) return null;
    }
    return drop(verdict);
  }

  /// Others are told of a wait without the lock: the loop takes it, and is not to wait for who has
  /// it.
  private @Nullable Sent admitInTime(int bytes, int charged, long nanos) {
    synchronized (this) {
      if (charge(bytes, charged) == Room.THERE) return null;
      if (ended != null) return new Sent.Closed(ended);
      if (onAnyLoop()) return drop(Room.FULL);
      if (!mayEverFit(charged)) return drop(Room.MEMORY); // no wait helps
    }
    try (var _ = owner.waits().begin(() -> cut(CutReason.HANDLER_LIMIT))) {
      return awaitRoom(bytes, charged, System.nanoTime() + nanos);
    }
  }

  private synchronized @Nullable Sent awaitRoom(int bytes, int charged, long deadline) {
    var among = traffic();
    among.senders++;
    try {
      while (ended == null) {
        if (charge(bytes, charged) == Room.THERE) return null;
        var left = deadline - System.nanoTime();
        if (left <= 0) {
          dropped++;
          return new Sent.Dropped(Sent.Cause.WAITED);
        }
        TimeUnit.NANOSECONDS.timedWait(this, Math.min(left, LOOK_AGAIN_NANOS));
      }
      return new Sent.Closed(ended);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      dropped++;
      return new Sent.Dropped(Sent.Cause.WAITED);
    } finally {
      among.senders--;
    }
  }

  private boolean onAnyLoop() {
    var loops = owner.loop().loops();
    for (int i = 0; i < loops.count(); i++) {
      if (loops.loop(i).isHere()) return true;
    }
    return false;
  }

  private Sent cut() {
    dropped++;
    ended = CutReason.OUTBOUND_FULL;
    cut(CutReason.OUTBOUND_FULL);
    return new Sent.Closed(CutReason.OUTBOUND_FULL);
  }

  private void cut(CutReason reason) {
    var _ = owner.loop().later(() -> owner.cut(reason));
  }

  private Sent append(Waiting.Entry entry) {
    Traffic joined;
    long before;
    boolean now;
    boolean schedule = false;
    synchronized (this) {
      if (ended != null) {
        forget(entry);
        return new Sent.Closed(ended);
      }
      joined = traffic();
      before = joined.heldBytes - entry.bytes;
      if (entry.key != null) discard(pollLatest(entry.key));
      joined.waiting.add(entry);
      now = before == 0 || before + joined.aheadBytes < AHEAD_BYTES;
      if (!joined.scheduled && !owner.loop().isHere()) {
        joined.scheduled = true;
        schedule = true;
      }
    }
    if (owner.loop().isHere()) joined.pump();
    else if (schedule && !owner.loop().later(joined)) close(CutReason.CLOSING);
    return now ? new Sent.Now() : new Sent.Queued(before + entry.bytes);
  }

  private Waiting.@Nullable Entry poll() {
    return traffic == null ? null : traffic.waiting.poll();
  }

  private Waiting.@Nullable Entry pollLatest(Object key) {
    return traffic == null ? null : traffic.waiting.poll(key);
  }

  /// Lets go of what only a busy outbox needs. On the loop.
  public synchronized void rest() {
    if (traffic != null && traffic.isOver()) traffic = null;
  }

  /// Takes no more, and runs `action` once all that waits has been given to the stream: at once, if
  /// nothing waits. Not run if the outbox is closed before. On the loop.
  public void finish(CutReason reason, Runnable action) {
    Traffic last;
    synchronized (this) {
      if (ended == null) ended = reason;
      last = traffic();
      notifyAll();
    }
    last.onceEmpty = action;
    last.pump();
  }

  /// Takes no more and drops all that waits. What the stream has is the stream's. Idempotent; any
  /// thread.
  public synchronized void close(CutReason reason) {
    if (ended == null) ended = reason;
    for (var entry = poll(); entry != null; entry = poll()) discard(entry);
    notifyAll();
  }

  private void discard(Waiting.@Nullable Entry entry) {
    if (entry == null) return;
    forget(entry);
    if (traffic().senders > 0) notifyAll();
  }

  private void forget(Waiting.Entry entry) {
    entry.message.release();
    takeBack(entry.bytes, entry.chargedBytes);
    dropped++;
  }

  private synchronized void takeBack(int bytes, int charged) {
    traffic().heldBytes -= bytes;
    owner.account().release(Purse.DIRECT, charged);
    owner.account().release(Purse.HEAP, MESSAGE_BYTES);
  }

  /// Bytes that wait, those of messages being made included.
  public synchronized long waitingBytes() {
    return traffic == null ? 0 : traffic.heldBytes;
  }

  /// Messages that were not and will not be given to the stream, those that were refused included.
  public synchronized long droppedMessages() {
    return dropped;
  }

  /// The loop of the stream.
  public Loop loop() {
    return owner.loop();
  }

  /// What is under way: messages that wait, and what the stream was given and has not written. Made
  /// when something is to be sent, let go of by [#rest]. A burst of messages calls it once on the
  /// loop, and it hears of written bytes.
  private final class Traffic implements Runnable, Payer {
    // guarded by the outbox
    private final Waiting waiting = new Waiting();
    private long heldBytes;
    private int aheadBytes;
    private int senders;
    private boolean scheduled;

    // on the loop
    private @Nullable Runnable onceEmpty;
    private boolean pumping;

    @Override
    public void run() {
      synchronized (Outbox.this) {
        scheduled = false;
      }
      pump();
    }

    /// Gives the stream what it is about to write.
    void pump() {
      if (pumping) return;
      pumping = true;
      try {
        for (var next = next(); next != null; next = next()) give(next);
      } finally {
        pumping = false;
      }
      var action = onceEmpty;
      if (action == null || !hasGivenAll()) return;
      onceEmpty = null;
      action.run();
    }

    private boolean hasGivenAll() {
      synchronized (Outbox.this) {
        return waiting.isEmpty();
      }
    }

    private Waiting.@Nullable Entry next() {
      synchronized (Outbox.this) {
        var entry = aheadBytes >= AHEAD_BYTES ? null : waiting.poll();
        if (entry == null) return null;
        heldBytes -= entry.bytes;
        aheadBytes += entry.bytes;
        if (senders > 0) Outbox.this.notifyAll();
        return entry;
      }
    }

    private void give(Waiting.Entry entry) {
      var message = entry.message;
      owner.account().release(Purse.HEAP, MESSAGE_BYTES);
      var body = message.body();
      if (!body.isReadable()) {
        body.release();
        offer(message.head(), entry.bytes, this);
        return;
      }
      int head = entry.bytes - message.bodyOwed();
      if (message.bodyOwed() > 0) {
        offer(message.head(), head, this);
        offer(body, message.bodyOwed(), others(message.bodyPayer()));
      } else {
        int own = message.head().readableBytes();
        offer(message.head(), own, this);
        offer(body, head - own, this);
      }
    }

    private void offer(ByteBuf piece, int owed, Payer by) {
      var _ = owner.sink().offer(piece, owed, by);
    }

    private Payer others(Payer theirs) {
      return bytes -> {
        theirs.released(bytes);
        left(bytes);
      };
    }

    @Override
    public void released(int bytes) {
      owner.account().release(Purse.DIRECT, bytes);
      left(bytes);
    }

    private void left(int bytes) {
      synchronized (Outbox.this) {
        aheadBytes -= bytes;
      }
      pump();
    }

    private boolean isOver() {
      return waiting.isEmpty()
          && heldBytes == 0
          && aheadBytes == 0
          && senders == 0
          && !scheduled
          && !pumping
          && onceEmpty == null;
    }
  }
}
