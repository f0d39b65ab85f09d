package io.tidegate.proof.sleepers;

import io.tidegate.proof.hub.Latencies;
import io.tidegate.proof.sleepers.Trend.Point;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// The readers alone, then beside sleepers, then alone again.
///
/// @param before behind the readers alone
/// @param samples beside sleepers, one a second
/// @param kernelBefore as `before`
/// @param kernel beside sleepers, one every five seconds
/// @param heap bytes that live on the hub's heap beside sleepers, behind a full collection each
/// @param after when all sleepers have left
/// @param sleepers what became of them
/// @param cuts why the hub has ended how many connections meanwhile
/// @param load of the processors, alone and beside
record Round(
    Latencies alone,
    Latencies beside,
    Sample before,
    List<Sample> samples,
    KernelEnds kernelBefore,
    List<KernelEnds> kernel,
    List<Point> heap,
    Sample after,
    Sleepers sleepers,
    Map<String, Long> cuts,
    Load load) {
  /// What the processes used of one processor, in percent.
  record Load(double hubAlone, double ownAlone, double hubBeside, double ownBeside) {}

  /// What became of all who slept.
  ///
  /// @param count of subscribers, those to spare included
  /// @param cuts connections that the hub ended
  /// @param refusals attempts to come back that came to nothing
  /// @param refusal why the last of them did
  /// @param published messages since each came, all together
  /// @param gaps that they were told of
  /// @param wrong whose counts do not add up
  /// @param untold that were neither cut nor told of a gap, or not as their policy says
  /// @param stuck that were woken and neither went on nor were ended
  /// @param wokenLive of those that drop, how many went on when they were woken
  /// @param wokenCut of those that want all, how many were cut when they were woken
  /// @param fault the first thing that was wrong, empty if nothing was
  record Sleepers(
      int count,
      long cuts,
      long refusals,
      String refusal,
      long published,
      long received,
      long lost,
      long gaps,
      int wrong,
      int untold,
      int stuck,
      int wokenLive,
      int wokenCut,
      String fault) {}

  double p99Ratio() {
    return beside.millis(0.99) / alone.millis(0.99);
  }

  /// How `figure` grew beside sleepers, in bytes a minute.
  Trend trend(ToLongFunction<Sample> figure) {
    return settled(
        samples.stream()
            .map(each -> new Point(each.nanos() / 60e9, figure.applyAsLong(each)))
            .toList());
  }

  /// How what lives on the heap grew.
  Trend heapTrend() {
    return settled(heap);
  }

  /// From the second minute on, where there are more than three: the kernels still pass a few bytes
  /// on in the first, by probing windows that are closed.
  private static Trend settled(List<Point> points) {
    double begin = points.getFirst().minutes();
    boolean isLong = points.getLast().minutes() - begin > 3;
    return Trend.of(
        points.stream().filter(each -> !isLong || each.minutes() >= begin + 1).toList());
  }

  long least(ToLongFunction<Sample> figure) {
    return samples.stream().mapToLong(figure).min().orElseThrow();
  }

  long most(ToLongFunction<Sample> figure) {
    return samples.stream().mapToLong(figure).max().orElseThrow();
  }

  double mean(ToLongFunction<Sample> figure) {
    return samples.stream().mapToLong(figure).average().orElseThrow();
  }

  /// The most kernel memory of the hub's ends for each who sleeps, beyond what its readers need; of
  /// both ends where those cannot be told apart.
  double kernelPerSleeper() {
    boolean known = kernelBefore.hasServer();
    return perSleeper(known ? KernelEnds::serverBytes : KernelEnds::allBytes);
  }

  /// The same for both ends together.
  double kernelOfBothPerSleeper() {
    return perSleeper(KernelEnds::allBytes);
  }

  private double perSleeper(ToLongFunction<KernelEnds> figure) {
    long most = kernel.stream().mapToLong(figure).max().orElseThrow();
    return Math.max(0, (double) most - figure.applyAsLong(kernelBefore)) / sleepers.count();
  }
}
