package io.tidegate.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The corpus of handshakes through a whole server: nothing is started for a wrong one.
@ExtendWith(Balanced.class)
class HandshakeSystemTest {
  private final WebSocketRig.Echo echo = new WebSocketRig.Echo();

  private int statusOf(String lines) throws Exception {
    try (var rig = new WebSocketRig(WebSocketConfig.DEFAULT, echo);
        var peer = rig.http.client()) {
      peer.send(lines.replace("|", "\r\n") + "\r\n");
      return peer.head().status();
    }
  }

  @ParameterizedTest
  @MethodSource("io.tidegate.websocket.HandshakeCorpus#wrong")
  void aWrongRequestIsRefusedAndStartsNothing(String fault, String request, String status)
      throws Exception {
    assertThat(statusOf(request)).as(fault).isBetween(400, 499);
    assertThat(echo.seen).isEmpty();
  }

  @Test
  void tokensAreCaseInsensitiveAndMayStandInAList() throws Exception {
    var request =
        "GET / HTTP/1.1|host: a|UPGRADE: h2c, WebSocket|connection: keep-alive, UPGRADE|"
            + HandshakeCorpus.KEY
            + HandshakeCorpus.VERSION;

    assertThat(statusOf(request)).isEqualTo(101);
  }

  @Test
  void anUnknownSubprotocolIsIgnored() throws Exception {
    var request =
        "GET / HTTP/1.1|Host: a|"
            + HandshakeCorpus.UPGRADE
            + HandshakeCorpus.KEY
            + HandshakeCorpus.VERSION
            + "Sec-WebSocket-Protocol: other|";

    assertThat(statusOf(request)).isEqualTo(101);
  }
}
