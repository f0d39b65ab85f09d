package io.tidegate.net;

import io.tidegate.ledger.Gate;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// An open file whose parts go to sockets: one descriptor, closed when who opened it has closed it
/// and no [FileSlice] of it is left, and never before, so that no loop sends from a descriptor
/// whose number is another file's by then.
///
/// An interrupt closes a file that its thread is about to read, whoever else uses it: so its opener
/// reads nothing ([#load], [#read]) while slices are out. Safe for any thread but for that.
public final class SharedFile implements AutoCloseable {
  /// What Netty's native code looks into for the descriptor. Another class, as other file systems
  /// have it, would bring the process down.
  private static final String OF_THE_JDK = "sun.nio.ch.FileChannelImpl";

  /// Files of which slices may be out at once, whose descriptors outlive the thread that opened
  /// them: beside four fifths that connections may take, half of the rest.
  private static final Gate OUT = Gate.of(Math.clamp(OpenFiles.limit() / 10, 16, 100_000));

  /// Files that are to be closed, no more than [#OUT] lets out, by the next thread that opens one
  /// or soon by one of their own: to wake a thread for each costs a tenth of what it costs to send
  /// 1 MB.
  private static final Queue<SharedFile> CLOSING = new ConcurrentLinkedQueue<>();

  private static final Duration SOON = Duration.ofMillis(20);
  private static final AtomicBoolean CLOSES_SOON = new AtomicBoolean();

  private final FileChannel channel;
  private final @Nullable Object key;
  private final AtomicInteger holders = new AtomicInteger(1);
  private final AtomicBoolean closed = new AtomicBoolean();

  private Gate.@Nullable Pass out;

  private SharedFile(FileChannel channel, @Nullable Object key) {
    this.channel = channel;
    this.key = key;
  }

  /// Opens the file at `path`, which is no link.
  ///
  /// @param key of its attributes, by which it is known again when it is opened anew; null if it
  ///   has none
  /// @throws IOException if it cannot be read
  public static SharedFile open(Path path, @Nullable Object key) throws IOException {
    closeAll();
    return new SharedFile(
        FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS), key);
  }

  /// Whether slices may be made of it: the kernel can send its parts itself, and no more than a
  /// tenth of the descriptors that this process may have are out for others. Called once, by the
  /// opener.
  public boolean tryShare() {
    if (!channel.getClass().getName().equals(OF_THE_JDK)) return false;
    out = OUT.tryEnter();
    return out != null;
  }

  /// Has the kernel read `bytes` from `first` on into its page cache, if they are not there for all
  /// that is known, and returns how many there are: fewer where the file ends before. Waits for the
  /// disk, so it is called by threads that may block, and waits for its turn there: few read at
  /// once.
  ///
  /// @throws IOException if the disk fails, or the thread is interrupted
  public int load(long first, int bytes) throws IOException {
    try {
      return PageCache.SYSTEM.load(channel, key, first, bytes);
    } catch (ClosedByInterruptException interrupted) {
      throw new InterruptedIOException("interrupted while a file was read");
    }
  }

  /// Reads from `first` on, and returns how many bytes, or -1 behind the file's end.
  ///
  /// @throws IOException as [#load]
  public int read(ByteBuffer into, long first) throws IOException {
    try {
      return channel.read(into, first);
    } catch (ClosedByInterruptException interrupted) {
      throw new InterruptedIOException("interrupted while a file was read");
    }
  }

  /// A part of the file, which holds it open. Called after [#tryShare] and before [#close].
  ///
  /// @param bytes 1 to [FileSlice#MOST_BYTES]
  public FileSlice slice(long first, int bytes) {
    hold();
    return new FileSlice(this, first, bytes);
  }

  FileChannel channel() {
    return channel;
  }

  void hold() {
    var _ = holders.incrementAndGet();
  }

  /// Closes the file behind its last holder, and on a thread that may wait: with the last
  /// descriptor of a file that has been deleted goes the file itself.
  void letGo() {
    if (holders.decrementAndGet() > 0) return;
    if (Thread.currentThread().isVirtual()) {
      closeChannel();
      return;
    }
    var _ = CLOSING.add(this);
    if (!CLOSES_SOON.compareAndSet(false, true)) return;
    boolean started = false;
    try {
      var _ = Thread.ofVirtual().name("tidegate-file-close").start(SharedFile::closeSoon);
      started = true;
    } finally {
      if (!started) CLOSES_SOON.set(false);
    }
  }

  private static void closeSoon() {
    LockSupport.parkNanos(SOON.toNanos());
    CLOSES_SOON.set(false);
    closeAll();
  }

  private static void closeAll() {
    for (var file = CLOSING.poll(); file != null; file = CLOSING.poll()) file.closeChannel();
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException fault) {
      LoggerFactory.getLogger(SharedFile.class).warn("A file could not be closed.", fault);
    } finally {
      if (out != null) out.close();
    }
  }

  /// The opener is through with it. Idempotent.
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) letGo();
  }
}
