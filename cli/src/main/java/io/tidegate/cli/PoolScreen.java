package io.tidegate.cli;

import io.tidegate.client.pool.Member;
import io.tidegate.client.pool.PoolState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Lays out a pool's figures, one look after the other, as lines of text.
final class PoolScreen {
  private static final int BAR_CELLS = 24;
  private static final int MOST_ENDPOINTS = 5;

  private long lastAttempts;
  private long lastSeconds;
  private double attemptsASecond;

  /// The lines of a page, at most `rows` of them for members: those that are not ready first.
  List<String> page(PoolState state, List<Member> members, int rows, long seconds) {
    count(state, seconds);
    var lines = new ArrayList<String>();
    lines.add(ready(state) + "   up " + seconds + "s");
    lines.add(
        "opening %d   waiting %d   leaving %d%s"
            .formatted(
                state.opening(),
                state.waiting(),
                state.leaving(),
                state.restartsHeld() ? "   restarts held: as many as may in a minute" : ""));
    lines.add(totals(state));
    state.endpoints().stream()
        .limit(MOST_ENDPOINTS)
        .forEach(endpoint ->
            lines.add(
                "%s: %d%s"
                    .formatted(
                        Wire.text(endpoint.uri().toString()),
                        endpoint.connections(),
                        endpoint.held() ? ", held" : "")));
    lines.add("last: " + last(state.last()));
    lines.add("");
    lines.add("  NO  STATE          FOR   TRY    QUEUED      RTT  LAST");
    members.stream()
        .sorted(Comparator.comparing((Member member) -> isWell(member)))
        .limit(rows)
        .map(PoolScreen::member)
        .forEach(lines::add);
    return lines;
  }

  /// All on one line, for a log.
  String line(PoolState state, long seconds) {
    count(state, seconds);
    return ("%ds ready %d/%d opening %d waiting %d leaving %d attempts %d (%.1f/s) failed %d lost %d "
            + "rotated %d cut %d last: %s")
        .formatted(
            seconds,
            state.ready(),
            state.size(),
            state.opening(),
            state.waiting(),
            state.leaving(),
            state.totals().attempts(),
            attemptsASecond,
            state.totals().failed(),
            state.totals().lost(),
            state.totals().rotated(),
            state.totals().cut(),
            last(state.last()));
  }

  private void count(PoolState state, long seconds) {
    long attempts = state.totals().attempts();
    if (seconds > lastSeconds) {
      attemptsASecond = (double) (attempts - lastAttempts) / (seconds - lastSeconds);
      lastAttempts = attempts;
    }
    lastSeconds = seconds;
  }

  private static String ready(PoolState state) {
    int full = (int) ((long) state.ready() * BAR_CELLS / state.size());
    return "ready [%s%s] %d of %d"
        .formatted("#".repeat(full), ".".repeat(BAR_CELLS - full), state.ready(), state.size());
  }

  private String totals(PoolState state) {
    var totals = state.totals();
    return "attempts %,d (%.1f/s)   opened %,d   failed %,d   lost %,d   rotated %,d   cut %,d   stuck %,d"
        .formatted(
            totals.attempts(),
            attemptsASecond,
            totals.opened(),
            totals.failed(),
            totals.lost(),
            totals.rotated(),
            totals.cut(),
            totals.stuck());
  }

  private static boolean isWell(Member member) {
    return switch (member.state()) {
      case READY, ROTATING -> true;
      case WAITING, OPENING, PREPARING, GONE -> false;
    };
  }

  private static String member(Member member) {
    return "%4d  %-10s %6s  %4d %9s %8s  %s"
        .formatted(
            member.number(),
            member.state().name().toLowerCase(Locale.ROOT),
            age(member.inState()),
            member.attempt(),
            TopScreen.size(member.waitingBytes()),
            roundTrip(member.roundTrip()),
            member.last() == null ? "" : last(member.last()));
  }

  private static String age(Duration time) {
    return time.compareTo(Duration.ofHours(1)) < 0
        ? time.toSeconds() + "s"
        : time.toMinutes() + "m";
  }

  private static String roundTrip(@Nullable Duration time) {
    return time == null
        ? "-"
        : String.format(Locale.ROOT, "%.1fms", (double) time.toNanos() / 1_000_000);
  }

  /// What a peer said may be in it.
  private static String last(Member.@Nullable Ending ending) {
    return ending == null ? "none" : Wire.text(ending.text());
  }
}
