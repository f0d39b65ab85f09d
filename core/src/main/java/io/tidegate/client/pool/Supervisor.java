package io.tidegate.client.pool;

import io.tidegate.client.ConnectFailure;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import io.tidegate.ledger.Ticker;
import io.tidegate.websocket.frame.CloseCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Keeps the seats of a pool taken: opens connections, replaces them in time, and decides what
/// becomes of each that ends.
///
/// All that is called here belongs to one thread, the pool's home, and nothing waits. What it knows
/// of a connection it was told; what it sees for itself, it sees once a tick.
final class Supervisor {
  /// As often as a loop looks at its deadlines.
  static final Duration TICK = Duration.ofMillis(250);

  /// A seat, its places in two arrays (80 B measured), its tries (24 B), and how its last
  /// connection ended, with what its peer said.
  static final int SEAT_BYTES = 384;

  /// A connection's part in the pool, its socket not counted: 80 B measured.
  static final int TENURE_BYTES = 128;

  /// By so much too early or too late is an attempt, for it begins with a tick.
  private static final long HALF_A_TICK_NANOS = TICK.toNanos() / 2;

  private final PoolConfig config;
  private final Account account;
  private final Ticker ticker;
  private final RandomGenerator random;
  private final Dial dial;
  private final Consumer<PoolListener.Event> told;
  private final Routing routing;
  private final Seat[] seats;
  private final Endpoints endpoints;
  private final Pace pace;
  private final Rate.Window restarts;
  private final Rotation rotation;
  private final Leaving leaving;
  private final Pauses pauses;

  private int cursor;
  private int rotationCursor;
  private boolean restartsHeld;

  /// Those who wait for a connection and those who grow old come first by turns, for an old one
  /// that is cut by its peer waits next.
  private boolean isRotationsTurn;

  private boolean closed;
  private long attempts;
  private long opened;
  private long failed;
  private long lost;
  private long rotated;
  private Member.@Nullable Ending last;

  /// What opens connections and runs the user's code for them.
  interface Dial {
    /// Begins to open one for `tenure`, to take the place of `old` if that is given. What becomes
    /// of it is told to the supervisor on its own thread, after this has returned.
    Line open(Tenure tenure, @Nullable Line old);

    /// Asks the user's code for a new token; [#refreshed] is called if there is one.
    void refresh(Endpoints.Target target, ConnectFailure why);
  }

  /// What became of a seat that wants a connection.
  private enum Begun {
    YES,
    /// Others may have more luck.
    NOT_THIS,
    /// Nobody may begin now.
    NONE
  }

  /// Supervises empty seats; `account` holds what they are charged.
  Supervisor(
      PoolConfig config,
      Account account,
      Ticker ticker,
      RandomGenerator random,
      Dial dial,
      Consumer<PoolListener.Event> told,
      Routing routing) {
    var now = ticker.nanos();
    var times = config.times();
    this.config = config;
    this.account = account;
    this.ticker = ticker;
    this.random = random;
    this.dial = dial;
    this.told = told;
    this.routing = routing;
    this.endpoints = new Endpoints(config, random, now);
    this.pace = new Pace(config.connects(), TICK.toNanos(), now);
    this.restarts = config.restarts().window();
    this.rotation = new Rotation(times, config.size(), config.fill(), random, now);
    this.leaving = new Leaving(times, this::over, told);
    this.pauses = new Pauses(config, endpoints, random, dial, told);
    this.seats = new Seat[config.size()];
    for (int i = 0; i < seats.length; i++) {
      seats[i] = new Seat(i, now);
      seats[i].rotateNanos = rotation.first(i);
    }
  }

  // ---- once a tick

  /// Looks at all that is due. Called every [#TICK], also while it closes.
  void tick() {
    var now = ticker.nanos();
    for (var seat : seats) look(seat, now);
    leaving.tick(now);
    endpoints.interruptLate(now);
    if (closed) return;
    isRotationsTurn = !isRotationsTurn;
    if (isRotationsTurn) rotate(now);
    fill(now);
    rotate(now);
  }

  private void look(Seat seat, long now) {
    if (seat.coming != null) watch(seat.coming, now);
    if (seat.current != null) watch(seat.current, now);
    if (now - seat.rotateNanos < 0) return;
    seat.rotateNanos = rotation.after(seat.number, now);
    if (seat.current != null && seat.current.stage == Tenure.Stage.READY) seat.isWorn = true;
  }

  private void watch(Tenure tenure, long now) {
    switch (tenure.stage) {
      case OPENING -> {
        if (tenure.isDue(now)) giveUp(tenure, now);
      }
      case PREPARING -> {
        if (!tenure.isDue(now)) return;
        tenure.line().interrupt();
        part(tenure, new Member.Ending.HookFailed("not done in time"), now);
      }
      case READY -> {
        if (tenure.line().isOpen()) return;
        routing.remove(tenure.seat.number, tenure.line());
        tenure.go(now);
      }
      case GONE -> {
        if (tenure.isDue(now)) part(tenure, new Member.Ending.HandlerBusy(), now);
      }
      case DRAINING, CLOSING, CUT, OVER -> {}
    }
  }

  private void giveUp(Tenure tenure, long now) {
    tenure.line().cut();
    var why =
        new ConnectFailure(
            ConnectFailure.Step.ABANDONED,
            false,
            0,
            null,
            "not open in " + config.times().opening());
    vacate(tenure, new Member.Ending.Failed(why), now);
    over(tenure);
  }

  /// Opens connections for seats that have none, as far as may be now, the seats in turn.
  private void fill(long now) {
    for (int i = 0; i < seats.length; i++) {
      int number = (cursor + i) % seats.length;
      var seat = seats[number];
      if (seat.current != null || now - seat.dueNanos < 0) continue;
      if (begin(seat, now) != Begun.NONE) continue;
      cursor = number;
      return;
    }
  }

  /// Opens successors with what is left.
  private void rotate(long now) {
    for (int i = 0; i < seats.length; i++) {
      int number = (rotationCursor + i) % seats.length;
      if (!wantsSuccessor(seats[number], now)) continue;
      if (begin(seats[number], now) != Begun.NONE) continue;
      rotationCursor = number;
      return;
    }
  }

  private static boolean wantsSuccessor(Seat seat, long now) {
    return seat.isWorn
        && seat.coming == null
        && seat.current != null
        && seat.current.stage == Tenure.Stage.READY
        && now - seat.dueNanos >= 0;
  }

  private Begun begin(Seat seat, long now) {
    if (!pace.isDue(now)) return Begun.NONE;
    var target = endpoints.choose(now, seat.avoid);
    if (target == null) return Begun.NONE;
    if (seat.isRestart && !mayRestart(now)) return Begun.NOT_THIS;
    if (!account.charge(Purse.HEAP, TENURE_BYTES)) {
      noMemory(seat, now);
      return Begun.NONE;
    }
    pace.take(now);
    target.circuit.begins();
    target.connections++;
    attempts++;
    seat.isRestart = false;
    seat.lastTarget = target;
    var tenure = new Tenure(seat, target);
    tenure.enter(Tenure.Stage.OPENING, now, config.times().opening().toNanos());
    var old = seat.current;
    if (old == null) seat.current = tenure;
    else seat.coming = tenure;
    tenure.by(dial.open(tenure, old == null ? null : old.line()));
    return Begun.YES;
  }

  private boolean mayRestart(long now) {
    var may = restarts.tryTake(now);
    if (!may && !restartsHeld) {
      var bound = config.restarts();
      told.accept(new PoolListener.Event.RestartsHeld(bound.count(), bound.per()));
    }
    restartsHeld = !may;
    return may;
  }

  private void noMemory(Seat seat, long now) {
    seat.last = new Member.Ending.NoMemory();
    seat.dueNanos = now + pauses.afterFailure(seat).toNanos();
    last = seat.last;
    failed++;
  }

  // ---- what is told

  /// The handshake of `tenure` is done; its hooks run.
  void opened(Tenure tenure) {
    if (tenure.stage != Tenure.Stage.OPENING) return;
    var now = ticker.nanos();
    tenure.target.wasAskedForToken = false;
    tenure.target.hasFreshToken = false;
    if (tenure.target.circuit.succeeded(now)) {
      told.accept(new PoolListener.Event.EndpointBack(tenure.target.uri()));
      hurry(now);
    }
    tenure.enter(Tenure.Stage.PREPARING, now, config.times().hooks().toNanos());
    if (tenure.isPrepared) ready(tenure, now);
  }

  /// An endpoint answers again: who waits because it did not need not wait on.
  private void hurry(long now) {
    var first = config.backoff().first().toNanos();
    for (var seat : seats) {
      if (seat.current != null || !(seat.last instanceof Member.Ending.Failed)) continue;
      var due = now + random.nextLong(first + 1);
      if (seat.dueNanos - due > 0) seat.dueNanos = due;
    }
  }

  /// There is no connection of `tenure`.
  void failed(Tenure tenure, ConnectFailure why) {
    if (tenure.stage != Tenure.Stage.OPENING) return;
    vacate(tenure, new Member.Ending.Failed(why), ticker.nanos());
    over(tenure);
  }

  /// The hooks of `tenure` have returned.
  void prepared(Tenure tenure) {
    tenure.isPrepared = true;
    if (tenure.stage == Tenure.Stage.PREPARING) ready(tenure, ticker.nanos());
  }

  private void ready(Tenure tenure, long now) {
    var seat = tenure.seat;
    tenure.enter(Tenure.Stage.READY, now, 0);
    seat.attempts = 0;
    seat.isWorn = false;
    seat.avoid = null;
    opened++;
    routing.put(seat.number, tenure.line());
    told.accept(new PoolListener.Event.Ready(seat.number, tenure.target.uri(), tenure.attempt));
    if (seat.coming == tenure) succeed(seat, tenure, now);
  }

  private void succeed(Seat seat, Tenure tenure, long now) {
    var old = seat.current;
    seat.current = tenure;
    seat.coming = null;
    if (old == null) return;
    leaving.drain(old, now);
    rotated++;
    told.accept(new PoolListener.Event.Rotated(seat.number, tenure.target.uri()));
  }

  /// The user's code threw while it served `tenure`, which closes for that.
  void threw(Tenure tenure, Member.Ending why) {
    if (isSeated(tenure)) part(tenure, why, ticker.nanos());
  }

  /// `tenure` has closed; the user's code is told next.
  void ended(Tenure tenure, Member.Ending.Closed how) {
    if (tenure.stage == Tenure.Stage.OVER) return;
    var now = ticker.nanos();
    tenure.hasEnded = true;
    if (!isSeated(tenure)) return;
    vacate(tenure, how, now);
    leaving.awaitEnd(tenure, now);
  }

  /// The user's code has nothing to do with `tenure` any more.
  void left(Tenure tenure) {
    if (tenure.stage != Tenure.Stage.OVER) over(tenure);
  }

  /// There may be a new token for `target`.
  void refreshed(Endpoints.Target target) {
    var now = ticker.nanos();
    target.hasFreshToken = true;
    target.freshNanos = now;
    target.circuit.probe(now);
  }

  private static boolean isSeated(Tenure tenure) {
    return tenure.seat.current == tenure || tenure.seat.coming == tenure;
  }

  // ---- the end of one

  /// Takes `tenure`, which may still be open, from its seat.
  private void part(Tenure tenure, Member.Ending why, long now) {
    vacate(tenure, why, now);
    leaving.close(tenure, CloseCode.INTERNAL_ERROR, "", now);
  }

  private void vacate(Tenure tenure, Member.Ending why, long now) {
    var seat = tenure.seat;
    var pause = pauses.after(tenure, why, now);
    routing.remove(seat.number, tenure.line());
    seat.last = why;
    seat.dueNanos = now + pause.toNanos() - HALF_A_TICK_NANOS;
    last = why;
    if (tenure.wasReady()) lost++;
    else failed++;
    if (seat.coming == tenure) {
      seat.coming = null;
    } else {
      seat.current = seat.coming;
      seat.coming = null;
      seat.isRestart = tenure.wasReady() && seat.current == null;
      seat.vacantNanos = now;
    }
    told.accept(new PoolListener.Event.Lost(seat.number, tenure.target.uri(), why, pause));
  }

  private void over(Tenure tenure) {
    tenure.stage = Tenure.Stage.OVER;
    tenure.target.connections--;
    account.release(Purse.HEAP, TENURE_BYTES);
  }

  // ---- the end of all

  /// Closes all connections and opens no more; [#isOver] once they have ended.
  void close() {
    if (closed) return;
    closed = true;
    var now = ticker.nanos();
    for (var seat : seats) {
      dismiss(seat, seat.coming, now);
      dismiss(seat, seat.current, now);
      seat.coming = null;
      seat.current = null;
    }
    leaving.hurry(CloseCode.GOING_AWAY, "closing", now);
  }

  private void dismiss(Seat seat, @Nullable Tenure tenure, long now) {
    if (tenure == null) return;
    routing.remove(seat.number, tenure.line());
    if (tenure.stage == Tenure.Stage.OPENING) {
      tenure.line().cut();
      over(tenure);
    } else {
      leaving.close(tenure, CloseCode.GOING_AWAY, "closing", now);
    }
  }

  /// Whether all has ended after [#close].
  boolean isOver() {
    return closed && leaving.count() == 0;
  }

  // ---- what others see

  /// The figures now.
  PoolState state(Parking parking, long droppedElsewhere) {
    int opening = 0;
    int waiting = 0;
    for (var seat : seats) {
      if (seat.current == null) waiting++;
      else if (!seat.current.wasReady()) opening++;
      if (seat.coming != null) opening++;
    }
    return new PoolState(
        config.name(),
        seats.length,
        routing.ready(),
        opening,
        waiting,
        leaving.count(),
        new PoolState.Totals(
            attempts,
            opened,
            failed,
            lost,
            rotated,
            leaving.cuts(),
            leaving.stuck(),
            parking.dropped() + droppedElsewhere),
        parking.count(),
        parking.bytes(),
        restartsHeld,
        endpoints.states(),
        last);
  }

  /// The members now, by their numbers.
  List<Member> members() {
    var now = ticker.nanos();
    var members = new ArrayList<Member>(seats.length);
    for (var seat : seats) members.add(seat.member(now));
    return members;
  }
}
