package io.tidegate.observe;

import io.tidegate.client.pool.PoolState;
import io.tidegate.hub.Hub;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Ladder;
import io.tidegate.net.Loops;
import java.util.Collection;
import java.util.Locale;

/// All figures of some loops in Prometheus' text format, version 0.0.4.
///
/// Under 8 KiB: the number of lines is fixed by the enums, whatever peers do.
public final class PrometheusPage {
  /// The Content-Type of such a page.
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder page = new StringBuilder(4096);

  private PrometheusPage() {}

  /// The figures of `loops` as they are now. Safe for any thread.
  public static String of(Loops loops) {
    var writing = new PrometheusPage();
    for (var metric : Metric.values()) writing.metric(metric, loops);
    return writing.page.toString();
  }

  /// The figures of `loops`, and behind them those of the pools that were in `states`: 2 KiB, and
  /// under 1 KiB for each pool.
  public static String of(Loops loops, Collection<PoolState> states) {
    var writing = new PrometheusPage();
    for (var metric : Metric.values()) writing.metric(metric, loops);
    for (var metric : PoolMetric.values()) writing.pools(metric, states);
    return writing.page.toString();
  }

  /// The figures of `loops`, and behind them those of a hub.
  public static String of(Loops loops, Hub.Figures hub) {
    var writing = new PrometheusPage();
    for (var metric : Metric.values()) writing.metric(metric, loops);
    for (var metric : HubMetric.values()) {
      writing.head(metric.text(), metric.sentence(), metric.isCounter());
      writing.sample(metric.text(), "", metric.of(hub));
    }
    return writing.page.toString();
  }

  private void pools(PoolMetric metric, Collection<PoolState> states) {
    head(metric.text(), metric.sentence(), metric.isCounter());
    for (var state : states) {
      sample(metric.text(), "{pool=\"" + state.name() + "\"}", metric.of(state));
    }
  }

  private void head(String name, String sentence, boolean isCounter) {
    page.append("# HELP ").append(name).append(' ').append(sentence).append('\n');
    page.append("# TYPE ").append(name).append(isCounter ? " counter\n" : " gauge\n");
  }

  private void metric(Metric metric, Loops loops) {
    head(metric.text(), metric.sentence(), metric.isCounter());
    var root = loops.root();
    var runtime = Runtime.getRuntime();
    switch (metric) {
      case CUTS -> cuts(loops);
      case LEDGER_GRANTED -> purses(metric, loops::chargedBytes);
      case LEDGER_UNUSED -> purses(metric, loops::unusedCredit);
      case LEDGER_LIMIT -> purses(metric, root::limit);
      case LEDGER_PEAK -> purses(metric, root::peak);
      case UNFILLED -> sample(metric, "", loops.unfilledBytes());
      case DIRECT_USED -> sample(metric, "", Loops.usedDirectBytes());
      case RUNG -> sample(metric, "", loops.ladder().rung());
      case RUNG_REACHED -> rungs(loops);
      case CONNECTIONS -> sample(metric, "", loops.connectionCount());
      case HEAP_USED -> sample(metric, "", runtime.totalMemory() - runtime.freeMemory());
      case HEAP_LIMIT -> sample(metric, "", runtime.maxMemory());
    }
  }

  private void cuts(Loops loops) {
    for (var reason : CutReason.values())
      sample(Metric.CUTS, "{reason=\"" + reason.label() + "\"}", loops.cuts(reason));
  }

  private void rungs(Loops loops) {
    for (int mark : Ladder.marks())
      sample(Metric.RUNG_REACHED, "{rung=\"" + mark + "\"}", loops.ladder().timesReached(mark));
  }

  private void purses(Metric metric, java.util.function.ToLongFunction<Purse> figure) {
    for (var purse : Purse.values()) {
      var label = "{purse=\"" + purse.name().toLowerCase(Locale.ROOT) + "\"}";
      sample(metric, label, figure.applyAsLong(purse));
    }
  }

  private void sample(Metric metric, String labels, long value) {
    sample(metric.text(), labels, value);
  }

  private void sample(String name, String labels, long value) {
    page.append(name).append(labels).append(' ').append(value).append('\n');
  }
}
