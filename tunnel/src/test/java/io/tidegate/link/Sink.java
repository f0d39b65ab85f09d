package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.PieceQueue;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// Reads one stream and checks that it brings the pattern; may hold what it gets. Also sends the
/// pattern, in pieces of random sizes, at most 128 KiB ahead of what has been written.
final class Sink implements ByteStream.Reader {
  private static final int MOST_AHEAD = 128 * 1024;

  /// What the array of one takes of the test's own heap.
  static final int HEAP_BYTES = 128 * 1024 + 16;

  volatile @Nullable LinkStream stream;
  volatile boolean holding;
  volatile long received;
  volatile boolean ended;
  volatile boolean wrong;
  final List<String> closed = new CopyOnWriteArrayList<>();
  private @Nullable PieceQueue into;
  private final List<ByteBuf> held = new ArrayList<>();
  private final byte[] copy = new byte[128 * 1024];
  private Random sizes = new Random(1);
  private long read;
  private long toSend;
  private long sent;
  private int ahead;
  private boolean thenEnd;
  private boolean sending;

  Sink() {}

  Sink(LinkStream stream) {
    this.stream = stream;
  }

  LinkStream stream() {
    var opened = stream;
    if (opened == null) throw new AssertionError("no stream");
    return opened;
  }

  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    piece.getBytes(piece.readerIndex(), copy, 0, bytes);
    if (into == null && Pattern.firstMismatch(copy, bytes, received) >= 0) wrong = true;
    read += bytes;
    received = read;
    var queue = into;
    if (queue != null) {
      if (!queue.add(piece, bytes, stream())) wrong = true;
    } else if (holding) {
      held.add(piece);
    } else {
      piece.release();
      stream().released(bytes);
    }
  }

  /// Holds in `queue` from now on; on the loop.
  void into(PieceQueue queue) {
    into = queue;
  }

  /// Gives back all that is held; on the loop.
  void letGo() {
    holding = false;
    var all = List.copyOf(held);
    held.clear();
    for (var piece : all) {
      int bytes = piece.readableBytes();
      piece.release();
      stream().released(bytes);
    }
  }

  @Override
  public void end() {
    ended = true;
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    closed.add(String.valueOf(reason));
  }

  /// Sends `bytes` of the pattern, then a FIN if `end`; on the loop.
  void send(long bytes, long seed, boolean end) {
    sizes = new Random(seed);
    toSend += bytes;
    thenEnd = end;
    sendMore();
  }

  private void sendMore() {
    if (sending) return;
    sending = true;
    while (sent < toSend && ahead < MOST_AHEAD && !stream().isClosed()) piece();
    sending = false;
    if (sent == toSend && thenEnd) stream().end();
  }

  private void piece() {
    int most = sizes.nextInt(4) == 0 ? 70_000 : sizes.nextInt(4) == 0 ? 20 : 16_384;
    int bytes = (int) Math.min(1 + sizes.nextInt(most), toSend - sent);
    var piece = stream().loop().buffers().directBuffer(bytes);
    piece.writeBytes(Pattern.bytes(sent, bytes));
    sent += bytes;
    ahead += bytes;
    var _ = stream().offer(piece, bytes, this::left);
  }

  private void left(int bytes) {
    ahead -= bytes;
    if (!stream().isClosed()) sendMore();
  }

  void awaitReceived(long bytes) {
    Eventually.await(
        LinkRig.SOON.multipliedBy(2),
        () -> received + " of " + bytes + " bytes, " + closed,
        () -> received == bytes);
  }

  void awaitClosed() {
    Eventually.await(LinkRig.SOON, () -> "not closed", () -> !closed.isEmpty());
  }
}
