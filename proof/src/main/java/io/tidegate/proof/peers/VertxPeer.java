package io.tidegate.proof.peers;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import java.net.InetSocketAddress;

/// Vert.x: one server on one event loop, with its handler on that or on a virtual thread.
public final class VertxPeer {
  /// Argument for a handler that may block: on a virtual thread, as Vert.x has them.
  public static final String BLOCKING = "blocking";

  private static final Buffer TEXT = Buffer.buffer(Contract.text());
  private static final Buffer PIECE = Buffer.buffer(new byte[16 * 1024]);

  private VertxPeer() {}

  /// Serves until it is ended.
  ///
  /// @param arguments the port, and [#BLOCKING] or nothing
  public static void main(String... arguments) {
    var vertx = Vertx.vertx();
    var address = Contract.address(arguments);
    boolean blocks = arguments.length > 1 && arguments[1].equals(BLOCKING);
    var onThreads = new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);
    var up =
        blocks
            ? vertx.deployVerticle(_ -> serve(vertx, address), onThreads)
            : serve(vertx, address);
    var _ = up.onFailure(VertxPeer::end).await(); // its loop has no thread before
  }

  private static Future<HttpServer> serve(Vertx vertx, InetSocketAddress address) {
    return vertx
        .createHttpServer()
        .requestHandler(VertxPeer::answer)
        .webSocketHandler(VertxPeer::echo)
        .listen(address.getPort(), address.getHostString())
        .onSuccess(server -> Contract.ready("vertx", server.actualPort()));
  }

  private static void end(Throwable fault) {
    System.err.println("no listener: " + fault);
    System.exit(1);
  }

  private static void answer(HttpServerRequest request) {
    var response = request.response();
    var path = request.path();
    if (path != null && path.startsWith(Contract.BYTES)) {
      long count = Contract.count(path);
      var _ = response.putHeader("content-length", Long.toString(count));
      send(response, count);
      return;
    }
    var _ =
        request.endHandler(_ -> {
          var _ = response.putHeader("content-type", Contract.TEXT_TYPE).end(TEXT);
        });
  }

  /// Writes as much as there is room for, and goes on when there is room again.
  private static void send(HttpServerResponse response, long count) {
    long left = count;
    while (left > 0 && !response.closed()) {
      if (response.writeQueueFull()) {
        long rest = left;
        var _ = response.drainHandler(_ -> send(response, rest));
        return;
      }
      int length = (int) Math.min(left, PIECE.length());
      var _ = response.write(PIECE.slice(0, length));
      left -= length;
    }
    if (!response.closed()) {
      var _ = response.end();
    }
  }

  private static void echo(ServerWebSocket socket) {
    var _ =
        socket.textMessageHandler(text -> {
          var _ = socket.writeTextMessage(text);
        });
    var _ =
        socket.binaryMessageHandler(bytes -> {
          var _ = socket.writeBinaryMessage(bytes);
        });
  }
}
