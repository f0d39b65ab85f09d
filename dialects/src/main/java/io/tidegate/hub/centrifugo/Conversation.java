package io.tidegate.hub.centrifugo;

import io.tidegate.hub.Hub;
import io.tidegate.hub.Published;
import io.tidegate.hub.jwt.Claims;
import io.tidegate.hub.jwt.Verified;
import io.tidegate.hub.outlet.Authorizer.Right;
import io.tidegate.net.Loop;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What one client says, from its opening to its end.
///
/// Commands are read and judged on the connection's own virtual thread, one after the other. What
/// touches the hub runs on its loop and is waited for: so one task of a client is in that loop's
/// queue at most.
final class Conversation implements WebSocketListener {
  /// What a client is charged has room for no longer name.
  private static final int MOST_USER_CHARS = 255;

  /// A loop that has not run a task for so long is not going to.
  private static final long LONGEST_TASK_SECONDS = 10;

  private final Hub hub;
  private final CentrifugoConfig config;
  private final PushFormat format;

  private @Nullable Client client;
  private boolean connected;
  private String user = "";

  Conversation(Hub hub, CentrifugoConfig config, PushFormat format) {
    this.hub = hub;
    this.config = config;
    this.format = format;
  }

  @Override
  public void opened(WebSocket socket) throws InterruptedException {
    onLoop(socket.loop(), () -> client = Client.begin(hub, config, socket, format));
  }

  @Override
  public void message(WebSocket socket, Message message) throws InterruptedException {
    var present = client;
    if (present == null) return;
    for (var command : commands(present, message)) {
      if (!socket.isOpen()) return;
      obey(present, command);
    }
  }

  private static List<Command> commands(Client client, Message message) {
    try {
      if (message instanceof Message.Text text) return CommandReader.read(text.text());
    } catch (IOException malformed) {
      // as bytes that are no text
    }
    client.close(Goodbye.BAD_REQUEST);
    return List.of();
  }

  private static void onLoop(Client client, Runnable task) throws InterruptedException {
    onLoop(client.loop(), task);
  }

  private static void onLoop(Loop loop, Runnable task) throws InterruptedException {
    var done = new CountDownLatch(1);
    boolean runs =
        loop.run(() -> {
          try {
            task.run();
          } finally {
            done.countDown();
          }
        });
    if (runs) {
      var _ = done.await(LONGEST_TASK_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void obey(Client to, Command command) throws InterruptedException {
    switch (command) {
      case Command.Pong _ -> to.answered();
      case Command.Connect connect when !connected -> connect(to, connect);
      case Command.Connect _ -> to.close(Goodbye.BAD_REQUEST);
      case Command _ when !connected -> to.close(Goodbye.BAD_REQUEST);
      case Command.Subscribe subscribe -> subscribe(to, subscribe);
      case Command.Unsubscribe unsubscribe -> onLoop(to, () -> to.unsubscribe(unsubscribe));
      case Command.Publish publish -> publish(to, publish);
      case Command.Ping ping -> onLoop(to, () -> to.done(ping.id(), "ping"));
      case Command.Other other ->
          refuse(to, other, other.isKnown() ? Refusal.NOT_AVAILABLE : Refusal.METHOD_NOT_FOUND);
    }
  }

  private static void refuse(Client client, Command command, Refusal why)
      throws InterruptedException {
    onLoop(client, () -> client.refuse(command.id(), why));
  }

  // ---- who it is

  private void connect(Client to, Command.Connect command) throws InterruptedException {
    var tokens = config.tokens();
    if (tokens == null || (command.token().isEmpty() && config.anonymous())) {
      admit(to, command, null);
      return;
    }
    switch (tokens.verify(command.token())) {
      case Verified.Valid valid -> admit(to, command, valid.claims());
      case Verified.Expired _ -> refuse(to, command, Refusal.TOKEN_EXPIRED);
      case Verified.Invalid _ -> to.close(Goodbye.INVALID_TOKEN);
    }
  }

  private void admit(Client to, Command.Connect command, @Nullable Claims claims)
      throws InterruptedException {
    var subject = claims == null ? null : claims.subject();
    if (subject != null && subject.length() > MOST_USER_CHARS) {
      to.close(Goodbye.INVALID_TOKEN);
      return;
    }
    connected = true;
    user = subject == null ? "" : subject;
    var expires = claims == null ? null : claims.expires();
    onLoop(to, () -> to.connect(command.id(), expires));
  }

  // ---- what it wants

  private void subscribe(Client to, Command.Subscribe command) throws InterruptedException {
    var refusal = refusal(command);
    if (refusal == null) onLoop(to, () -> to.subscribe(command));
    else refuse(to, command, refusal);
  }

  /// A token of its own lets a client into a channel; else whoever was named decides.
  private @Nullable Refusal refusal(Command.Subscribe command) {
    var tokens = config.tokens();
    if (!command.token().isEmpty() && tokens != null) {
      return switch (tokens.verify(command.token())) {
        case Verified.Valid valid when isFor(valid.claims(), command.channel()) -> null;
        case Verified.Expired _ -> Refusal.TOKEN_EXPIRED;
        case Verified.Valid _, Verified.Invalid _ -> Refusal.PERMISSION_DENIED;
      };
    }
    boolean may =
        config.access().allows(user, Right.SUBSCRIBE, command.channel())
            && (command.from() == null
                || config.access().allows(user, Right.REPLAY, command.channel()));
    return may ? null : Refusal.PERMISSION_DENIED;
  }

  private boolean isFor(Claims claims, String channel) {
    var subject = claims.subject();
    return channel.equals(claims.text("channel")) && user.equals(subject == null ? "" : subject);
  }

  private void publish(Client to, Command.Publish command) throws InterruptedException {
    var refusal =
        config.access().allows(user, Right.PUBLISH, command.channel())
            ? refusal(hub.publish(command.channel(), PushFormat.publication(command.data())))
            : Refusal.PERMISSION_DENIED;
    if (refusal == null) onLoop(to, () -> to.done(command.id(), "publish"));
    else refuse(to, command, refusal);
  }

  private static @Nullable Refusal refusal(Published published) {
    return switch (published) {
      case Published.Accepted _ -> null;
      case Published.RateLimited _ -> Refusal.TOO_MANY_REQUESTS;
      case Published.TooLarge _ -> Refusal.LIMIT_EXCEEDED;
      case Published.NoSuchTopic _ -> Refusal.UNKNOWN_CHANNEL;
      case Published.Unfit _ -> Refusal.BAD_REQUEST;
      case Published.Full _, Published.TooManyTopics _, Published.Closed _ -> Refusal.INTERNAL;
    };
  }
}
