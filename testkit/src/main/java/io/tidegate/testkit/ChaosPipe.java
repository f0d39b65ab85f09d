package io.tidegate.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;

/// One direction of one connection: a reader that stamps what it read with the time it is due, and
/// a writer that waits for that time. Between them at most 1 MiB and 4,096 pieces.
final class ChaosPipe {
  private static final int UNDER_WAY_BYTES = 1024 * 1024;
  private static final int UNDER_WAY_PIECES = 4_096;
  private static final Duration FOR_EVER = Duration.ofDays(1);

  private final ChaosPair pair;
  private final Wire source;
  private final Wire sink;
  private final ChaosLane lane;
  private final Semaphore room = new Semaphore(UNDER_WAY_BYTES);
  private final BlockingQueue<Piece> underWay = new LinkedBlockingQueue<>(UNDER_WAY_PIECES);
  private long lastDueNanos = System.nanoTime();
  private long paceNanos = System.nanoTime();
  private long passedBytes;

  /// Some bytes, or an end of the connection: no bytes.
  private static final class Piece {
    final byte[] bytes;
    final long dueNanos;
    final Cut.End end;

    Piece(byte[] bytes, long dueNanos, Cut.End end) {
      this.bytes = bytes;
      this.dueNanos = dueNanos;
      this.end = end;
    }
  }

  ChaosPipe(ChaosPair pair, Wire source, Wire sink, ChaosLane lane) {
    this.pair = pair;
    this.source = source;
    this.sink = sink;
    this.lane = lane;
  }

  void start() {
    var _ = Thread.ofVirtual().name("testkit-chaos-read").start(() -> guarded(this::readAll));
    var _ = Thread.ofVirtual().name("testkit-chaos-write").start(() -> guarded(this::writeAll));
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void guarded(Work work) {
    try {
      work.run();
    } catch (IOException _) {
      pair.abort();
    } catch (InterruptedException _) {
      pair.abort();
      Thread.currentThread().interrupt();
    }
  }

  private void readAll() throws InterruptedException {
    var buffer = new byte[Wire.BUFFER_BYTES];
    var end = Cut.End.OPEN;
    while (end == Cut.End.OPEN && !pair.ended()) {
      lane.awaitReading(pair::ended);
      try {
        var count = source.read(buffer, Deadline.in(FOR_EVER));
        end = count < 0 ? Cut.End.FIN : Cut.End.OPEN;
        if (count > 0) {
          lane.awaitReading(pair::ended); // the hole may have opened while the read waited
          send(Arrays.copyOf(buffer, count));
        }
      } catch (IOException _) {
        end = Cut.End.RESET;
      }
    }
    underWay.put(new Piece(new byte[0], due(), end));
  }

  private void send(byte[] bytes) throws InterruptedException {
    if (lane.toxics().hole() != Toxics.Hole.SWALLOW && !pair.ended()) {
      room.acquire(bytes.length);
      underWay.put(new Piece(bytes, due(), Cut.End.OPEN));
    }
  }

  private long due() {
    var toxics = lane.toxics();
    var jitter = toxics.jitter().toNanos();
    var delay =
        toxics.latency().toNanos() + ThreadLocalRandom.current().nextLong(-jitter, jitter + 1);
    lastDueNanos = Math.max(lastDueNanos, System.nanoTime() + Math.max(0, delay));
    return lastDueNanos;
  }

  private void writeAll() throws IOException, InterruptedException {
    try {
      writeUntilEnd();
    } finally {
      underWay.clear(); // the reader may wait for room that nobody would make any more
      room.release(UNDER_WAY_BYTES);
    }
  }

  private void writeUntilEnd() throws IOException, InterruptedException {
    while (!pair.ended()) {
      var piece = underWay.take();
      sleepUntil(piece.dueNanos);
      lane.awaitThaw(pair::ended);
      if (piece.end == Cut.End.RESET) {
        pair.abort();
      } else if (piece.end == Cut.End.FIN) {
        sink.finish();
        pair.finished();
        return;
      }
      writeSliced(piece.bytes);
      room.release(piece.bytes.length);
    }
  }

  private void writeSliced(byte[] bytes) throws IOException, InterruptedException {
    for (int at = 0; at < bytes.length && !pair.ended(); ) {
      var toxics = lane.toxics();
      var count = (int) Math.min(step(toxics), Math.min(bytes.length - at, left(toxics)));
      if (count > 0) {
        lane.awaitThaw(pair::ended);
        pace(toxics, count);
        sink.write(Arrays.copyOfRange(bytes, at, at + count));
        passedBytes += count;
        lane.passed(count);
        sleepUntil(System.nanoTime() + toxics.sliceGap().toNanos());
      }
      at += count;
      if (left(toxics) == 0) {
        pair.close();
      }
    }
  }

  private long left(Toxics toxics) {
    return Math.max(0, toxics.limitBytes() - passedBytes);
  }

  /// At most what 20 ms of the bandwidth allow, so that a slow lane flows instead of jumping.
  private static long step(Toxics toxics) {
    return Math.min(toxics.sliceBytes(), Math.max(1, toxics.bytesPerSecond() / 50));
  }

  private void pace(Toxics toxics, int count) throws InterruptedException {
    sleepUntil(paceNanos);
    var cost = (long) (count * 1e9 / toxics.bytesPerSecond());
    paceNanos = Math.max(paceNanos, System.nanoTime()) + cost;
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    var wait = nanos - System.nanoTime();
    if (wait > 0) {
      Thread.sleep(Duration.ofNanos(wait));
    }
  }
}
