package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// Inflates the messages of one peer, RFC 7692 §7.2.2, in steps of 8 KiB into an account.
///
/// An inflater is borrowed and charged while a message is open; with context takeover, from the
/// first one to the connection's end. A message stops at the byte that passes `maxMessageBytes`, or
/// that is more than `ratio` times what came, once [#FREE_BYTES] have come out. On the connection's
/// loop.
final class Inflation implements AutoCloseable {
  /// What may come out however little came in: short texts shrink by more than any ratio.
  static final int FREE_BYTES = 64 * 1024;

  private static final int STEP_BYTES = 8 * 1024;
  private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

  private final Inflaters inflaters;
  private final Deflate config;
  private final int maxMessageBytes;
  private final Account account;
  private @Nullable Inflater inflater;
  private long bytesIn;

  /// What became of some bytes.
  enum Outcome {
    /// They are inflated and kept.
    KEPT,
    /// They are no deflate data.
    BAD_DATA,
    /// The message would be too long, or too much of too little.
    TOO_BIG,
    /// The account has no room.
    NO_ROOM
  }

  Inflation(Inflaters inflaters, Deflate config, int maxMessageBytes, Account account) {
    this.inflaters = inflaters;
    this.config = config;
    this.maxMessageBytes = maxMessageBytes;
    this.account = account;
  }

  /// Inflates the next `count` bytes of `in` into `out`.
  Outcome add(ByteBuf in, int count, KeptBytes out) {
    bytesIn += count;
    var outcome = run(in.nioBuffer(in.readerIndex(), count), out);
    in.skipBytes(count);
    return outcome;
  }

  /// Inflates what the end of a message stands for.
  Outcome finish(KeptBytes out) {
    var outcome = run(ByteBuffer.wrap(TAIL), out);
    bytesIn = 0;
    if (!config.takeover()) close();
    return outcome;
  }

  private Outcome run(ByteBuffer in, KeptBytes out) {
    var borrowed = borrowed();
    if (borrowed == null) return Outcome.NO_ROOM;
    borrowed.setInput(in);
    try {
      return steps(borrowed, in, out);
    } catch (DataFormatException _) {
      return Outcome.BAD_DATA;
    }
  }

  private Outcome steps(Inflater borrowed, ByteBuffer in, KeptBytes out)
      throws DataFormatException {
    while (true) {
      int count = borrowed.inflate(inflaters.scratch(), 0, STEP_BYTES);
      if (isTooBig((long) out.count() + count)) return Outcome.TOO_BIG;
      if (!out.add(inflaters.scratch(), count)) return Outcome.NO_ROOM;
      if (borrowed.needsDictionary()) return Outcome.BAD_DATA;
      if (borrowed.finished()) {
        // a block that says it is the last, §7.2.3.4: what follows begins anew
        if (!in.hasRemaining()) return Outcome.KEPT;
        borrowed.reset();
        borrowed.setInput(in);
      } else if (count < STEP_BYTES && borrowed.needsInput()) {
        return Outcome.KEPT;
      }
    }
  }

  private boolean isTooBig(long bytesOut) {
    return bytesOut > maxMessageBytes
        || (bytesOut > FREE_BYTES && bytesOut > bytesIn * config.maxRatio());
  }

  private @Nullable Inflater borrowed() {
    if (inflater == null && account.charge(Purse.DIRECT, Inflaters.PRICE)) {
      inflater = inflaters.borrow();
    }
    return inflater;
  }

  /// Gives the inflater back. May be used again.
  @Override
  public void close() {
    bytesIn = 0;
    var borrowed = inflater;
    if (borrowed == null) return;
    inflater = null;
    inflaters.giveBack(borrowed);
    account.release(Purse.DIRECT, Inflaters.PRICE);
  }
}
