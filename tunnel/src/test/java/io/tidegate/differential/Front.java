package io.tidegate.differential;

import io.tidegate.differential.RealServer.Seen;
import io.tidegate.edge.TunnelRig;
import io.tidegate.link.Control.Exchange;
import io.tidegate.testkit.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/// An origin that others have written, behind our edge and our agent.
///
/// @param cases those that ask for its host
record Front(RealServer origin, TunnelRig rig, List<RawCase> cases) implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(10);

  static Front before(RealServer origin) throws java.io.IOException {
    var rig = TunnelRig.overOneLoop();
    var _ = rig.expose("demo", origin.port());
    return new Front(origin, rig, Cases.all(rig.host()));
  }

  String name() {
    return origin.name();
  }

  /// What the edge says that it forwarded, whole or not.
  List<Exchange> forwarded() {
    return rig.exchanges();
  }

  /// Where the origin saw another number of requests than we forwarded or answered.
  List<String> faults(List<Outcome> outcomes) {
    int answered = outcomes.stream().mapToInt(one -> answers(one)).sum();
    var _ =
        Eventually.within(
            SOON, () -> whole(_ -> true).size() >= answered && answeredByOrigin() >= answered);
    var faults = new ArrayList<String>();
    for (var outcome : outcomes) judge(outcome, faults);
    faults.addAll(origin.faults());
    for (var line : beyond(lines(whole(_ -> true)), reported(Front::isWhole)))
      faults.add("whole, but not reported so: " + line);
    for (var line : beyond(reported(Front::isWhole), lines(whole(_ -> true))))
      faults.add("reported as whole, but not seen so: " + line);
    for (var line : beyond(lines(origin.seen()), reported(_ -> true)))
      faults.add("seen, but not forwarded: " + line);
    faults.replaceAll(fault -> name() + " behind the edge: " + fault);
    return faults;
  }

  private void judge(Outcome outcome, List<String> faults) {
    var one = outcome.one();
    var visitor = outcome.own().getHostAddress();
    int whole = whole(seen -> seen.visitor().equals(visitor)).size();
    int answered = answers(outcome);
    if (whole != answered)
      faults.add(one + ": saw " + whole + ", the visitor got " + answered + " answers");
    if (whole > one.taken())
      faults.add(one + ": saw " + whole + " of " + one.taken() + " requests");
    if (whole < one.taken() && !Differences.mayMissBehindTheEdge(one, name()))
      faults.add(one + ": saw only " + whole + " of " + one.taken() + " requests");
  }

  private int answers(Outcome outcome) {
    var said = outcome.fronts().get(name());
    if (said == null) throw new IllegalStateException("not asked: " + name());
    return said.taken();
  }

  private List<Seen> whole(Predicate<Seen> which) {
    return origin.seen().stream().filter(seen -> seen.whole() && which.test(seen)).toList();
  }

  private long answeredByOrigin() {
    return forwarded().stream().filter(Front::isWhole).count();
  }

  private static boolean isWhole(Exchange exchange) {
    return exchange.cut() == null && exchange.status() == 200;
  }

  private static List<String> lines(List<Seen> all) {
    return all.stream().map(Seen::line).toList();
  }

  private List<String> reported(Predicate<Exchange> which) {
    return forwarded().stream()
        .filter(which)
        .map(exchange -> exchange.method() + " " + exchange.target())
        .toList();
  }

  /// What is in `these` more often than in `those`.
  private static List<String> beyond(Collection<String> these, Collection<String> those) {
    var left = new ArrayList<>(these);
    for (var line : those) {
      var _ = left.remove(line);
    }
    return left;
  }

  @Override
  public void close() {
    try {
      rig.close();
    } finally {
      origin.close();
    }
  }
}
