package io.tidegate.proof.hub;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.outlet.HubRoutes;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.WriteLimits;
import io.tidegate.server.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Our hub with one topic, to which a timer in this process publishes: the library as an embedder
/// would write it, hub, topic and sockets with their defaults, and the stall deadline that the
/// command `tidegate hub` has.
public final class HubServer {
  static final String TOPIC = "bench";
  static final Duration STALL = Duration.ofSeconds(10);

  private HubServer() {}

  /// Serves until it is ended.
  ///
  /// @param arguments messages a second, bytes of each, how many in a row, how many subscribers it
  ///   waits for
  public static void main(String... arguments) throws IOException {
    int rate = Integer.parseInt(arguments[0]);
    int bytes = Integer.parseInt(arguments[1]);
    int burst = Integer.parseInt(arguments[2]);
    int least = Integer.parseInt(arguments[3]);
    var address = new InetSocketAddress("127.0.0.1", 0);
    var usual = WriteLimits.DEFAULT;
    var limits = new WriteLimits(STALL, usual.leastBytesPerSecond(), usual.rateWindow());
    var listener = ListenerConfig.forVisitors(address).withWriteLimits(limits);
    try (var hub = Hub.open(HubConfig.DEFAULT.withTopic("*", TopicKind.Log.DEFAULT));
        var server =
            HttpServer.start(s ->
                s.listen(listener)
                    .loops(LoopsConfig.forCommand("hub"))
                    .get("/ws/{topic}", HubRoutes.of(hub).webSocket()))) {
      var _ =
          Beat.start(
              rate,
              bytes,
              burst,
              new Gate(least, () -> (int) hub.figures().subscriptions()),
              message -> {
                var _ = hub.publish(TOPIC, Publication.binary(message));
              });
      System.out.println("hub ready at http://127.0.0.1:" + server.address().getPort() + "/");
      System.out.flush();
      var _ = server.ended().toCompletableFuture().join();
    }
  }
}
