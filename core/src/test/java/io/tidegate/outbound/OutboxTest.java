package io.tidegate.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Balanced;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What waits for a peer that reads nothing, where memory runs out.
@ExtendWith(Balanced.class)
class OutboxTest {
  private static final int LIMIT = 64 * 1024;

  /// A stream that keeps what it is given.
  private static final class Stuck implements Outbox.Owner, AutoCloseable {
    private record Given(ByteBuf piece, int owed, Payer payer) {}

    private final Loops loops =
        Loops.open(
            new LoopsConfig("test", 1, new Budget(1 << 20, 1 << 20), Transport.best(), false));
    private final Account account = loops.root().open("stuck", new Budget(LIMIT, LIMIT));
    private final Queue<Given> given = new ArrayDeque<>();
    final Outbox outbox = new Outbox(this);

    Sent send(int bytes, Slow slow) {
      return outbox.send(
          bytes, slow, buffers -> Encoded.whole(buffers.directBuffer(bytes).writeZero(bytes)));
    }

    /// Gives the stream as much as it is given ahead.
    void fill() throws InterruptedException {
      assertThat(send(Outbox.AHEAD_BYTES, Slow.dropNewest())).isEqualTo(new Sent.Now());
      var given = new CountDownLatch(1);
      assertThat(loops.loop(0).later(given::countDown)).isTrue();
      given.await();
    }

    /// Takes all but `left` bytes of the account for something else; returns how many.
    int takeAllBut(int left) {
      int taken = (int) (LIMIT - account.held(Purse.DIRECT)) - left;
      assertThat(account.charge(Purse.DIRECT, taken)).isTrue();
      return taken;
    }

    @Override
    public Loop loop() {
      return loops.loop(0);
    }

    @Override
    public Account account() {
      return account;
    }

    @Override
    public PieceQueue.Sink sink() {
      return (piece, owed, payer) -> given.add(new Given(piece, owed, payer));
    }

    @Override
    public int outboundBytes() {
      return LIMIT;
    }

    @Override
    public void cut(CutReason reason) {}

    @Override
    public void close() throws Exception {
      outbox.close(CutReason.CLOSING);
      var done = new CountDownLatch(1);
      Runnable letGo =
          () -> {
            for (var each = given.poll(); each != null; each = given.poll()) {
              each.piece.release();
              each.payer.released(each.owed);
            }
            account.close();
            done.countDown();
          };
      assertThat(loops.loop(0).later(letGo)).isTrue();
      done.await();
      loops.close();
    }
  }

  @Test
  void whatMemoryRefusedWasNotDroppedForAFullOutbox() throws Exception {
    try (var peer = new Stuck()) {
      int taken = peer.takeAllBut(100);

      assertThat(peer.send(200, Slow.dropOldest())).isEqualTo(new Sent.Dropped(Sent.Cause.MEMORY));
      assertThat(peer.send(200, Slow.keepLatest())).isEqualTo(new Sent.Dropped(Sent.Cause.MEMORY));
      peer.account.release(Purse.DIRECT, taken);
    }
  }

  @Test
  void theLatestStaysWhereItsSuccessorFindsNoMemory() throws Exception {
    try (var peer = new Stuck()) {
      peer.fill();
      assertThat(peer.send(100, Slow.keepLatest("a"))).isEqualTo(new Sent.Now());
      int taken = peer.takeAllBut(50);

      assertThat(peer.send(200, Slow.keepLatest("a")))
          .isEqualTo(new Sent.Dropped(Sent.Cause.MEMORY));
      assertThat(peer.outbox.waitingBytes()).isEqualTo(100);
      assertThat(peer.send(150, Slow.keepLatest("a"))).isEqualTo(new Sent.Now());
      assertThat(peer.outbox.waitingBytes()).isEqualTo(150);
      assertThat(peer.outbox.droppedMessages()).isEqualTo(2);
      peer.account.release(Purse.DIRECT, taken);
    }
  }
}
