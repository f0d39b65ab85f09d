package io.tidegate.client;

import static io.tidegate.client.ClientRig.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.WebSocketFrame;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.CloseFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Servers that mean harm: each costs its own connection, within the deadline, and is named; the
/// client's other connection goes on.
@ExtendWith(Balanced.class)
class HostileServersSystemTest {
  private static ClientRig rig() {
    return new ClientRig(HostileServers::strict);
  }

  /// Keeps the end, and nothing else.
  private static final class End implements WebSocketListener {
    private final CompletableFuture<CutReason> reason = new CompletableFuture<>();

    @Override
    public void message(WebSocket socket, Message message) {}

    @Override
    public void closed(WebSocket socket, CloseFrame how) {
      var cut = socket.cutReason();
      var _ =
          cut == null
              ? reason.completeExceptionally(new AssertionError("ended: " + how))
              : reason.complete(cut);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anOpenConnectionIsCutAndNoOther(HostileServers.Attack attack) throws Exception {
    try (var good = HostileServers.echo();
        var bad = new RawServer(attack::serve);
        var rig = rig();
        var other = rig.client.open(good.uri("/"))) {
      var told = new End();
      long began = System.nanoTime();

      var _ = rig.client.open(bad.uri("/"), told);

      assertThat(told.reason.get(20, TimeUnit.SECONDS)).isEqualTo(attack.reason);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(HostileServers.SOON);
      assertThat(rig.loops.cuts(CutReason.MEMORY_REFUSED)).isZero();
      assertThat(other.send("still here").isTaken()).isTrue();
      assertThat(ClientRig.text(other)).isEqualTo("still here");
      Eventually.await(
          PATIENCE, () -> "the attacker is there", () -> rig.loops.connectionCount() == 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneThatIsBeingOpenedFailsAndNoOther(HostileServers.BadAnswer answer) throws Exception {
    try (var good = HostileServers.echo();
        var bad = new RawServer(answer::serve);
        var rig = rig();
        var other = rig.client.open(good.uri("/"))) {
      long began = System.nanoTime();

      var failure = rig.failure(bad.uri("/"));

      assertThat(failure.step()).isEqualTo(Step.HANDSHAKE);
      assertThat(failure.reason()).contains(answer.words);
      assertThat(failure.lasting()).isFalse();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(HostileServers.SOON);
      assertThat(rig.loops.cuts(CutReason.MEMORY_REFUSED)).isZero();
      Eventually.await(
          PATIENCE, () -> "the attacker is there", () -> rig.loops.connectionCount() == 1);
      assertThat(other.send("still here").isTaken()).isTrue();
      assertThat(ClientRig.text(other)).isEqualTo("still here");
    }
  }

  @Test
  void aMessageThatPassesTheAccountCostsItsConnectionAlone() throws Exception {
    var roomy = WebSocketConfig.DEFAULT;
    try (var good = HostileServers.echo();
        var bad =
            new RawServer(peer -> {
              var _ = peer.accept("");
              peer.send(WebSocketFrame.of(2, new byte[500_000]).unmaskedBytes());
              peer.drain();
            });
        var rig =
            new ClientRig(c ->
                c.withWebSocket(roomy)
                    .withConnectionLimits(
                        new Budget(HostileServers.CEILING, HostileServers.CEILING)));
        var other = rig.client.open(good.uri("/"))) {
      var told = new End();

      var _ = rig.client.open(bad.uri("/"), told);

      assertThat(told.reason.get(20, TimeUnit.SECONDS)).isEqualTo(CutReason.MEMORY_REFUSED);
      assertThat(other.send("still here").isTaken()).isTrue();
      assertThat(ClientRig.text(other)).isEqualTo("still here");
    }
  }
}
