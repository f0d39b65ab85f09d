package io.tidegate.sleeper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The resident memory of a process of this machine, from before the sleepers on. Linux only.
public final class ResidentMemory {
  private static final String LINE = "VmRSS:";

  private final Path status;
  private final long beforeBytes;
  private long nowBytes;
  private long atMostBytes;

  /// Takes the first look at process `pid`.
  ///
  /// @throws IOException if this machine does not show its memory
  public ResidentMemory(long pid) throws IOException {
    this.status = Path.of("/proc", Long.toString(pid), "status");
    this.beforeBytes = read();
    this.nowBytes = beforeBytes;
    this.atMostBytes = beforeBytes;
  }

  private long read() throws IOException {
    for (var line : Files.readAllLines(status, StandardCharsets.ISO_8859_1)) {
      if (line.startsWith(LINE)) return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    }
    throw new IOException("no memory of an ended process");
  }

  /// Looks again; a process that has ended keeps its last figures.
  public void look() {
    try {
      nowBytes = read();
      atMostBytes = Math.max(atMostBytes, nowBytes);
    } catch (IOException _) {
      // it has ended, which the sleepers see by themselves
    }
  }

  /// At the first look.
  public long beforeBytes() {
    return beforeBytes;
  }

  /// At the last look.
  public long nowBytes() {
    return nowBytes;
  }

  /// The most at any look.
  public long atMostBytes() {
    return atMostBytes;
  }
}
