package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A reader that keeps what it is told, and releases bytes at once or when asked to.
final class Recorder implements ByteStream.Reader {
  private final ByteStream stream;
  private final boolean holds;
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final ArrayDeque<Integer> unreleased = new ArrayDeque<>();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<Optional<CutReason>> closings = new CopyOnWriteArrayList<>();

  private Recorder(ByteStream stream, boolean holds) {
    this.stream = stream;
    this.holds = holds;
  }

  /// Releases what comes at once.
  static Recorder of(ByteStream stream) {
    return new Recorder(stream, false);
  }

  /// Releases nothing before [#release].
  static Recorder holding(ByteStream stream) {
    return new Recorder(stream, true);
  }

  @Override
  public synchronized void bytes(ByteBuf piece) {
    if (!closings.isEmpty() || events.contains("end")) events.add("bytes after the end");
    int length = piece.readableBytes();
    var bytes = new byte[length];
    piece.readBytes(bytes);
    piece.release();
    received.writeBytes(bytes);
    if (holds) unreleased.add(length);
    else stream.released(length);
  }

  /// Releases all that is held; on the stream's loop.
  synchronized int release() {
    int sum = 0;
    var held = new ArrayList<>(unreleased);
    unreleased.clear();
    for (var length : held) {
      sum += length;
      stream.released(length);
    }
    return sum;
  }

  @Override
  public void ending() {
    events.add("ending");
  }

  @Override
  public void draining() {
    events.add("draining");
  }

  @Override
  public void end() {
    events.add("end");
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    events.add("closed");
    closings.add(Optional.ofNullable(reason));
  }

  synchronized byte[] received() {
    return received.toByteArray();
  }

  synchronized int receivedBytes() {
    return received.size();
  }

  /// What was called besides `bytes`, in order.
  List<String> events() {
    return List.copyOf(events);
  }

  boolean isClosed() {
    return !closings.isEmpty();
  }

  /// The reasons of all calls of `closed`, of which there must be one.
  List<Optional<CutReason>> closings() {
    return List.copyOf(closings);
  }
}
