package io.tidegate.net;

import io.tidegate.ledger.Ticker;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Has files read into the kernel's page cache, where a loop may have them sent without waiting for
/// a disk.
///
/// On Linux by sending them to `/dev/null`: the kernel brings each page in, waits for it, and
/// copies nothing. (`mincore`, on a mapping, would tell what is there already, but of a file that
/// this process may not write the kernel says that all of it is; and a mapped file that is cut
/// short is a fault where it is read.) Elsewhere by reading them.
///
/// What was brought in a moment ago is taken to be there still: to ask the kernel again for a file
/// that many fetch costs a fifth of sending it. Safe for any thread.
final class PageCache {
  /// In which a machine that reads cold files as fast as its disk can pushes nothing out that it
  /// has just read, and a file that is fetched more often than it is loaded pays for one in
  /// hundreds.
  static final Duration FRESH = Duration.ofMillis(100);

  /// Parts of files that are known to be fresh: 18 KiB, and one more than these pushes out another.
  private static final int MOST_FRESH = 256;

  /// That of the machine.
  static final PageCache SYSTEM = new PageCache(Ticker.SYSTEM);

  /// As many readers at once as a disk serves well; one thread fewer than carry virtual threads,
  /// each of which stands still while it waits for a disk, so that handlers of other things go on.
  private static final int MOST_READERS =
      Math.clamp(Runtime.getRuntime().availableProcessors() - 1, 1, 16);

  private static final int SCRATCH_BYTES = 16 * 1024;

  private static final Semaphore READERS = new Semaphore(MOST_READERS);

  /// Never closed: an interrupt closes the file that is read, not the one that is written.
  private static final @Nullable FileChannel NOWHERE = nowhere();

  private final Ticker ticker;
  private final AtomicReferenceArray<@Nullable Loaded> fresh =
      new AtomicReferenceArray<>(MOST_FRESH);

  /// A part of the file that `file` equals, and when it was begun to be loaded.
  private record Loaded(Object file, long first, int bytes, long nanos) {}

  PageCache(Ticker ticker) {
    this.ticker = ticker;
  }

  private static @Nullable FileChannel nowhere() {
    if (!System.getProperty("os.name", "").startsWith("Linux")) return null;
    try {
      return FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE);
    } catch (IOException none) {
      return null;
    }
  }

  /// Brings `bytes` of `file` from `first` on into memory; returns how many there are, fewer where
  /// the file ends before.
  ///
  /// @param key equal for the same file alone; null if there is none, and nothing is known of it
  /// @throws InterruptedIOException if the thread is interrupted while others read
  /// @throws IOException if the disk fails, or the thread is interrupted while it reads
  int load(FileChannel file, @Nullable Object key, long first, int bytes) throws IOException {
    if (key == null) return load(file, first, bytes);
    int slot = Math.floorMod(31 * key.hashCode() + Long.hashCode(first), MOST_FRESH);
    long begun = ticker.nanos();
    if (isFresh(fresh.get(slot), key, first, bytes, begun)) return bytes;
    int loaded = load(file, first, bytes);
    if (loaded > 0) fresh.set(slot, new Loaded(key, first, loaded, begun));
    return loaded;
  }

  private static boolean isFresh(
      @Nullable Loaded known, Object key, long first, int bytes, long nowNanos) {
    return known != null
        && known.first == first
        && known.bytes >= bytes
        && nowNanos - known.nanos < FRESH.toNanos()
        && known.file.equals(key);
  }

  private static int load(FileChannel file, long first, int bytes) throws IOException {
    try {
      READERS.acquire();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted before a file was read");
    }
    try {
      return NOWHERE == null ? read(file, first, bytes) : send(file, first, bytes, NOWHERE);
    } finally {
      READERS.release();
    }
  }

  private static int send(FileChannel file, long first, int bytes, FileChannel to)
      throws IOException {
    int sent = 0;
    while (sent < bytes) {
      long more = file.transferTo(first + sent, bytes - sent, to);
      if (more <= 0) break;
      sent += (int) more;
    }
    return sent;
  }

  private static int read(FileChannel file, long first, int bytes) throws IOException {
    var scratch = ByteBuffer.allocate(Math.min(bytes, SCRATCH_BYTES));
    int read = 0;
    while (read < bytes) {
      int most = Math.min(scratch.capacity(), bytes - read);
      int more = file.read(scratch.clear().limit(most), first + read);
      if (more <= 0) break;
      read += more;
    }
    return read;
  }
}
