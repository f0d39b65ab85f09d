package io.tidegate.server;

import io.tidegate.ledger.Census;
import io.tidegate.net.Loops;
import io.tidegate.observe.Health;
import io.tidegate.observe.PrometheusPage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Handlers that show a server from inside, to be mounted where only its operator can reach them.
public final class Diagnostics {
  private Diagnostics() {}

  /// All figures in Prometheus' text format.
  public static Handler metrics() {
    return call ->
        Answer.text(PrometheusPage.of(loops(call))).withType(PrometheusPage.CONTENT_TYPE);
  }

  /// 200 if every event loop turns, 503 if one has not answered within [Health#PATIENCE].
  public static Handler health() {
    return call -> turns(call) ? "ok\n" : Answer.text("a loop does not turn\n").withStatus(503);
  }

  private static boolean turns(Call call) throws InterruptedException, ExecutionException {
    var answer = new CompletableFuture<Boolean>();
    var home = call.exchange().connection().loop();
    if (!home.later(() -> Health.ask(loops(call), home, answer::complete))) return false;
    try {
      return answer.get(2 * Health.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException stuck) {
      return false; // it is this loop that does not turn
    }
  }

  /// Who holds how much, account by account, as text. Drawn anew each time: its size is that of the
  /// tree, a line a connection.
  public static Handler census() {
    return call -> Census.of(loops(call).root()).toString();
  }

  private static Loops loops(Call call) {
    return call.exchange().connection().loop().loops();
  }
}
