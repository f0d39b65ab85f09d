package io.tidegate.proof.peers;

import io.helidon.common.buffers.BufferData;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;
import java.io.IOException;

/// Helidon SE: a virtual thread a connection.
public final class HelidonPeer {
  private static final byte[] TEXT = Contract.text();

  private HelidonPeer() {}

  /// Serves until it is ended.
  public static void main(String... arguments) {
    var address = Contract.address(arguments);
    var server =
        WebServer.builder()
            .host(address.getHostString())
            .port(address.getPort())
            .addRouting(
                HttpRouting.builder()
                    .get(Contract.BYTES + "{count}", HelidonPeer::bytes)
                    .any(HelidonPeer::hello))
            .addRouting(WsRouting.builder().endpoint(Contract.SOCKET, new Echo()))
            .build()
            .start();
    Contract.ready("helidon", server.port());
  }

  private static void hello(ServerRequest request, ServerResponse response) {
    request.content().consume();
    response.header(HeaderValues.CONTENT_TYPE_TEXT_PLAIN).send(TEXT);
  }

  private static void bytes(ServerRequest request, ServerResponse response) throws IOException {
    long count = Contract.count(request.path().path());
    response.contentLength(count);
    try (var out = response.outputStream()) {
      Contract.write(out, count);
    }
  }

  private static final class Echo implements WsListener {
    @Override
    public void onMessage(WsSession session, String text, boolean last) {
      var _ = session.send(text, last);
    }

    @Override
    public void onMessage(WsSession session, BufferData buffer, boolean last) {
      var _ = session.send(buffer, last);
    }
  }
}
