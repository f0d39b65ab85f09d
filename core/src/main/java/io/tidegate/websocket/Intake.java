package io.tidegate.websocket;

import io.tidegate.net.ByteStream;
import io.tidegate.websocket.frame.MessageReader;
import org.jspecify.annotations.Nullable;

/// What takes in the messages of one WebSocket while some come: their reader, when the one that has
/// begun must be whole, and what came behind a full inbox. On the stream's loop.
final class Intake {
  private final ByteStream stream;
  private final MessageReader reader;
  private @Nullable Backlog backlog;
  private boolean isTimed;
  private long dueNanos;

  Intake(ByteStream stream, MessageReader reader) {
    this.stream = stream;
    this.reader = reader;
  }

  MessageReader reader() {
    return reader;
  }

  Backlog backlog() {
    if (backlog == null) backlog = new Backlog(stream);
    return backlog;
  }

  /// Whether something came behind a full inbox and has not been read.
  boolean isBehind() {
    return backlog != null && !backlog.isEmpty();
  }

  /// Whether no message has begun.
  boolean isAtRest() {
    return !isBehind() && !reader.isInsideMessage();
  }

  // ---- the clock of a message

  /// One has come whole: the next has a time of its own.
  void messageCame() {
    isTimed = false;
  }

  /// Whether one has begun since this was asked last.
  boolean hasBegunMessage() {
    var was = isTimed;
    isTimed = reader.isInsideMessage();
    return isTimed && !was;
  }

  /// The one that has begun is to be whole at `atNanos`.
  void dueAt(long atNanos) {
    dueNanos = atNanos;
  }

  /// How long the one that has begun may still take; without end if none has.
  long nanosLeft(long nowNanos) {
    return isTimed ? dueNanos - nowNanos : Long.MAX_VALUE;
  }

  /// Discards what it has. Idempotent.
  void close() {
    reader.close();
    if (backlog != null) backlog.close();
  }
}
