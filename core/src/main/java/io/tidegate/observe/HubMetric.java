package io.tidegate.observe;

import io.tidegate.hub.Hub;

/// Every figure of a hub that is given to metrics.
///
/// Names and units as those of [Metric].
public enum HubMetric {
  /// Topics in use.
  TOPICS("tidegate_hub_topics", "Topics that exist."),
  /// Open subscriptions.
  SUBSCRIPTIONS("tidegate_hub_subscriptions", "Subscriptions that are open."),
  /// Accepted publications.
  PUBLISHED("tidegate_hub_published_total", "Messages that were accepted."),
  /// Refused publications.
  REFUSED("tidegate_hub_refused_total", "Messages that were refused."),
  /// Deliveries.
  DELIVERED("tidegate_hub_delivered_total", "Messages that were handed to subscribers."),
  /// Messages passed over.
  DROPPED("tidegate_hub_dropped_total", "Messages that subscribers were passed over with."),
  /// Gaps that were told.
  GAPS("tidegate_hub_gaps_total", "Gaps that subscribers were told of."),
  /// Cuts.
  CUT("tidegate_hub_cut_total", "Subscribers that the hub cut for being too slow."),
  /// Bytes in rings.
  RING("tidegate_hub_ring_bytes", "Bytes that the topics' rings hold."),
  /// Bytes that have left their rings.
  LEFT("tidegate_hub_left_bytes", "Bytes that have left their ring and are on their way still.");

  private final String text;
  private final String sentence;

  HubMetric(String text, String sentence) {
    this.text = text;
    this.sentence = sentence;
  }

  /// The name under which it is published.
  public String text() {
    return text;
  }

  /// What it says, in one sentence.
  public String sentence() {
    return sentence;
  }

  /// Whether it only ever rises.
  public boolean isCounter() {
    return text.endsWith("_total");
  }

  /// What it is in `figures`.
  public long of(Hub.Figures figures) {
    return switch (this) {
      case TOPICS -> figures.topics();
      case SUBSCRIPTIONS -> figures.subscriptions();
      case PUBLISHED -> figures.published();
      case REFUSED -> figures.refused();
      case DELIVERED -> figures.delivered();
      case DROPPED -> figures.dropped();
      case GAPS -> figures.gaps();
      case CUT -> figures.cut();
      case RING -> figures.ringBytes();
      case LEFT -> figures.leftBytes();
    };
  }
}
