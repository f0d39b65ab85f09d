package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCounted;
import io.netty.util.concurrent.Future;
import io.tidegate.ledger.Purse;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The writing side of one connection: what leaves waits in a [PieceQueue] and is written once a
/// tick, at most [#BATCH_BYTES] ahead of the kernel. Belongs to the connection's loop.
final class SocketWriter implements Runnable {
  /// Bytes handed to the kernel's side at once: credit goes back in steps of this size.
  static final int BATCH_BYTES = 64 * 1024;

  /// Bytes of one turn: a peer that takes them as fast as its source makes them does not keep the
  /// loop from others.
  private static final int TURN_BYTES = BATCH_BYTES + 1024 * 1024;

  /// The longest part of a file: what stands before it in its batch fits into its turn, too.
  static final int MOST_SLICE_BYTES = TURN_BYTES - BATCH_BYTES;

  private final Connection connection;
  private final Channel channel;
  private final WriteLimits limits;
  private final PieceQueue out;
  private @Nullable WriteProgress progress;
  private @Nullable Runnable onceWritten;
  private int batchBytes;

  /// What is charged for the batch in flight: sealed bytes, where those that they were made of stay
  /// with others.
  private int sealedBytes;

  /// The part of a file with which the batch in flight ends.
  private @Nullable FileSlice slice;

  private boolean closesByReset;
  private boolean dirty;
  private boolean inFlight;
  private boolean farewellSaid;

  SocketWriter(Connection connection, Channel channel, WriteLimits limits) {
    this.connection = connection;
    this.channel = channel;
    this.limits = limits;
    this.out = new PieceQueue(connection.loop().buffers(), connection.account());
  }

  /// Takes `piece` as [PieceQueue#add] does.
  boolean add(ByteBuf piece, int owed, Payer payer) {
    boolean taken = payer.isShared() ? addInParts(piece, payer) : out.add(piece, owed, payer);
    if (taken) flushLater();
    return taken;
  }

  /// What many hold is not sealed for each of them at once, and who takes it slowly is seen to.
  private boolean addInParts(ByteBuf piece, Payer payer) {
    while (piece.readableBytes() > BATCH_BYTES) {
      if (out.add(piece.readRetainedSlice(BATCH_BYTES), BATCH_BYTES, payer)) continue;
      int rest = piece.readableBytes();
      piece.release();
      payer.released(rest);
      return false;
    }
    return out.add(piece, piece.readableBytes(), payer);
  }

  /// Takes what `writer` writes as [PieceQueue#add] does.
  boolean add(int length, Consumer<ByteBuf> writer) {
    if (!out.add(length, writer)) return false;
    flushLater();
    return true;
  }

  /// Takes a part of a file as [PieceQueue#add] does.
  boolean add(FileSlice part, Payer payer) {
    if (!out.add(part, payer)) return false;
    flushLater();
    return true;
  }

  /// Whether nothing is on its way, and nothing is lost if this goes.
  boolean isAtRest() {
    return !dirty && !inFlight && !farewellSaid && onceWritten == null && out.isAtRest();
  }

  /// Whether the kernel has not taken all of a batch.
  boolean isInFlight() {
    return inFlight;
  }

  /// Writes at the end of this tick, and tells the connection when nothing waits then.
  void flushLater() {
    if (dirty || inFlight) return;
    dirty = true;
    connection.loop().flushLater(this);
  }

  /// Writes until nothing waits, the kernel takes no more, or the turn is over.
  @Override
  public void run() {
    dirty = false;
    int left = TURN_BYTES;
    while (mayWrite() && fits(left)) left -= writeBatch(left);
    if (!mayWrite()) return;
    if (out.isEmpty()) allWritten();
    else flushLater();
  }

  /// Whether the next piece fits into what is left of the turn; any fits into a whole one.
  private boolean fits(int left) {
    return !out.isEmpty() && (left == TURN_BYTES || out.nextBytes() <= left);
  }

  private boolean mayWrite() {
    return !inFlight && !connection.isClosed();
  }

  private void allWritten() {
    if (connection.isEnding() && saysFarewell()) return;
    var action = onceWritten;
    onceWritten = null;
    if (!connection.endsOutput() && action != null) action.run();
  }

  /// Calls `action` once, when the kernel has taken all that waits.
  void onceWritten(Runnable action) {
    onceWritten = action;
  }

  /// Whether the layer's last words are on their way, and the output is not to end before they have
  /// gone.
  private boolean saysFarewell() {
    var layer = connection.layer();
    if (layer == null || farewellSaid) return false;
    farewellSaid = true;
    send(layer.farewell(), 0);
    return !mayWrite();
  }

  /// Hands a batch to the kernel's side, of `most` bytes unless its first piece is longer, and
  /// returns how many those are. A part of a file ends its batch, so that what becomes of it is
  /// told.
  private int writeBatch(int most) {
    var layer = connection.layer();
    if (layer != null) return sealBatch(layer);
    int bytes = out.nextBytes();
    var piece = out.take();
    while (piece != null && bytes < BATCH_BYTES && !out.isEmpty()) {
      if (bytes + out.nextBytes() > most) break;
      var _ = channel.write(piece, channel.voidPromise());
      bytes += out.nextBytes();
      piece = out.take();
    }
    if (piece == null) sendFile(java.util.Objects.requireNonNull(out.takeFile()), bytes);
    else sendBytes(piece, bytes, 0);
    return bytes;
  }

  /// Has the kernel take the last of a batch of `bytes` at once, if nothing is before it: so it
  /// does most of the time, and what Netty does to watch over the rest is spared. If it does not,
  /// the connection pays for what is left of `unpaid` bytes.
  private void sendBytes(ByteBuf last, int bytes, int unpaid) {
    if (isNettyEmpty()) {
      var _ = last.skipBytes(connection.loop().loops().transport().writeNow(channel, last));
    }
    if (!last.isReadable()) {
      last.release();
      connection.written(bytes);
      settle();
    } else if (paysForSealed(unpaid)) {
      send(last, bytes);
    } else {
      last.release();
      connection.reset(CutReason.MEMORY_REFUSED);
    }
  }

  private boolean paysForSealed(int bytes) {
    if (bytes > 0 && !connection.account().charge(Purse.DIRECT, bytes)) return false;
    sealedBytes = bytes;
    return true;
  }

  private void releaseSealed() {
    if (sealedBytes > 0) connection.account().release(Purse.DIRECT, sealedBytes);
    sealedBytes = 0;
  }

  private boolean isNettyEmpty() {
    var waiting = channel.unsafe().outboundBuffer();
    return waiting != null && waiting.totalPendingWriteBytes() == 0;
  }

  /// Until the kernel has taken all of the part, a close is a reset: Netty closes by itself when
  /// the file turns out to be shorter, and an answer that is not complete must not end in order.
  private void sendFile(FileSlice part, int bytes) {
    if (!closesByReset) connection.resetsOnClose(true);
    closesByReset = true;
    slice = part;
    send(part.region(), bytes);
  }

  private int sealBatch(RecordLayer by) {
    int bytes = 0;
    int shared = 0;
    ByteBuf records;
    try {
      while (!out.isEmpty() && bytes < BATCH_BYTES) {
        bytes += out.nextBytes();
        shared += out.nextSharedBytes();
        by.add(java.util.Objects.requireNonNull(out.take()));
      }
      records = by.seal();
    } catch (Throwable fault) {
      connection.fail(fault);
      return bytes;
    }
    sendBytes(records, bytes, shared);
    return bytes;
  }

  /// Hands the last of a batch of `bytes` to the kernel.
  private void send(ReferenceCounted last, int bytes) {
    var written = channel.write(last);
    batchBytes = bytes;
    inFlight = true;
    channel.flush();
    if (written.isDone()) {
      batchWritten(written);
      return;
    }
    watchProgress();
    written.addListener(done -> {
      batchWritten(done);
      run();
    });
  }

  private void batchWritten(Future<?> written) {
    inFlight = false;
    if (written.isSuccess()) connection.written(batchBytes);
    else connection.reset(whatFailed());
    batchBytes = 0;
    releaseSealed();
    if (slice != null && written.isSuccess()) sliceWritten(slice);
    settle();
  }

  private void settle() {
    if (progress != null && out.isEmpty()) progress.rest();
    out.settle();
  }

  /// The peer has gone, unless a file has shrunk while it was sent.
  private CutReason whatFailed() {
    return slice != null && slice.isCutShort() ? CutReason.APP_BAD_ANSWER : CutReason.PEER_GONE;
  }

  private void sliceWritten(FileSlice part) {
    slice = null;
    if (out.fileBytes() > part.length()) return; // others follow
    closesByReset = false;
    connection.resetsOnClose(false);
  }

  private void watchProgress() {
    if (progress == null) progress = new WriteProgress(connection, this, limits);
    progress.waits();
  }

  /// Bytes that wait and were not handed to the kernel's side.
  long queuedBytes() {
    return out.bytes();
  }

  /// Bytes that wait, and the batch in flight.
  long waitingBytes() {
    return queuedBytes() + batchBytes;
  }

  /// Bytes that were offered and that the kernel has not taken.
  long unwrittenBytes() {
    return queuedBytes() + untakenBytes();
  }

  /// Bytes that the kernel has taken, of the batch in flight too.
  long takenBytes() {
    return connection.writtenBytes() + batchBytes - untakenBytes();
  }

  /// What Netty still has to write of the batch in flight. Its own sum is of no use here: it counts
  /// 96 B an entry, and a piece that is written in part as if none of it were.
  private long untakenBytes() {
    var buffer = channel.unsafe().outboundBuffer();
    if (buffer == null) return 0;
    var sum = new long[1];
    try {
      buffer.forEachFlushedMessage(piece -> {
        sum[0] += untakenBytes(piece);
        return true;
      });
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
    return sum[0];
  }

  private static long untakenBytes(Object piece) {
    return piece instanceof FileRegion part
        ? part.count() - part.transferred()
        : ((ByteBuf) piece).readableBytes();
  }

  /// Bytes of files that wait, or are in flight: nothing is held for them.
  long fileBytes() {
    return out.fileBytes();
  }

  double secondsWaiting(long nowNanos) {
    return progress == null ? 0 : progress.secondsWaiting(nowNanos);
  }

  /// Bytes that wait times the seconds without progress, over what was lately delivered, if
  /// `holdingBytes` are held for it.
  double slowness(long holdingBytes, long nowNanos) {
    var watched = progress;
    return watched == null
        ? 0
        : holdingBytes * watched.secondsWaiting(nowNanos) / (watched.deliveredInWindow() + 1.0);
  }

  /// Discards what waits.
  void close() {
    if (progress != null) progress.close();
    releaseSealed();
    out.clear();
  }
}
