package io.tidegate.proof.sleepers;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A thread that posts messages to the hub evenly, one after the other on a kept connection.
///
/// One that is late is made up for at once, but for what is due since more than a second.
final class Publisher implements AutoCloseable {
  private static final long SECOND_NANOS = 1_000_000_000;
  private static final String POSITION = "Tidegate-Position";

  private final HubProcess hub;
  private final int rate;
  private final int bytes;
  private final Thread thread;
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong late = new AtomicLong();
  private volatile long head;
  private volatile boolean isOver;
  private volatile String failure = "";

  private Publisher(HubProcess hub, int rate, int bytes) {
    this.hub = hub;
    this.rate = rate;
    this.bytes = bytes;
    this.thread = Thread.ofPlatform().daemon().name("publisher").unstarted(this::run);
  }

  /// Starts one that posts `rate` messages of `bytes` a second.
  static Publisher start(HubProcess hub, int rate, int bytes) {
    var publisher = new Publisher(hub, rate, bytes);
    publisher.thread.start();
    return publisher;
  }

  /// Messages that the hub took.
  long accepted() {
    return accepted.get();
  }

  /// Messages that it did not take, or said nothing about for 30 s.
  long refused() {
    return refused.get();
  }

  /// Messages that were never posted, for all was a second behind.
  long late() {
    return late.get();
  }

  /// The offset of the last message that it took.
  long head() {
    return head;
  }

  /// Why the last message that was not taken was not; empty if all were.
  String failure() {
    return failure;
  }

  private void run() {
    long period = SECOND_NANOS / rate;
    long due = System.nanoTime();
    try {
      while (!isOver) {
        due += period;
        for (long behind = System.nanoTime() - SECOND_NANOS - due; behind > 0; behind -= period) {
          due += period;
          var _ = late.incrementAndGet();
        }
        for (long left; (left = due - System.nanoTime()) > 0; ) {
          LockSupport.parkNanos(left);
          if (isOver) return;
        }
        publish();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void publish() throws InterruptedException {
    var request =
        HttpRequest.newBuilder(hub.uri("/publish/" + HubProcess.TOPIC))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "text/plain")
            .POST(BodyPublishers.ofByteArray(Stamp.message(bytes)))
            .build();
    try {
      took(hub.client().send(request, BodyHandlers.discarding()));
    } catch (IOException failed) {
      var _ = refused.incrementAndGet();
      failure = failed.toString();
    }
  }

  private void took(HttpResponse<Void> answer) {
    if (answer.statusCode() != 202) {
      var _ = refused.incrementAndGet();
      failure = "status " + answer.statusCode();
      return;
    }
    var _ = accepted.incrementAndGet();
    var position = answer.headers().firstValue(POSITION).orElseThrow();
    head = Long.parseLong(position, position.indexOf('-') + 1, position.length(), 10);
  }

  /// Stops; what was posted has been answered then: a message whose answer nobody waits for would
  /// be heard and not counted.
  @Override
  public void close() {
    isOver = true;
    LockSupport.unpark(thread);
    try {
      thread.join(Duration.ofSeconds(30));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
