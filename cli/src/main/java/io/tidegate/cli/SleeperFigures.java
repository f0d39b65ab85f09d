package io.tidegate.cli;

import io.tidegate.sleeper.Cut;
import io.tidegate.sleeper.Nap;
import io.tidegate.sleeper.ResidentMemory;
import io.tidegate.sleeper.SleeperConfig;
import io.tidegate.sleeper.Sleepers;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What there is to tell of sleepers when they are done.
///
/// @param nap how long each was to sleep
/// @param asleep whether nobody was to be read again
/// @param serverKernel what the server's kernel held for all; null where it cannot be seen
/// @param ownKernelBytes most that this kernel held of all
/// @param answer the longest answer with an end
/// @param naps in the order of asking
record SleeperFigures(
    SleeperConfig config,
    Duration nap,
    boolean asleep,
    int failed,
    @Nullable String lastFailure,
    Nap.@Nullable Held serverKernel,
    long ownKernelBytes,
    OptionalLong answer,
    List<Nap> naps,
    @Nullable ResidentMemory memory) {
  SleeperFigures(
      SleeperConfig config,
      Duration nap,
      boolean asleep,
      Sleepers sleepers,
      @Nullable ResidentMemory memory) {
    this(
        config,
        nap,
        asleep,
        sleepers.failed(),
        sleepers.lastFailure(),
        sleepers.seesServer()
            ? new Nap.Held(sleepers.serverAtMostBytes(), sleepers.serverNowBytes())
            : null,
        sleepers.ownAtMostBytes(),
        sleepers.longestAnswerBytes(),
        sleepers.naps(),
        memory);
  }

  /// When they were cut, the first before the others.
  List<Duration> cuts() {
    return naps.stream()
        .flatMap(nap -> Stream.ofNullable(nap.cut()))
        .map(Cut::after)
        .sorted()
        .toList();
  }
}
