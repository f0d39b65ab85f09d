package io.tidegate.proof;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A memory cgroup of Linux, version 1 or 2, for processes that are started in it: what they have
/// resident, their page cache and what the kernel keeps for them is bounded together, and the
/// kernel kills one that needs more. With version 1, buffers of TCP have a bound of the same size
/// for themselves.
public final class MemoryGroup implements AutoCloseable {
  private static final Path FIRST = Path.of("/sys/fs/cgroup/memory");
  private static final Path SECOND = Path.of("/sys/fs/cgroup");
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final int LOOKS = 100;
  private static final long LOOK_NANOS = Duration.ofMillis(50).toNanos();

  private final Path directory;
  private final boolean isFirst;

  private MemoryGroup(Path directory, boolean isFirst) {
    this.directory = directory;
    this.isFirst = isFirst;
  }

  /// Makes one of `bytes`.
  ///
  /// @throws IOException if this machine has none, or does not let this user make one
  public static MemoryGroup open(long bytes) throws IOException {
    boolean isFirst = Files.isWritable(FIRST.resolve("memory.use_hierarchy"));
    var name = "tidegate-%d-%d".formatted(ProcessHandle.current().pid(), NUMBER.incrementAndGet());
    var directory = (isFirst ? FIRST : SECOND).resolve(name);
    try {
      if (!isFirst) Files.writeString(SECOND.resolve("cgroup.subtree_control"), "+memory");
      var group = new MemoryGroup(Files.createDirectory(directory), isFirst);
      group.limit(Long.toString(bytes));
      return group;
    } catch (FileSystemException refused) {
      Files.deleteIfExists(directory);
      throw new IOException("no memory cgroup can be made here: " + refused, refused);
    }
  }

  private void limit(String bytes) throws IOException {
    if (isFirst) {
      write("memory.limit_in_bytes", bytes);
      write("memory.kmem.tcp.limit_in_bytes", bytes);
    } else {
      write("memory.max", bytes);
      write("memory.swap.max", "0");
    }
  }

  /// `command`, as it is started in this group.
  public List<String> within(List<String> command) {
    var all = new ArrayList<>(List.of("/bin/sh", "-c", "echo $$ >\"$0\" && exec \"$@\""));
    all.add(directory.resolve("cgroup.procs").toString());
    all.addAll(command);
    return List.copyOf(all);
  }

  /// The most that all processes had together.
  public long peakBytes() throws IOException {
    return number(isFirst ? "memory.max_usage_in_bytes" : "memory.peak");
  }

  /// The most that buffers of TCP had; with version 2, what they have now.
  public long socketBytes() throws IOException {
    return isFirst ? number("memory.kmem.tcp.max_usage_in_bytes") : counted("memory.stat", "sock");
  }

  /// How many processes the kernel has killed.
  public long kills() throws IOException {
    return counted(isFirst ? "memory.oom_control" : "memory.events", "oom_kill");
  }

  private long number(String file) throws IOException {
    return Long.parseLong(Files.readString(directory.resolve(file)).strip());
  }

  private long counted(String file, String name) throws IOException {
    for (var line : Files.readAllLines(directory.resolve(file))) {
      var words = line.split(" ", 2);
      if (words[0].equals(name)) return Long.parseLong(words[1].strip());
    }
    return 0;
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(directory.resolve(file), text);
  }

  /// Removes it, once its processes have ended.
  @Override
  public void close() throws IOException {
    for (int i = 0; Files.exists(directory); i++) {
      try {
        Files.delete(directory);
      } catch (FileSystemException busy) {
        if (i == LOOKS) throw busy;
        LockSupport.parkNanos(LOOK_NANOS); // a process that has ended leaves a little later
      }
    }
  }
}
