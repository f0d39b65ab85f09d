package io.tidegate.examples;

import io.tidegate.server.HttpServer;
import java.io.IOException;

/// The smallest server: `curl http://127.0.0.1:8080/hello/you`.
public final class Hello {
  private Hello() {}

  static HttpServer start(int port) throws IOException {
    return HttpServer.start(s ->
        s.listen("127.0.0.1", port)
            .get("/", _ -> "hello")
            .get("/hello/{name}", call -> "hello, " + call.path("name")));
  }

  /// Serves on port 8080 until the process is stopped.
  public static void main(String... arguments) throws IOException {
    try (var server = start(8080)) {
      server.ended().toCompletableFuture().join();
    }
  }
}
