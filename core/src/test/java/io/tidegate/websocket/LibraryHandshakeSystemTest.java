package io.tidegate.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.server.Answer;
import io.tidegate.server.Handler;
import io.tidegate.server.ServerRig;
import io.tidegate.websocket.frame.CloseFrame;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The corpus of handshakes through the library's server: nothing is started before a handshake is
/// fully valid, by handlers of either kind.
class LibraryHandshakeSystemTest {
  private static final String RIGHT =
      "GET / HTTP/1.1|Host: a|"
          + HandshakeCorpus.UPGRADE
          + HandshakeCorpus.KEY
          + HandshakeCorpus.VERSION;

  private final AtomicInteger started = new AtomicInteger();

  private final class Counting implements WebSocketListener {
    @Override
    public void opened(WebSocket socket) {
      started.incrementAndGet();
    }

    @Override
    public void message(WebSocket socket, Message message) {
      started.incrementAndGet();
    }

    @Override
    public void closed(WebSocket socket, CloseFrame how) {}
  }

  private void refusesAll(ServerRig rig) throws Exception {
    for (var one : HandshakeCorpus.wrong().toList()) {
      var fault = one.get()[0];
      try (var peer = rig.raw()) {
        peer.send(String.valueOf(one.get()[1]).replace("|", "\r\n") + "\r\n");

        assertThat(peer.head().status()).as("%s", fault).isBetween(400, 499);
      }
    }
    assertThat(started).hasValue(0);
    try (var peer = rig.raw()) {
      peer.send(RIGHT.replace("|", "\r\n") + "\r\n");
      assertThat(peer.head().status()).isEqualTo(101);
    }
    ServerRig.await("the right one is started", () -> started.get() == 1);
  }

  @Test
  void aStraightHandlerIsStartedForARightHandshakeOnly() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.webSocket(
                "/",
                socket -> {
                  started.incrementAndGet();
                  for (var message : socket) assertThat(message).isNotNull();
                }))) {
      refusesAll(rig);
    }
  }

  @Test
  void aListenerFromAThreadIsStartedForARightHandshakeOnly() throws Exception {
    try (var rig =
        new ServerRig(
            s -> s.get("/", _ -> Answer.webSocket(WebSocketConfig.DEFAULT, new Counting())))) {
      refusesAll(rig);
    }
  }

  @Test
  void aListenerFromTheLoopIsStartedForARightHandshakeOnly() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get(
                "/",
                Handler.onLoop(_ -> Answer.webSocket(WebSocketConfig.DEFAULT, new Counting()))))) {
      refusesAll(rig);
    }
  }
}
