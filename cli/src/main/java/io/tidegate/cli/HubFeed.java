package io.tidegate.cli;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.outlet.Authorizer;
import io.tidegate.hub.outlet.HubRoutes;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.server.Handler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A page's figures, once in an interval for all who look at it, by a small hub with one topic:
/// written once, however many look, and skipped by those who do not keep up. While nobody looks,
/// nothing runs.
final class HubFeed implements Hub.Listener, AutoCloseable {
  /// The figures now, and the last few that slow viewers still have on their way.
  static final Budget BUDGET = new Budget(1 << 20, 128 << 10);

  /// 200 topics whose names take three bytes a character.
  static final int MOST_PAGE_BYTES = 256 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(HubFeed.class);
  private static final String TOPIC = "live";

  private final Hub hub =
      Hub.open(
          HubConfig.DEFAULT
              .withBudget(BUDGET)
              .withTopic(TOPIC, new TopicKind.Latest(MOST_PAGE_BYTES))
              .withUnusedAfter(Duration.ofSeconds(2)));

  private final Figures figures;
  private final Duration interval;
  private @Nullable Thread writer;

  /// What the page shows.
  @FunctionalInterface
  interface Figures {
    /// JSON, in one line. On a virtual thread; it may wait.
    byte[] json() throws InterruptedException;
  }

  HubFeed(Figures figures, Duration interval) {
    this.figures = figures;
    this.interval = interval;
    hub.listen(this);
  }

  /// Answers with the figures as server-sent events, those whom `who` lets.
  Handler events(Authorizer who) {
    return HubRoutes.of(hub).withAuthorizer(who).events(TOPIC);
  }

  /// What it holds for those who look.
  Census census() {
    return hub.census();
  }

  /// Whether figures are made now.
  synchronized boolean isRunning() {
    return writer != null;
  }

  @Override
  public synchronized void firstSubscriber(String topic) {
    if (writer == null) writer = Thread.ofVirtual().name("tidegate-hub-page").start(this::write);
  }

  @Override
  public synchronized void lastSubscriber(String topic) {
    if (writer != null) writer.interrupt();
    writer = null;
  }

  private void write() {
    try {
      while (true) {
        publish();
        Thread.sleep(interval);
      }
    } catch (InterruptedException _) {
      // nobody looks any more: the thread ends
    }
  }

  private void publish() throws InterruptedException {
    try {
      var outcome = hub.publish(TOPIC, Publication.text(figures.json()));
      if (!outcome.isAccepted()) LOG.debug("The page's figures were not taken: {}", outcome);
    } catch (RuntimeException fault) {
      LOG.warn("The page's figures cannot be made.", fault);
    }
  }

  /// Ends all who look.
  @Override
  public void close() {
    hub.close();
    lastSubscriber(TOPIC);
  }
}
