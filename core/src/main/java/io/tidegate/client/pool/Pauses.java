package io.tidegate.client.pool;

import io.tidegate.client.Backoff;
import io.tidegate.client.ConnectFailure;
import io.tidegate.net.CutReason;
import io.tidegate.websocket.frame.CloseCode;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// How long a seat waits after the end of its connection, and what is learnt of the endpoint from
/// that.
///
/// Belongs to the pool's home.
final class Pauses {
  /// What the authors of close code 1012 ask of a client: to come back within 5 to 30 s.
  private static final Duration LEAST_AFTER_RESTART = Duration.ofSeconds(5);

  private static final Duration SPREAD_AFTER_RESTART = Duration.ofSeconds(25);

  /// What a connection of ours is cut for, however well its peer behaves.
  private static final Set<CutReason> FOR_OWN_WANT =
      Set.of(
          CutReason.MEMORY_REFUSED,
          CutReason.OVERLOAD_SLOWEST,
          CutReason.OVERLOAD_LARGEST,
          CutReason.HANDLER_LIMIT);

  private final PoolConfig config;
  private final Endpoints endpoints;
  private final RandomGenerator random;
  private final Supervisor.Dial dial;
  private final Consumer<PoolListener.Event> told;

  Pauses(
      PoolConfig config,
      Endpoints endpoints,
      RandomGenerator random,
      Supervisor.Dial dial,
      Consumer<PoolListener.Event> told) {
    this.config = config;
    this.endpoints = endpoints;
    this.random = random;
    this.dial = dial;
    this.told = told;
  }

  /// The pause after `tenure` came to its end, before its stage is changed.
  Duration after(Tenure tenure, Member.Ending why, long nowNanos) {
    return switch (why) {
      case Member.Ending.Failed(var failure) -> afterFailure(tenure, failure, why, nowNanos);
      case Member.Ending.Closed closed -> afterClose(tenure, closed, nowNanos);
      case Member.Ending.HookFailed _,
          Member.Ending.HandlerFailed _,
          Member.Ending.HandlerBusy _,
          Member.Ending.NoMemory _ ->
          afterEnd(tenure.seat, uptime(tenure, nowNanos));
    };
  }

  /// The pause after one more attempt at `seat` came to nothing.
  Duration afterFailure(Seat seat) {
    return tries(seat).failed();
  }

  private Duration afterEnd(Seat seat, Duration uptime) {
    var tries = tries(seat);
    var pause = tries.ended(uptime);
    if (tries.failures() == 0) seat.tries = null;
    return pause;
  }

  private Backoff.Tries tries(Seat seat) {
    if (seat.tries == null) seat.tries = config.backoff().tries(random);
    return seat.tries;
  }

  private static Duration uptime(Tenure tenure, long nowNanos) {
    return Duration.ofNanos(tenure.uptimeNanos(nowNanos));
  }

  private Duration afterFailure(
      Tenure tenure, ConnectFailure failure, Member.Ending why, long nowNanos) {
    var target = tenure.target;
    var asked = failure.retryAfter();
    if (failure.step() == ConnectFailure.Step.LOCAL) {
      target.circuit.unheard();
    } else if (asked != null) {
      target.circuit.hold(nowNanos, honoured(asked));
      told.accept(new PoolListener.Event.EndpointHeld(target.uri(), why, false));
    } else if (failure.lasting() && !isOfOldToken(tenure, failure)) {
      target.circuit.failedForLong(nowNanos);
      told.accept(new PoolListener.Event.EndpointHeld(target.uri(), why, true));
      refresh(target, failure, nowNanos);
    } else if (!failure.lasting()) {
      failed(target, why, nowNanos);
    }
    return afterFailure(tenure.seat);
  }

  /// What the peer asked for, within its bound, and up to a quarter more, so that not all who were
  /// told the same come at the same time.
  private Duration honoured(Duration asked) {
    var bounded =
        asked.compareTo(config.longestRetryAfter()) > 0 ? config.longestRetryAfter() : asked;
    var least = Math.max(0, bounded.toNanos());
    return Duration.ofNanos(
        least + random.nextLong(least / 4 + config.backoff().first().toNanos() + 1));
  }

  private static boolean isOfToken(ConnectFailure failure) {
    return failure.status() == 401 || failure.status() == 403;
  }

  /// Whether the attempt was on its way already when a new token came, and tells nothing of it.
  private static boolean isOfOldToken(Tenure tenure, ConnectFailure failure) {
    var target = tenure.target;
    return isOfToken(failure) && target.hasFreshToken && tenure.sinceNanos - target.freshNanos < 0;
  }

  private void refresh(Endpoints.Target target, ConnectFailure failure, long nowNanos) {
    if (!isOfToken(failure)) return;
    var least = config.backoff().longest().toNanos() / 2;
    if (target.wasAskedForToken && nowNanos - target.askedNanos < least) return;
    target.wasAskedForToken = true;
    target.askedNanos = nowNanos;
    target.refreshDueNanos = nowNanos + config.times().hooks().toNanos();
    dial.refresh(target, failure);
  }

  private void failed(Endpoints.Target target, Member.Ending why, long nowNanos) {
    if (!target.circuit.failed(nowNanos)) return;
    told.accept(new PoolListener.Event.EndpointHeld(target.uri(), why, false));
  }

  private Duration afterClose(Tenure tenure, Member.Ending.Closed why, long nowNanos) {
    int code = why.how().code();
    var uptime = uptime(tenure, nowNanos);
    var pause = afterEnd(tenure.seat, uptime);
    if (isForOwnWant(why.cut())) return pause; // the code is ours, and tells nothing of the peer
    if (code == CloseCode.RESTART || code == CloseCode.TRY_LATER) {
      tenure.seat.avoid = tenure.target;
      if (endpoints.choose(nowNanos, tenure.target) != tenure.target && code == CloseCode.TRY_LATER)
        return pause;
      var asked = LEAST_AFTER_RESTART.plusNanos(random.nextLong(SPREAD_AFTER_RESTART.toNanos()));
      return pause.compareTo(asked) > 0 ? pause : asked;
    }
    if (uptime.compareTo(config.backoff().stable()) < 0) failed(tenure.target, why, nowNanos);
    return pause;
  }

  /// Whether this process had nothing left for a connection.
  private static boolean isForOwnWant(@Nullable CutReason cut) {
    return cut != null && FOR_OWN_WANT.contains(cut);
  }
}
