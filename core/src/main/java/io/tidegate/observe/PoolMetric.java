package io.tidegate.observe;

import io.tidegate.client.PoolState;
import java.util.function.ToLongFunction;

/// Every figure of a pool of WebSockets that is given to metrics, labelled by the pool's name.
///
/// Names and units as those of [Metric].
public enum PoolMetric {
  SIZE("tidegate_pool_size", "Members that the pool keeps.", PoolState::size),
  READY("tidegate_pool_ready", "Members that take messages.", PoolState::ready),
  OPENING(
      "tidegate_pool_opening",
      "Connections that are being opened, successors included.",
      PoolState::opening),
  WAITING(
      "tidegate_pool_waiting",
      "Members without a connection that wait for their next attempt.",
      PoolState::waiting),
  LEAVING(
      "tidegate_pool_leaving",
      "Connections that are out of the pool and not yet closed.",
      PoolState::leaving),
  HELD_ENDPOINTS(
      "tidegate_pool_held_endpoints",
      "Endpoints that are not called for a while.",
      state -> state.endpoints().stream().filter(PoolState.EndpointState::held).count()),
  PARKED(
      "tidegate_pool_parked_bytes",
      "Bytes of messages that wait for a member to be ready.",
      PoolState::parkedBytes),
  ATTEMPTS(
      "tidegate_pool_attempts_total",
      "Connections that were begun.",
      state -> state.totals().attempts()),
  OPENED(
      "tidegate_pool_opened_total",
      "Connections that became ready.",
      state -> state.totals().opened()),
  FAILED(
      "tidegate_pool_failed_total",
      "Attempts that came to nothing.",
      state -> state.totals().failed()),
  LOST(
      "tidegate_pool_lost_total",
      "Connections that ended without being told to.",
      state -> state.totals().lost()),
  ROTATED(
      "tidegate_pool_rotated_total",
      "Members whose successor took their place.",
      state -> state.totals().rotated()),
  CUT(
      "tidegate_pool_cut_total",
      "Connections that did not close within their grace.",
      state -> state.totals().cut()),
  STUCK(
      "tidegate_pool_stuck_total",
      "Handlers and hooks that did not return after that.",
      state -> state.totals().stuck()),
  DROPPED(
      "tidegate_pool_dropped_total",
      "Messages that found no member ready and were not kept, or for too long.",
      state -> state.totals().dropped());

  private final String text;
  private final String sentence;
  private final ToLongFunction<PoolState> figure;

  PoolMetric(String text, String sentence, ToLongFunction<PoolState> figure) {
    this.text = text;
    this.sentence = sentence;
    this.figure = figure;
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
    return figure.applyAsLong(state);
  }
}
