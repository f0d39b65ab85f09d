package io.tidegate.client.pool;

import io.tidegate.client.ConnectFailure;
import io.tidegate.client.Opener;
import io.tidegate.http.message.Fields;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens the connections of a pool, runs its user's code for them, and tells its supervisor, on the
/// pool's home, what becomes of both.
final class Contacts implements Supervisor.Dial {
  private static final Logger LOG = LoggerFactory.getLogger(Contacts.class);

  private final Opener opener;
  private final WebSocketListener user;
  private final PoolHooks hooks;
  private final Predicate<Runnable> threads;
  private final Executor home;
  private final Consumer<Fields> fields;
  private @Nullable Supervisor supervisor;

  /// `home` runs tasks one after the other, later; `threads` starts one and says whether it could;
  /// `fields` takes what requests carry from then on.
  Contacts(
      Opener opener,
      WebSocketListener user,
      PoolHooks hooks,
      Predicate<Runnable> threads,
      Executor home,
      Consumer<Fields> fields) {
    this.opener = opener;
    this.user = user;
    this.hooks = hooks;
    this.threads = threads;
    this.home = home;
    this.fields = fields;
  }

  /// Names who is told.
  void tell(Supervisor who) {
    supervisor = who;
  }

  void tell(Consumer<Supervisor> what) {
    home.execute(() -> {
      if (supervisor != null) what.accept(supervisor);
    });
  }

  WebSocketListener user() {
    return user;
  }

  PoolHooks hooks() {
    return hooks;
  }

  @Override
  public Line open(Tenure tenure, @Nullable Line old) {
    var contact = new Contact(this, tenure, old instanceof Contact before ? before : null);
    try {
      contact.begin(opener.open(tenure.target.uri(), contact, new Heard(contact)));
    } catch (RuntimeException fault) {
      LOG.error("A connection could not be begun.", fault);
      var why =
          new ConnectFailure(ConnectFailure.Step.RESOLVE, true, 0, null, String.valueOf(fault));
      tell(to -> to.failed(tenure, why));
    }
    return contact;
  }

  /// Hears of an attempt, on some loop.
  private record Heard(Contact contact) implements Opener.Outcome {
    @Override
    public void opened(WebSocket socket) {
      contact.stands(socket);
    }

    @Override
    public void failed(ConnectFailure why) {
      contact.failed(why);
    }
  }

  @Override
  public void refresh(Endpoints.Target target, ConnectFailure why) {
    var started =
        threads.test(() -> {
          target.refreshing = Thread.currentThread();
          try {
            var fresh = hooks.refreshToken(target.uri(), why);
            if (fresh == null) return;
            fields.accept(fresh);
            tell(to -> to.refreshed(target));
          } catch (Exception fault) {
            if (fault instanceof InterruptedException) Thread.currentThread().interrupt();
            LOG.warn("No new token for {}.", target.uri(), fault);
          } finally {
            target.refreshing = null;
          }
        });
    if (!started) target.wasAskedForToken = false;
  }
}
