package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ticker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoopsTest {
  private static final int LARGEST_CACHED = 32 * 1024;

  /// Of each small size the pool keeps a run of pages, though none of it is used: 1.2 MiB measured.
  private static final long RUNS_BYTES_A_LOOP = 1_280 * 1024;

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 48, 200})
  void whatTheCachesOfLoopsKeepIsAnEighthOfTheBudgetAtMost(int budgetMiB) throws Exception {
    long budget = (long) budgetMiB << 20;
    try (var rig = new Rig(Transport.best(), 2, new Budget(budget, 1 << 20), Ticker.SYSTEM)) {
      for (int i = 0; i < rig.loops.count(); i++)
        Rig.run(rig.loops.loop(i), () -> useAllSizes(rig));

      assertThat(kept((PooledByteBufAllocator) rig.loops.loop(0).buffers()))
          .isLessThanOrEqualTo(budget / 8 + rig.loops.count() * RUNS_BYTES_A_LOOP)
          .isGreaterThanOrEqualTo(budget / 40);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 600, 2_048})
  void fewBytesThatWaitPinNoLargeBuffer(int bytes) throws Exception {
    try (var rig = new Rig(Transport.best(), 1, new Budget(1 << 20, 1 << 20), Ticker.SYSTEM)) {
      var loop = rig.loops.loop(0);
      Rig.run(
          loop,
          () -> {
            var piece = loop.buffers().directBuffer(2_048).writeZero(bytes);

            var waits = loop.shrunk(piece);

            assertThat(waits.readableBytes()).isEqualTo(bytes);
            assertThat(waits.capacity()).isLessThanOrEqualTo(bytes * 2);
            assertThat(waits.release()).as("the only one").isTrue();
            assertThat(piece.refCnt()).isZero();
          });
    }
  }

  /// Many of each at once, as a crowd of peers has them.
  private static void useAllSizes(Rig rig) {
    var buffers = rig.loops.loop(0).buffers();
    for (int size = 16; size <= LARGEST_CACHED; size += Math.max(16, size / 8)) {
      List<ByteBuf> taken = new ArrayList<>();
      for (int i = 0; i < 300; i++) taken.add(buffers.directBuffer(size));
      taken.forEach(ByteBuf::release);
    }
  }

  /// Bytes that are neither free in their chunks nor anybody's.
  private static long kept(PooledByteBufAllocator pool) {
    long bytes = -pool.pinnedDirectMemory();
    for (var arena : pool.metric().directArenas()) {
      for (var chunks : arena.chunkLists()) {
        for (var chunk : chunks) bytes += chunk.chunkSize() - chunk.freeBytes();
      }
    }
    return bytes;
  }
}
