package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/// The few deflaters that all senders share: whoever finds none free, or no memory, sends as it is,
/// which RFC 7692 §6 lets anyone do. Nobody waits.
///
/// Each is charged to the account when it is made, and kept. Safe for any thread.
public final class Deflaters implements AutoCloseable {
  /// What one deflater costs outside of Java (measured 264 KiB).
  public static final int PRICE = 268 * 1024;

  private static final int STEP_BYTES = 8 * 1024;

  /// What a message must become shorter by, or it is not worth the peer's inflating.
  private static final int LEAST_GAIN = 8;

  private final Account account;
  private final ArrayBlockingQueue<Tool> free;
  private int makeable;
  private boolean closed;

  private static final class Tool {
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private final byte[] scratch = new byte[STEP_BYTES + 4];
  }

  /// Opens a store of up to `most`, paid by `account`.
  public Deflaters(Account account, int most) {
    this.account = account;
    this.free = new ArrayBlockingQueue<>(most);
    this.makeable = most;
  }

  /// Returns `payload` deflated, without the tail that its end stands for, charged to `payer` until
  /// it is closed; null if that gains nothing or cannot be had now. `payload` stays as it is.
  public @Nullable KeptBytes deflate(ByteBuf payload, Account payer, ByteBufAllocator buffers) {
    var tool = borrow();
    if (tool == null) return null;
    var out = new KeptBytes(payer, buffers);
    try {
      tool.deflater.setInput(payload.nioBuffer());
      if (run(tool, out, payload.readableBytes() - LEAST_GAIN)) return out;
      out.close();
      return null;
    } finally {
      giveBack(tool);
    }
  }

  /// Every flush ends in the four bytes of an empty block, which are not sent (§7.2.1); they are
  /// held back until more follows them.
  private static boolean run(Tool tool, KeptBytes out, int mostBytes) {
    int held = 0;
    while (true) {
      int count = tool.deflater.deflate(tool.scratch, held, STEP_BYTES, Deflater.SYNC_FLUSH);
      int all = held + count;
      boolean isLast = count < STEP_BYTES;
      int give = Math.max(0, all - 4);
      if (out.count() + give > mostBytes || !out.add(tool.scratch, give)) return false;
      if (isLast) return true;
      System.arraycopy(tool.scratch, give, tool.scratch, 0, all - give);
      held = all - give;
    }
  }

  private @Nullable Tool borrow() {
    var next = free.poll();
    return next == null ? make() : next;
  }

  private synchronized @Nullable Tool make() {
    if (makeable == 0 || closed || !account.charge(Purse.DIRECT, PRICE)) return null;
    makeable--;
    return new Tool();
  }

  private synchronized void giveBack(Tool tool) {
    if (closed) {
      end(tool);
      return;
    }
    tool.deflater.reset();
    free.add(tool);
  }

  private void end(Tool tool) {
    tool.deflater.end();
    account.release(Purse.DIRECT, PRICE);
  }

  /// Frees those that nobody uses; the others when they come back.
  @Override
  public synchronized void close() {
    closed = true;
    for (var tool = free.poll(); tool != null; tool = free.poll()) end(tool);
  }
}
