package io.tidegate.net;

/// Watches one connection whose bytes wait for the kernel: progress is what ended up taken, not
/// what was offered.
final class WriteProgress implements AutoCloseable {
  private static final long LOOK_NANOS = 1_000_000_000;

  private final Connection connection;
  private final SocketWriter writer;
  private final WriteLimits limits;
  private final Deadline look;
  private long takenAtLook;
  private long progressNanos;
  private long windowNanos;
  private long takenAtWindow;
  private boolean waiting;

  WriteProgress(Connection connection, SocketWriter writer, WriteLimits limits) {
    this.connection = connection;
    this.writer = writer;
    this.limits = limits;
    this.look = connection.loop().deadline(this::look);
  }

  /// Bytes have begun to wait, or wait still.
  void waits() {
    if (waiting) return;
    waiting = true;
    long now = connection.loop().nanos();
    progressNanos = now;
    windowNanos = now;
    takenAtLook = taken();
    takenAtWindow = takenAtLook;
    look.inNanos(Math.min(LOOK_NANOS, limits.stall().toNanos()));
  }

  /// Nothing waits any more.
  void rest() {
    waiting = false;
    look.disarm();
  }

  private long taken() {
    return writer.takenBytes();
  }

  double secondsWaiting(long nowNanos) {
    return waiting ? (nowNanos - progressNanos) / 1e9 : 0;
  }

  long deliveredInWindow() {
    return taken() - takenAtWindow;
  }

  private void look() {
    long now = connection.loop().nanos();
    long taken = taken();
    if (taken != takenAtLook) {
      takenAtLook = taken;
      progressNanos = now;
    }
    if (now - progressNanos >= limits.stall().toNanos()) {
      connection.reset(CutReason.WRITE_STALLED);
      return;
    }
    if (now - windowNanos >= limits.rateWindow().toNanos()) {
      if (isTooSlow(taken, now)) {
        connection.reset(CutReason.WRITE_TOO_SLOW);
        return;
      }
      windowNanos = now;
      takenAtWindow = taken;
    }
    look.inNanos(Math.min(LOOK_NANOS, limits.stall().toNanos()));
  }

  private boolean isTooSlow(long taken, long now) {
    double seconds = (now - windowNanos) / 1e9;
    return taken - takenAtWindow < limits.leastBytesPerSecond() * seconds;
  }

  @Override
  public void close() {
    look.close();
  }
}
