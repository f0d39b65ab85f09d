package io.tidegate.net;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Has files read into the kernel's page cache, where a loop may have them sent without waiting for
/// a disk.
///
/// On Linux by sending them to `/dev/null`: the kernel brings each page in, waits for it, and
/// copies nothing. (`mincore`, on a mapping, would tell what is there already, but of a file that
/// this process may not write the kernel says that all of it is; and a mapped file that is cut
/// short is a fault where it is read.) Elsewhere by reading them.
final class PageCache {
  /// As many readers at once as a disk serves well; one thread fewer than carry virtual threads,
  /// each of which stands still while it waits for a disk, so that handlers of other things go on.
  private static final int MOST_READERS =
      Math.clamp(Runtime.getRuntime().availableProcessors() - 1, 1, 16);

  private static final int SCRATCH_BYTES = 16 * 1024;

  private static final Semaphore READERS = new Semaphore(MOST_READERS);

  /// Never closed: an interrupt closes the file that is read, not the one that is written.
  private static final @Nullable FileChannel NOWHERE = nowhere();

  private PageCache() {}

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
  /// @throws InterruptedIOException if the thread is interrupted while others read
  /// @throws IOException if the disk fails, or the thread is interrupted while it reads
  static int load(FileChannel file, long first, int bytes) throws IOException {
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
