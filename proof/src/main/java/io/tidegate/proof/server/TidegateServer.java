package io.tidegate.proof.server;

import io.tidegate.files.StaticFiles;
import io.tidegate.server.Answer;
import io.tidegate.server.Handler;
import io.tidegate.server.HttpServer;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import java.io.IOException;
import java.nio.file.Path;

/// The library's server as an embedder would write it, all of it with its defaults: a line of text
/// at `/`, files below `/files/`, an echo by callbacks at `/ws`.
public final class TidegateServer {
  private static final String TEXT = "Hello, world!";

  private TidegateServer() {}

  /// Serves until it is ended.
  ///
  /// @param arguments `loop` or `blocking`, for the handler of `/`; then the directory of the files
  public static void main(String... arguments) throws IOException {
    Handler hello = arguments[0].equals("loop") ? Handler.onLoop(_ -> TEXT) : _ -> TEXT;
    var files = StaticFiles.of(Path.of(arguments[1]));
    WebSocketListener echo = TidegateServer::echo;
    try (var server =
        HttpServer.start(s ->
            s.listen("127.0.0.1", 0)
                .get("/", hello)
                .mount("/files", files)
                .get("/ws", _ -> Answer.webSocket(WebSocketConfig.DEFAULT, echo)))) {
      System.out.println("tidegate ready at http://127.0.0.1:" + server.address().getPort() + "/");
      System.out.flush();
      var _ = server.ended().toCompletableFuture().join();
    }
  }

  private static void echo(WebSocket socket, Message message) {
    var _ = socket.send(message);
  }
}
