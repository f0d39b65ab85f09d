package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides whether the process is broken: an event loop that is dead or has missed ten ticks in a
/// row, or memory that does not come back within 10 s of a refused allocation.
///
/// It counts ticks that it ran itself, never the clock, so a stopped or sleeping process is not
/// broken when it wakes.
final class Watchdog implements AutoCloseable {
  static final long TICK_MILLIS = 500;
  private static final int MISSED_TICKS = 10;
  private static final int RESERVE_BYTES = 1 << 20;
  static final int RESERVE_TICKS = 20;
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

  private final Loops loops;
  private final Supplier<@Nullable ByteBuf> source;
  private final int[] missed;
  private final boolean[] answered;
  private final Thread thread;
  private volatile Consumer<Throwable> onBroken = _ -> {};
  private @Nullable ByteBuf reserve;
  private volatile boolean refused;
  private int ticksWithoutReserve;
  private volatile boolean closed;

  Watchdog(Loops loops) {
    this(loops, Watchdog::allocate);
  }

  /// Has its reserve from `source`, which answers null where there is no memory.
  Watchdog(Loops loops, Supplier<@Nullable ByteBuf> source) {
    this.loops = loops;
    this.source = source;
    this.missed = new int[loops.count()];
    this.answered = new boolean[loops.count()];
    java.util.Arrays.fill(answered, true);
    this.reserve = source.get();
    this.thread = Thread.ofPlatform().daemon().name("tidegate-watchdog").unstarted(this::watch);
  }

  void start() {
    thread.start();
  }

  /// What is told once when the process is broken.
  void onBroken(Consumer<Throwable> action) {
    onBroken = action;
  }

  /// An allocation on a peer's path failed: the reserve is given up at once, and must be had back.
  void memoryRefused() {
    refused = true;
  }

  private static @Nullable ByteBuf allocate() {
    try {
      return UnpooledByteBufAllocator.DEFAULT.directBuffer(RESERVE_BYTES);
    } catch (OutOfMemoryError full) {
      return null;
    }
  }

  private void watch() {
    while (!closed) {
      try {
        Thread.sleep(TICK_MILLIS);
        var cause = tick();
        if (cause != null && !closed) {
          broken(cause);
          return;
        }
      } catch (InterruptedException ends) {
        return;
      } catch (Throwable fault) {
        LOG.error("The watchdog stumbled and goes on.", fault);
      }
    }
  }

  private void broken(Throwable cause) {
    LOG.error("Broken: {}; {}", cause.getMessage(), loops.memoryFigures());
    try {
      onBroken.accept(cause);
    } catch (Throwable fault) {
      LOG.error("What was to be done about it failed.", fault);
    }
  }

  private @Nullable Throwable tick() {
    for (int i = 0; i < missed.length; i++) {
      if (missesTick(i))
        return new IllegalStateException("event loop " + i + " missed " + MISSED_TICKS + " ticks");
    }
    return memoryIsLost()
        ? new IllegalStateException("1 MiB could not be had back within 10 s")
        : null;
  }

  private synchronized boolean missesTick(int i) {
    if (!answered[i]) return ++missed[i] >= MISSED_TICKS;
    missed[i] = 0;
    answered[i] = false;
    if (!loops.loop(i).later(() -> answer(i))) return !closed;
    return false;
  }

  private synchronized void answer(int i) {
    answered[i] = true;
  }

  boolean memoryIsLost() {
    boolean gaveUp = refused && reserve != null;
    refused = false;
    if (gaveUp) {
      release(); // and is not taken back before the next tick: the loops have it until then
      return false;
    }
    if (reserve == null) reserve = source.get();
    ticksWithoutReserve = reserve == null ? ticksWithoutReserve + 1 : 0;
    return ticksWithoutReserve >= RESERVE_TICKS;
  }

  private void release() {
    if (reserve != null) reserve.release();
    reserve = null;
  }

  @Override
  public void close() {
    closed = true;
    if (Thread.currentThread() == thread) return; // told that it is broken, somebody closes all
    thread.interrupt();
    try {
      thread.join(TICK_MILLIS * 4);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    release();
  }
}
