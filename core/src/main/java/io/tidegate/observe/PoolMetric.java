package io.tidegate.observe;

import io.tidegate.client.pool.PoolState;

/// Every figure of a pool of WebSockets that is given to metrics, labelled by the pool's name.
///
/// Names and units as those of [Metric].
public enum PoolMetric {
  SIZE("tidegate_pool_size", "Members that the pool keeps."),
  READY("tidegate_pool_ready", "Members that take messages."),
  OPENING("tidegate_pool_opening", "Connections that are being opened, successors included."),
  WAITING(
      "tidegate_pool_waiting", "Members without a connection that wait for their next attempt."),
  LEAVING("tidegate_pool_leaving", "Connections that are out of the pool and not yet closed."),
  HELD_ENDPOINTS("tidegate_pool_held_endpoints", "Endpoints that are not called for a while."),
  PARKED("tidegate_pool_parked_bytes", "Bytes of messages that wait for a member to be ready."),
  ATTEMPTS("tidegate_pool_attempts_total", "Connections that were begun."),
  OPENED("tidegate_pool_opened_total", "Connections that became ready."),
  FAILED("tidegate_pool_failed_total", "Attempts that came to nothing."),
  LOST("tidegate_pool_lost_total", "Connections that ended without being told to."),
  ROTATED("tidegate_pool_rotated_total", "Members whose successor took their place."),
  CUT("tidegate_pool_cut_total", "Connections that did not close within their grace."),
  STUCK("tidegate_pool_stuck_total", "Handlers and hooks that did not return after that."),
  DROPPED(
      "tidegate_pool_dropped_total",
      "Messages that found no member ready and were not kept, or for too long.");

  private final String text;
  private final String sentence;

  PoolMetric(String text, String sentence) {
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

  /// What it is in `state`.
  public long of(PoolState state) {
    var totals = state.totals();
    return switch (this) {
      case SIZE -> state.size();
      case READY -> state.ready();
      case OPENING -> state.opening();
      case WAITING -> state.waiting();
      case LEAVING -> state.leaving();
      case HELD_ENDPOINTS ->
          state.endpoints().stream().filter(PoolState.EndpointState::held).count();
      case PARKED -> state.parkedBytes();
      case ATTEMPTS -> totals.attempts();
      case OPENED -> totals.opened();
      case FAILED -> totals.failed();
      case LOST -> totals.lost();
      case ROTATED -> totals.rotated();
      case CUT -> totals.cut();
      case STUCK -> totals.stuck();
      case DROPPED -> totals.dropped();
    };
  }
}
