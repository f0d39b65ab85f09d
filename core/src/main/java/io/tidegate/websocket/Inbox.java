package io.tidegate.websocket;

import io.tidegate.websocket.frame.CloseFrame;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The messages of one connection between its loop, which puts them, and its handler, which takes
/// them.
///
/// Full at [#MOST_MESSAGES], or [#MOST_BYTES] and the message that passes them: then the loop reads
/// no more. The loop puts, any thread takes; the lock is held for a few instructions.
final class Inbox {
  static final int MOST_MESSAGES = 16;
  static final int MOST_BYTES = 64 * 1024;

  private @Nullable ArrayDeque<Message> messages;
  private int bytes;
  private boolean isServed;
  private boolean isDiscarding;
  private boolean wasFull;
  private boolean isEndTaken;
  private @Nullable CloseFrame end;

  /// An inbox that is served from the beginning, by who opens the connection.
  Inbox() {
    isServed = true;
  }

  /// Puts a message. Returns whether somebody must be called to serve it.
  synchronized boolean put(Message message) {
    if (isDiscarding) {
      message.payload().letGo();
      return false;
    }
    var queue = messages;
    if (queue == null) messages = queue = new ArrayDeque<>(4);
    queue.add(message);
    bytes += message.payload().pinnedBytes();
    notifyAll();
    return claim();
  }

  /// No message follows. Returns whether somebody must be called to serve that.
  synchronized boolean end(CloseFrame how) {
    if (end == null) end = how;
    notifyAll();
    return !isEndTaken && claim();
  }

  /// Whether the caller may begin to serve, which nobody does.
  private boolean claim() {
    var first = !isServed;
    isServed = true;
    return first;
  }

  /// Whether the loop should stop reading: at the first message, if the connection has no `share`
  /// of what is free. If so, [#poll] will say when to go on.
  synchronized boolean isFull(boolean share) {
    var queue = messages;
    var full = queue != null && (!share || queue.size() >= MOST_MESSAGES || bytes >= MOST_BYTES);
    wasFull |= full;
    return full;
  }

  /// Whether no message waits.
  synchronized boolean isEmpty() {
    return messages == null;
  }

  /// Takes the next message; null if none waits.
  synchronized @Nullable Message poll() {
    var queue = messages;
    var next = queue == null ? null : queue.poll();
    if (next == null) return null;
    bytes -= next.payload().pinnedBytes();
    if (queue != null && queue.isEmpty()) messages = null;
    return next;
  }

  /// Whether the loop had stopped reading and may go on; says so once.
  synchronized boolean hasRoomAgain() {
    if (!wasFull || bytes > MOST_BYTES / 2) return false;
    if (messages != null && messages.size() > MOST_MESSAGES / 2) return false;
    wasFull = false;
    return true;
  }

  /// Waits up to `nanos` for a message or the end.
  synchronized void await(long nanos) throws InterruptedException {
    var deadline = System.nanoTime() + nanos;
    while (messages == null && end == null) {
      var left = deadline - System.nanoTime();
      if (left <= 0) return;
      java.util.concurrent.TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /// How it ended; null while it has not, or while messages wait.
  synchronized @Nullable CloseFrame ended() {
    return messages == null ? end : null;
  }

  /// Whether the end has not come, neither from the peer nor from here.
  synchronized boolean isOpen() {
    return end == null && !isDiscarding;
  }

  /// Takes how it ended, once, when no message waits before it; else null.
  synchronized @Nullable CloseFrame takeEnd() {
    if (messages != null || isEndTaken) return null;
    isEndTaken = end != null;
    return end;
  }

  /// Who serves has nothing more to do and leaves; false if something came meanwhile.
  synchronized boolean leave() {
    if (messages != null || (end != null && !isEndTaken)) return false;
    isServed = false;
    return true;
  }

  /// Nobody serves it, though somebody was called.
  synchronized void abandon() {
    isServed = false;
  }

  /// Drops what waits.
  synchronized void clear() {
    var queue = messages;
    messages = null;
    bytes = 0;
    if (queue == null) return;
    for (var message : queue) message.payload().letGo();
  }

  /// Drops what waits and all that is put from now on.
  synchronized void discard() {
    isDiscarding = true;
    wasFull = false;
    clear();
  }
}
