package io.tidegate.cli;

import io.tidegate.sleeper.Cut;
import io.tidegate.sleeper.Nap;
import io.tidegate.sleeper.Sleepers;
import io.tidegate.sleeper.WakeUp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Lays out how sleepers fare, as lines of text.
final class SleeperScreen {
  private static final String UNKNOWN = "not known here";

  private SleeperScreen() {}

  /// One line while they sleep.
  static String live(Sleepers sleepers, Duration since) {
    int cut = sleepers.cut();
    return "%ds  asleep %d  cut %d%s  held by the server's kernel %s, by this one %s"
        .formatted(
            since.toSeconds(),
            sleepers.opened() - cut,
            cut,
            sleepers.failed() == 0 ? "" : "  not opened " + sleepers.failed(),
            sleepers.seesServer() ? TopScreen.size(sleepers.serverNowBytes()) : UNKNOWN,
            TopScreen.size(sleepers.ownNowBytes()));
  }

  /// The lines at the end, at most `rows` of them for connections.
  static List<String> lines(SleeperFigures figures, int rows) {
    var lines = new ArrayList<String>();
    lines.add(headline(figures));
    lines.add("cut: " + cuts(figures));
    lines.add("held by the server's kernel: " + serverKernel(figures));
    lines.add(
        "held by this kernel, unread: %s at most, %s a connection"
            .formatted(
                TopScreen.size(figures.ownKernelBytes()), each(figures, figures.ownKernelBytes())));
    var memory = figures.memory();
    if (memory != null) {
      lines.add(
          "memory of the process: %s before, %s at most, %s at the end"
              .formatted(
                  TopScreen.size(memory.beforeBytes()),
                  TopScreen.size(memory.atMostBytes()),
                  TopScreen.size(memory.nowBytes())));
    }
    figures.answer().ifPresent(bytes -> lines.add(end(bytes)));
    lines.add("");
    lines.add(
        "  NO  CUT AFTER  HOW                             SERVER'S KERNEL  THIS KERNEL"
            + (figures.asleep() ? "" : "  READ AGAIN"));
    figures.naps().stream().limit(rows).map(SleeperScreen::row).forEach(lines::add);
    int more = figures.naps().size() - rows;
    if (more > 0) lines.add("      and %d more; see --rows and --json".formatted(more));
    return lines;
  }

  private static String headline(SleeperFigures figures) {
    var failed =
        figures.failed() == 0
            ? ""
            : ", %d could not be (%s)"
                .formatted(figures.failed(), Wire.text(String.valueOf(figures.lastFailure())));
    return "%s: %d opened%s; slept for %s at most, receive buffer %s"
        .formatted(
            Wire.text(figures.config().target().toString()),
            figures.naps().size(),
            failed,
            new TimeSpan(figures.nap()),
            TopScreen.size(figures.config().receiveBufferBytes()));
  }

  private static String cuts(SleeperFigures figures) {
    var cuts = figures.cuts();
    if (cuts.isEmpty()) {
      return Sleepers.seesCuts() || !figures.asleep() ? "none" : UNKNOWN + "; see --then-read";
    }
    return "%d of %d, the first after %s, half after %s, the last after %s"
        .formatted(
            cuts.size(),
            figures.naps().size(),
            seconds(cuts.getFirst()),
            seconds(cuts.get((cuts.size() - 1) / 2)),
            seconds(cuts.getLast()));
  }

  private static String serverKernel(SleeperFigures figures) {
    var held = figures.serverKernel();
    if (held == null) {
      return Sleepers.seesCuts()
          ? UNKNOWN + ", the server is on another machine"
          : UNKNOWN + ", only Linux tells";
    }
    return "%s at most, %s a connection; %s at the end"
        .formatted(
            TopScreen.size(held.atMost()),
            each(figures, held.atMost()),
            TopScreen.size(held.atEnd()));
  }

  private static String each(SleeperFigures figures, long bytes) {
    return TopScreen.size(bytes / Math.max(1, figures.naps().size()));
  }

  private static String end(long bytes) {
    return "note: the answer ends after "
        + TopScreen.size(bytes)
        + " (Content-Length), and no more can wait; ask for one without an end";
  }

  private static String row(Nap nap) {
    var cut = nap.cut();
    var server = nap.serverKernel();
    return "%4d  %9s  %-30s  %15s  %11s%s"
        .formatted(
            nap.number(),
            cut == null ? "-" : seconds(cut.after()),
            cut == null ? "" : cut.how().text(),
            server == null ? "-" : TopScreen.size(server.atMost()),
            TopScreen.size(nap.ownKernelBytes()),
            wakeUp(nap.wakeUp(), cut));
  }

  private static String wakeUp(@Nullable WakeUp wakeUp, @Nullable Cut cut) {
    if (wakeUp == null) return "";
    var close = wakeUp.close();
    return "  %s, %s stale; %s%s"
        .formatted(
            TopScreen.size(wakeUp.bytes()),
            wakeUp.bytes() > 0 && wakeUp.staleBytes() == wakeUp.bytes()
                ? "all"
                : TopScreen.size(wakeUp.staleBytes()),
            end(wakeUp.end(), cut),
            close == null ? "" : ", close " + close.code() + " " + Wire.text(close.reason()));
  }

  private static String end(WakeUp.End end, @Nullable Cut cut) {
    return switch (end) {
      case OPEN -> cut == null ? "goes on" : "no end in that time";
      case FIN -> "FIN";
      case RESET -> "reset";
    };
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1fs", (double) time.toMillis() / 1_000);
  }
}
