package io.tidegate.examples;

import io.tidegate.client.ClientConfig;
import io.tidegate.client.WebSocketClient;
import io.tidegate.client.pool.PoolConfig;
import io.tidegate.client.pool.Route;
import io.tidegate.client.pool.WebSocketPool;
import io.tidegate.websocket.Message;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/// Keeps ten connections to the server that its first argument names, says hello by each key's own,
/// and prints what comes.
final class Feeds {
  private Feeds() {}

  public static void main(String... arguments) throws IOException, InterruptedException {
    var target = URI.create(arguments[0]);
    var config =
        PoolConfig.of(target, 10)
            .withTimes(
                PoolConfig.Times.DEFAULT.withLifetime(
                    Duration.ofSeconds(50), Duration.ofSeconds(5)))
            .withParking(1 << 20, Duration.ofSeconds(30));
    try (var client = WebSocketClient.start(ClientConfig.DEFAULT);
        var pool = WebSocketPool.open(client, config, (_, message) -> print(message))) {
      for (var key : new String[] {"tea", "salt", "tin"}) {
        IO.println(key + ": " + pool.send("hello " + key, Route.sticky(key)));
      }
      if (!pool.awaitReady(10, Duration.ofSeconds(30))) IO.println(pool.state());
      IO.readln("Enter ends. ");
    }
  }

  private static void print(Message message) {
    if (message instanceof Message.Text text) IO.println(text.text());
  }
}
