package io.tidegate.client.pool;

import io.tidegate.client.Opener;
import io.tidegate.client.WebSocketClient;
import io.tidegate.http.HandlerThreads;
import io.tidegate.http.message.Fields;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.websocket.WebSocketListener;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/// Keeps a number of WebSockets open: comes back where one is lost, and replaces each before it
/// grows too old, its successor first.
///
/// What it decides is decided on one loop; senders take no lock of it. Safe for any thread.
public final class WebSocketPool implements AutoCloseable {
  private final Loop home;
  private final Account account;
  private final PoolConfig config;
  private final Routing routing;
  private final Parking parking;
  private final Notices notices;
  private final Supervisor supervisor;
  private final Deadline ticks;
  private final AtomicBoolean sending = new AtomicBoolean();
  private final LongAdder refused = new LongAdder();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final AtomicReference<Fields> fields;
  private volatile PoolState state;
  private volatile boolean closed;

  private WebSocketPool(
      Loop home,
      Account account,
      Opener opener,
      HandlerThreads threads,
      PoolConfig config,
      WebSocketListener listener,
      PoolHooks hooks,
      PoolListener events,
      AtomicReference<Fields> fields) {
    this.home = home;
    this.account = account;
    this.config = config;
    this.fields = fields;
    this.routing = new Routing(config.size());
    this.parking = parking(config.whileDown(), account);
    this.notices = new Notices(config.name(), events, threads::start);
    var contacts = new Contacts(opener, listener, hooks, threads::start, this::later, fields::set);
    this.supervisor =
        new Supervisor(config, account, home::nanos, random(), contacts, notices::tell, routing);
    contacts.tell(supervisor);
    this.ticks = home.deadline(this::tick);
    this.state = supervisor.state(parking, 0);
  }

  private static RandomGenerator random() {
    return new java.util.SplittableRandom(ThreadLocalRandom.current().nextLong());
  }

  private static Parking parking(PoolConfig.WhileDown policy, Account account) {
    return switch (policy) {
      case PoolConfig.WhileDown.Fail() -> new Parking(account, 0, Duration.ofSeconds(1));
      case PoolConfig.WhileDown.Park(var bytes, var longest) ->
          new Parking(account, bytes, longest);
    };
  }

  /// Opens a pool of `client`'s connections, whose messages `listener` takes; returns at once,
  /// while they are being opened. Close it before its client.
  ///
  /// @throws IllegalArgumentException if fewer may be opened in a lifetime than are to be replaced
  /// @throws IllegalStateException if there is no memory for as many seats
  public static WebSocketPool open(
      WebSocketClient client, PoolConfig config, WebSocketListener listener) {
    return open(client, config, listener, PoolHooks.NONE, PoolListener.NONE);
  }

  /// As above, with what is to be done when connections come and go, and who is told of it.
  ///
  /// @throws IllegalArgumentException if fewer may be opened in a lifetime than are to be replaced
  /// @throws IllegalStateException if there is no memory for as many seats
  public static WebSocketPool open(
      WebSocketClient client,
      PoolConfig config,
      WebSocketListener listener,
      PoolHooks hooks,
      PoolListener events) {
    var fields = new AtomicReference<>(client.fields());
    var opener = client.opener(fields::get);
    return open(client.loops(), client.threads(), opener, config, listener, hooks, events, fields);
  }

  /// Opens a pool on `loops`, whose user's code runs on `threads`; returns at once. `opener` asks
  /// with what `fields` holds.
  ///
  /// @throws IllegalArgumentException if fewer may be opened in a lifetime than are to be replaced
  /// @throws IllegalStateException if there is no memory for as many seats
  static WebSocketPool open(
      Loops loops,
      HandlerThreads threads,
      Opener opener,
      PoolConfig config,
      WebSocketListener listener,
      PoolHooks hooks,
      PoolListener events,
      AtomicReference<Fields> fields) {
    config.checkRotation();
    var root = loops.root();
    var budget = new Budget(root.limit(Purse.DIRECT), root.limit(Purse.HEAP));
    var account = root.open("pool " + config.name(), budget);
    int bytes = config.size() * Supervisor.SEAT_BYTES + Notices.heldBytes(events);
    if (!account.charge(Purse.HEAP, bytes)) {
      account.close();
      throw new IllegalStateException(
          "no memory for a pool of " + config.size() + ": " + bytes + " bytes");
    }
    var home = loops.next();
    var pool =
        new WebSocketPool(home, account, opener, threads, config, listener, hooks, events, fields);
    var _ = home.later(pool::tick);
    return pool;
  }

  private void later(Runnable task) {
    var _ =
        home.later(() -> {
          task.run();
          changed();
        });
  }

  private void tick() {
    try {
      supervisor.tick();
      expire();
      notices.serve();
      state = supervisor.state(parking, refused.sum());
    } finally {
      if (!supervisor.isOver()) ticks.inNanos(Supervisor.TICK.toNanos());
    }
    changed();
  }

  private void expire() {
    parking.sendBy(routing);
    int expired = parking.expire(home.nanos());
    if (expired > 0) notices.tell(new PoolListener.Event.Expired(expired));
  }

  private synchronized void changed() {
    notifyAll();
    if (supervisor.isOver()) {
      var _ = ended.complete(true);
    }
  }

  // ---- sending

  /// Sends `text` by the members in turn, as their config says.
  public Sent send(String text) {
    return send(new Parcel.Text(text, null), Route.roundRobin());
  }

  /// Sends `text` by the member that `route` names, as its config says.
  public Sent send(String text, Route route) {
    return send(new Parcel.Text(text, null), route);
  }

  /// Sends `text` by the member that `route` names; `policy` says what becomes of it if that
  /// member's peer is slow.
  public Sent send(String text, Route route, Slow policy) {
    return send(new Parcel.Text(text, policy), route);
  }

  /// Sends a copy of `bytes` by the member that `route` names, as its config says.
  public Sent send(byte[] bytes, Route route) {
    return send(new Parcel.Bytes(ByteBuffer.wrap(bytes), null), route);
  }

  /// Sends a copy of what remains in `bytes`, whose position stays; `policy` says what becomes of
  /// it if the member's peer is slow.
  public Sent send(ByteBuffer bytes, Route route, Slow policy) {
    return send(new Parcel.Bytes(bytes, policy), route);
  }

  /// Sends `text` by all members that are ready; `policy` is for each of them. Returns how many
  /// took it.
  public int broadcast(String text, Slow policy) {
    return routing.broadcast(new Parcel.Text(text, policy));
  }

  /// Sends a copy of what remains in `bytes` likewise.
  public int broadcast(ByteBuffer bytes, Slow policy) {
    return routing.broadcast(new Parcel.Bytes(bytes, policy));
  }

  private Sent send(Parcel parcel, Route route) {
    if (closed) return new Sent.Closed(CutReason.CLOSING);
    if (parking.isEmpty()) {
      var sent = routing.send(parcel, route);
      if (sent != null) return sent;
    }
    if (config.whileDown() instanceof PoolConfig.WhileDown.Fail) {
      refused.increment();
      return new Sent.Dropped(Sent.Cause.NONE_READY);
    }
    var parked = parking.park(parcel, route, home.nanos());
    if (parked.isTaken() && routing.ready() > 0) sendParked();
    return parked;
  }

  /// A member became ready while the message was parked.
  private void sendParked() {
    if (!sending.compareAndSet(false, true)) return;
    var _ =
        home.later(() -> {
          sending.set(false);
          parking.sendBy(routing);
        });
  }

  /// Has requests carry `others` from the next attempt on, in place of those of the client's
  /// config: for tokens that do not last.
  public void useFields(Fields others) {
    fields.set(others);
  }

  // ---- what it is like

  /// How many members take messages now.
  public int ready() {
    return routing.ready();
  }

  /// Waits until `count` members are ready; returns whether they were in time.
  public synchronized boolean awaitReady(int count, Duration atMost) throws InterruptedException {
    var deadline = System.nanoTime() + atMost.toNanos();
    while (ready() < count) {
      var left = deadline - System.nanoTime();
      if (left <= 0 || closed) return false;
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return true;
  }

  /// The figures of its last tick; [PoolState#ready] is of now.
  public PoolState state() {
    return state.withReady(routing.ready());
  }

  /// What its seats, its messages that wait and its connections' parts in it are charged on the
  /// heap; the connections themselves are charged to the client.
  public long chargedBytes() {
    return account.held(Purse.HEAP);
  }

  /// The members, as of now; empty once the loops have ended. Waits for the pool's home, for 5 s at
  /// most.
  ///
  /// @throws IllegalStateException if that did not answer
  public List<Member> members() {
    var answer = new CompletableFuture<List<Member>>();
    if (!home.run(() -> answer.complete(supervisor.members()))) return List.of();
    return await(answer, Duration.ofSeconds(5), List.of());
  }

  private static <T> T await(CompletableFuture<T> answer, Duration atMost, T interrupted) {
    try {
      return answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return interrupted;
    } catch (ExecutionException | TimeoutException stuck) {
      throw new IllegalStateException("the pool's loop did not answer", stuck);
    }
  }

  // ---- the end

  /// Closes all members with 1001 and waits for their end: as long as handlers may take to see it,
  /// twice the grace at most. On a loop it does not wait.
  @Override
  public void close() {
    closed = true;
    if (!home.run(this::closeNow)) {
      account.close();
      return;
    }
    if (home.isHere()) return;
    var _ = await(ended, Leaving.longest(config.times()).plusSeconds(2), true);
  }

  private void closeNow() {
    supervisor.close();
    parking.close();
    var _ = ended.thenRun(account::close);
    tick();
  }

  @Override
  public String toString() {
    return "pool " + config.name();
  }
}
