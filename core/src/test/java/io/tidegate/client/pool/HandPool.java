package io.tidegate.client.pool;

import io.tidegate.client.ConnectFailure;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.CloseFrame;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A pool's supervisor without sockets, loops or threads: what servers do is said by the test, time
/// passes when it says so, and all comes the same every time.
final class HandPool implements Supervisor.Dial {
  static final URI HERE = URI.create("ws://a.example/live");

  final FakeTicker ticker = new FakeTicker();
  final Account root = Ledger.open(new Budget(1 << 20, 64 << 20));
  final List<PoolListener.Event> events = new ArrayList<>();
  final List<HandLine> lines = new ArrayList<>();
  final List<HandLine> begun = new ArrayList<>();
  final List<URI> refreshes = new ArrayList<>();
  private final List<Endpoints.Target> targets = new ArrayList<>();
  final Routing routing;
  final Parking parking = new Parking(root, 1 << 20, Duration.ofSeconds(60));
  final Supervisor supervisor;
  private final ArrayDeque<Runnable> home = new ArrayDeque<>();

  /// What an attempt meets; null if it meets a server that takes it.
  Function<URI, @Nullable ConnectFailure> meets = _ -> null;

  /// The age at which a server cuts.
  Duration cutAfter = Duration.ofDays(365);

  /// What it says then.
  CloseFrame cutWith = new CloseFrame(CloseCode.ABNORMAL, "");

  /// Whether the hooks of connections return.
  boolean hooksReturn = true;

  /// Whether closes are answered.
  boolean closesAreAnswered = true;

  long attempts;

  HandPool(PoolConfig config) {
    routing = new Routing(config.size());
    supervisor =
        new Supervisor(config, root, ticker, new SplittableRandom(42), this, events::add, routing);
  }

  /// A connection as its script wants it.
  final class HandLine implements Line {
    final Tenure tenure;
    final @Nullable Line old;
    final List<String> sent = new ArrayList<>();
    boolean isOpen;
    boolean isCut;
    int interrupts;
    long openedNanos;
    long waits;
    @Nullable String closedWith;

    HandLine(Tenure tenure, @Nullable Line old) {
      this.tenure = tenure;
      this.old = old;
    }

    @Override
    public boolean isOpen() {
      return isOpen;
    }

    @Override
    public long waitingBytes() {
      return waits;
    }

    @Override
    public long roundTripNanos() {
      return 0;
    }

    @Override
    public Sent send(Parcel parcel) {
      if (!isOpen) return new Sent.Closed(CutReason.PEER_GONE);
      if (waits > 1_000) return new Sent.Dropped(Sent.Cause.FULL);
      sent.add(((Parcel.Text) parcel).text());
      return new Sent.Now();
    }

    @Override
    public void close(int code, String reason) {
      if (closedWith != null || !isOpen) return;
      closedWith = code + " " + reason;
      if (closesAreAnswered) end(new CloseFrame(code, reason));
    }

    @Override
    public void cut() {
      isCut = true;
      if (isOpen) end(new CloseFrame(CloseCode.ABNORMAL, "closing"));
    }

    @Override
    public void interrupt() {
      interrupts++;
    }

    /// It ends, and its handler returns.
    void end(CloseFrame how) {
      end(how, null);
    }

    /// As above, because it is cut on this side.
    void end(CloseFrame how, @Nullable CutReason cut) {
      if (!isOpen) return;
      isOpen = false;
      lines.remove(this);
      home.add(() -> supervisor.ended(tenure, new Member.Ending.Closed(how, cut)));
      home.add(() -> supervisor.left(tenure));
    }
  }

  @Override
  public Line open(Tenure tenure, @Nullable Line old) {
    attempts++;
    if (!targets.contains(tenure.target)) targets.add(tenure.target);
    var line = new HandLine(tenure, old);
    if (begun.size() < 10) begun.add(line);
    home.add(() -> answer(line));
    return line;
  }

  private void answer(HandLine line) {
    var refusal = meets.apply(line.tenure.target.uri());
    if (refusal != null) {
      supervisor.failed(line.tenure, refusal);
      return;
    }
    if (line.isCut) return;
    line.isOpen = true;
    line.openedNanos = ticker.nanos();
    lines.add(line);
    supervisor.opened(line.tenure);
    if (hooksReturn) supervisor.prepared(line.tenure);
  }

  @Override
  public void refresh(Endpoints.Target target, ConnectFailure why) {
    refreshes.add(target.uri());
  }

  /// A tick passes: servers do what they do, and the supervisor hears of it.
  void tick() {
    ticker.advance(Supervisor.TICK);
    for (var line : List.copyOf(lines)) {
      if (ticker.nanos() - line.openedNanos >= cutAfter.toNanos()) line.end(cutWith);
    }
    hear();
    supervisor.tick();
    parking.sendBy(routing);
  }

  void hear() {
    for (var task = home.poll(); task != null; task = home.poll()) task.run();
  }

  /// As many ticks as `time` has.
  void pass(Duration time) {
    for (long i = 0; i < time.dividedBy(Supervisor.TICK); i++) tick();
  }

  /// Ticks until `count` are ready.
  void awaitReady(int count) {
    for (int i = 0; i < 4_000 && routing.ready() < count; i++) tick();
    if (routing.ready() < count) throw new AssertionError("ready: " + routing.ready());
  }

  PoolState state() {
    return supervisor.state(parking, 0);
  }

  /// What was to be heard is not.
  void forget() {
    home.clear();
  }

  /// The endpoint of a pool that has one, once it was called.
  Endpoints.Target supervisorTarget() {
    return targets.getFirst();
  }

  <E extends PoolListener.Event> List<E> told(Class<E> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /// The line at `seat`.
  HandLine at(int seat) {
    return lines.stream()
        .filter(line -> line.tenure.seat.number == seat && line.tenure.stage == Tenure.Stage.READY)
        .findFirst()
        .orElseThrow();
  }

  /// Closes it, and checks that nothing is held.
  void end() {
    supervisor.close();
    parking.close();
    for (int i = 0; i < 400 && !supervisor.isOver(); i++) tick();
    if (!supervisor.isOver()) throw new AssertionError("not over");
    var held = root.held(Purse.HEAP);
    if (held != 0) throw new AssertionError("held: " + held);
    for (var target : state().endpoints())
      if (target.connections() != 0) throw new AssertionError("counted: " + target);
  }

  static ConnectFailure refused() {
    return new ConnectFailure(ConnectFailure.Step.CONNECT, false, 0, null, "connection refused");
  }

  static ConnectFailure refusedHere() {
    return new ConnectFailure(ConnectFailure.Step.LOCAL, false, 0, null, "memory refused");
  }

  static ConnectFailure status(int status, boolean lasting, @Nullable Duration retryAfter) {
    return new ConnectFailure(
        ConnectFailure.Step.HANDSHAKE, lasting, status, retryAfter, "answered " + status);
  }
}
