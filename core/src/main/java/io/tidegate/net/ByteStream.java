package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A duplex stream of bytes with credit both ways: a socket, a stream of a link, an HTTP/2 stream,
/// a relay between edges.
///
/// Inbound: pieces go to the [Reader]; each byte is charged to this stream until [#released] gives
/// it back, and the stream stops delivering when its window is out. Outbound: [#offer] takes a
/// piece together with the one who pays for it.
///
/// This seam alone carries Netty's `ByteBuf`: a type of our own would cost one allocation a piece
/// and hide nothing. All methods are called on the stream's loop, and all callbacks come there.
public interface ByteStream extends Payer, PieceQueue.Sink {
  /// What arrives, in order; exactly one `closed`, last, whatever ended the stream.
  interface Reader {
    /// A piece of at least one byte, owned by the callee: it releases the buffer or passes it on,
    /// and calls [ByteStream#released] for its bytes when they are held no longer.
    void bytes(ByteBuf piece);

    /// The peer's FIN has arrived while reading is paused: bytes before it may be unread. Called
    /// before [#end] and at most once, and only where it can be known: on Linux always, on NIO if
    /// at most 16 KiB lie before it. A server whose peers end only when they leave gives up here.
    default void ending() {}

    /// The server that accepted this stream, or the client that opened it, closes: end it as soon
    /// as what has begun is done. Called at most once.
    default void draining() {}

    /// The peer will send no more (FIN), and all that it sent was delivered; the other direction
    /// may go on.
    void end();

    /// The stream is over in both directions. `reason` is null if both sides ended in order.
    void closed(@Nullable CutReason reason);

    /// How many bytes the next read should ask for, or 0 to let the stream adapt: a reader that
    /// knows the length of what comes gets it in a buffer of its own, which can then be passed on
    /// without pinning a larger one.
    default int wanted() {
      return 0;
    }
  }

  /// The loop that owns this stream.
  Loop loop();

  /// What this stream is charged to.
  Account account();

  /// The other side, for people: an address, or what stands for one.
  String peer();

  /// Puts `reader` in place of the one before. Pieces that came earlier are not repeated.
  void read(Reader reader);

  /// Queues `piece` behind what waits; it leaves at the end of the loop's tick. The stream owns the
  /// buffer from here on, whatever is answered. `owed` of its bytes are paid by `payer`, who hears
  /// of them once they are written or discarded.
  ///
  /// Returns false if the stream is over, or was cut because there was no room for the entry; the
  /// piece is then discarded.
  @Override
  boolean offer(ByteBuf piece, int owed, Payer payer);

  /// Queues `length` bytes, exactly as many as `writer` writes at once, which this stream pays for:
  /// a head, or what frames a piece. Where small pieces are gathered nothing is copied again.
  ///
  /// Returns false if the stream is over, or was cut because there was no room for them.
  default boolean offer(int length, Consumer<ByteBuf> writer) {
    var piece = loop().buffers().directBuffer(length);
    writer.accept(piece);
    return offer(piece, 0, Payer.NOBODY);
  }

  /// Has the kernel take what it can of `piece`, whose reader index stays where it is, if nothing
  /// waits before it: so nothing is kept for what leaves at once. Returns how many bytes it took; 0
  /// where something waits, or this stream is not a socket in the clear: the rest is to be offered.
  default int writeNow(ByteBuf piece) {
    return 0;
  }

  /// Whether parts of files can be offered as they are: of a socket in the clear alone.
  default boolean takesFiles() {
    return false;
  }

  /// Queues a part of a file behind what waits, as [#offer] does, where [#takesFiles]: the kernel
  /// takes its bytes from the file, in memory ([SharedFile#load]), and nothing is held for them but
  /// the entry. `payer`, who pays for nothing, hears of its length once it is written or discarded.
  ///
  /// @throws IllegalStateException if no files are taken
  default boolean offer(FileSlice slice, Payer payer) {
    throw new IllegalStateException("no stream for files: " + peer());
  }

  /// Says at the end of this stream that `bytes` which are charged to its account are still held,
  /// so that the account stays open for them. Who holds them runs what is returned, on any thread,
  /// once they are free.
  default Runnable heldBeyond(int bytes) {
    return () -> account().release(Purse.DIRECT, bytes);
  }

  /// Bytes that wait to leave, the kernel's not counted.
  long queuedBytes();

  /// Whether what waits does so for the peer alone, as far as this loop has heard: it has had all
  /// that it lets come for some milliseconds, nothing is on its way to it, and it lets no more
  /// come. False where the kernel does not say.
  default boolean isPeerFull() {
    return false;
  }

  /// Ends our direction behind what waits (FIN). Idempotent.
  void end();

  /// Ends both directions at once, without what waits, in a way that cannot be mistaken for a
  /// complete answer (RST). Idempotent.
  void reset(CutReason reason);

  /// Whether neither direction can carry bytes any more.
  boolean isClosed();
}
