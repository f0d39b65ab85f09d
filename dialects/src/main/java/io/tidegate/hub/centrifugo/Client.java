package io.tidegate.hub.centrifugo;

import io.tidegate.hub.Delivery;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Position;
import io.tidegate.hub.Start;
import io.tidegate.hub.Subscribed;
import io.tidegate.hub.Subscriber;
import io.tidegate.hub.Subscription;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.outlet.Outlets;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import io.tidegate.websocket.WebSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One client's side that lives on its loop: its subscriptions, its pings, who is late. Belongs to
/// the loop but for [#answered].
final class Client {
  /// Time to connect once the WebSocket is open, as the protocol's own server gives.
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(15);

  /// This, its conversation with the user's name, its deadline and its outlet.
  private static final int HELD_BYTES = 1_024;

  private final Hub hub;
  private final CentrifugoConfig config;
  private final WebSocket socket;
  private final Deadline deadline;

  private @Nullable Subscriber subscriber;
  private @Nullable Instant expires;
  private boolean connected;
  private boolean pinged;
  private volatile boolean answered;

  private Client(Hub hub, CentrifugoConfig config, WebSocket socket) {
    this.hub = hub;
    this.config = config;
    this.socket = socket;
    this.deadline = socket.loop().deadline(this::due);
  }

  Loop loop() {
    return socket.loop();
  }

  /// Joins the hub for the client behind `socket`, or says goodbye to it.
  static Client begin(Hub hub, CentrifugoConfig config, WebSocket socket, PushFormat format) {
    var client = new Client(hub, config, socket);
    client.join(format);
    return client;
  }

  private void join(PushFormat format) {
    var account = socket.account();
    if (account.charge(Purse.HEAP, HELD_BYTES)) {
      socket.own(() -> account.release(Purse.HEAP, HELD_BYTES));
      subscriber = hub.join(Outlets.of(socket, this::cut), format);
    }
    if (subscriber == null) {
      close(Goodbye.NO_ROOM);
      return;
    }
    socket.own(deadline);
    deadline.in(CONNECT_WITHIN);
  }

  /// The client has said who it is; what it may do counts until `until`.
  void connect(int id, @Nullable Instant until) {
    connected = true;
    expires = until;
    tell(Replies.connected(id, UUID.randomUUID().toString(), config.ping().toSeconds()));
    deadline.in(config.ping());
  }

  void tell(byte[] frame) {
    if (subscriber != null) {
      var _ = subscriber.tell(frame);
    }
  }

  /// Tells the reply to command `id`, unless it wants none.
  private void reply(int id, byte[] frame) {
    if (id > 0) tell(frame);
  }

  void refuse(int id, Refusal why) {
    reply(id, Replies.refused(id, why));
  }

  /// Tells that `method` is done.
  void done(int id, String method) {
    reply(id, Replies.done(id, method));
  }

  /// A ping of ours was answered. Any thread.
  void answered() {
    answered = true;
  }

  /// A peer that takes nothing does not take this either, and is cut when its time to close is
  /// over.
  private void cut(CutReason reason) {
    socket.loop().count(reason);
    close(Goodbye.of(reason));
  }

  /// Closes behind what is on its way. Any thread.
  void close(Goodbye how) {
    socket.close(how.code(), how.reason());
  }

  private void due() {
    if (!connected) {
      close(Goodbye.STALE);
    } else if (expires != null && Instant.now().isAfter(expires)) {
      close(Goodbye.EXPIRED);
    } else if (pinged && !answered) {
      close(Goodbye.NO_PONG);
    } else if (pinged) {
      pinged = false;
      deadline.in(untilNextPing());
    } else {
      pinged = true;
      answered = false;
      deadline.in(config.pongWait());
      tell(Replies.PING);
    }
  }

  private Duration untilNextPing() {
    var rest = config.ping().minus(config.pongWait());
    return rest.isPositive() ? rest : Duration.ofSeconds(1);
  }

  // ---- subscriptions

  /// Subscribes, and tells the reply before any message.
  void subscribe(Command.Subscribe command) {
    var rule = hub.rule(command.channel());
    if (subscriber == null) return;
    if (rule == null) {
      refuse(command.id(), Refusal.UNKNOWN_CHANNEL);
      return;
    }
    boolean isLog = rule.kind() instanceof TopicKind.Log;
    var before = subscriber.subscription(command.channel());
    if (before != null) {
      // who was told to subscribe again does so; others are mistaken
      if (isLog && command.from() == null) {
        refuse(command.id(), Refusal.ALREADY_SUBSCRIBED);
        return;
      }
      before.close();
    }
    subscribe(subscriber, command, rule.kind());
  }

  private void subscribe(Subscriber to, Command.Subscribe command, TopicKind kind) {
    boolean isLog = kind instanceof TopicKind.Log;
    var last = isLog ? position(command.from()) : null;
    // who falls behind comes back by itself and is told whether anything is lost
    var delivery = isLog ? Delivery.lossless() : Delivery.of(kind);
    var start = last == null ? Start.of(kind) : Start.after(last);
    switch (to.subscribe(command.channel(), delivery, start)) {
      case Subscribed.Open open ->
          reply(command.id(), reply(command, open.subscription(), isLog, last));
      case Subscribed.Refused refused -> refused(command.id(), refused.why());
    }
  }

  /// Where the client stood; null if it was not here.
  private static @Nullable Position position(Command.@Nullable From from) {
    if (from == null) return null;
    var position = Position.parse(from.epoch() + "-" + from.offset());
    return position == null ? Position.UNKNOWN : position;
  }

  private static byte[] reply(
      Command.Subscribe command,
      Subscription subscription,
      boolean isLog,
      @Nullable Position last) {
    if (!isLog) return Replies.subscribed(command.id(), null, null);
    var at = subscription.position();
    return Replies.subscribed(command.id(), at, last == null ? null : at.equals(last));
  }

  private void refused(int id, Subscribed.Refusal why) {
    switch (why) {
      case NO_SUCH_TOPIC -> refuse(id, Refusal.UNKNOWN_CHANNEL);
      case BAD_NAME, UNFIT_DELIVERY -> refuse(id, Refusal.BAD_REQUEST);
      case TOO_MANY_SUBSCRIPTIONS -> refuse(id, Refusal.LIMIT_EXCEEDED);
      case ALREADY_SUBSCRIBED -> refuse(id, Refusal.ALREADY_SUBSCRIBED);
      case TOO_MANY_TOPICS, MEMORY -> refuse(id, Refusal.INTERNAL);
      case CLOSED -> close(Goodbye.SHUTDOWN);
    }
  }

  void unsubscribe(Command.Unsubscribe command) {
    var subscription = subscriber == null ? null : subscriber.subscription(command.channel());
    if (subscription != null) subscription.close();
    done(command.id(), "unsubscribe");
  }
}
