package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Whether those who get little wait behind those who get much, on one loop, over sockets.
class HubFairnessSystemTest {
  private static final int VIEWERS = 50;
  private static final int PICTURES = 21;
  private static final byte[] PICTURE = new byte[160_000];

  private final AtomicInteger arrived = new AtomicInteger();

  private static RawWebSocket open(ServerRig rig, String topic) throws IOException {
    return RawWebSocket.open(rig.address(), "127.0.0.1:" + rig.address().getPort(), "/ws/" + topic);
  }

  private static WebSocketFrame read(RawWebSocket from) throws IOException {
    var frame = from.read(ServerRig.PATIENCE);
    return frame.opcode() == WebSocketFrame.PING ? read(from) : frame;
  }

  private Integer view(RawWebSocket socket) throws IOException {
    try (socket) {
      for (int i = 0; i < PICTURES; i++) {
        assertThat(read(socket).payload()).hasSize(PICTURE.length);
        var _ = arrived.incrementAndGet();
      }
      return PICTURES;
    }
  }

  /// In every round the picture is published first, and both before the loop hands out either.
  @Test
  void aShortMessagePassesThePicturesOfOthersThatWerePublishedBeforeIt() throws Exception {
    try (var hub =
            Hub.open(
                HubConfig.DEFAULT
                    .withTopic("cam", TopicKind.Latest.DEFAULT)
                    .withTopic("chat", TopicKind.Log.DEFAULT));
        var rig = new ServerRig(s -> s.get("/ws/{topic}", HubRoutes.of(hub).webSocket()));
        var threads = Executors.newVirtualThreadPerTaskExecutor();
        var chat = open(rig, "chat")) {
      var viewers = new ArrayList<Future<Integer>>();
      for (int i = 0; i < VIEWERS; i++) {
        var socket = open(rig, "cam");
        viewers.add(threads.submit(() -> view(socket)));
      }
      ServerRig.await("subscribed", () -> hub.figures().subscriptions() == VIEWERS + 1);
      var loop = rig.server.loops().loop(0);
      var seenBefore = new ArrayList<Integer>();
      for (int i = 0; i < PICTURES; i++) {
        int before = i * VIEWERS;
        var text = "x".repeat(100);

        var _ =
            loop.run(() -> {
              var _ = hub.publish("cam", Publication.binary(PICTURE));
              var _ = hub.publish("chat", Publication.text(text));
            });
        assertThat(new String(read(chat).payload(), UTF_8)).isEqualTo(text);

        seenBefore.add(arrived.get() - before);
        ServerRig.await("pictures", () -> arrived.get() == before + VIEWERS);
      }
      for (var viewer : viewers) assertThat(viewer.get(10, TimeUnit.SECONDS)).isEqualTo(PICTURES);
      seenBefore.removeFirst(); // nobody was known to get much
      var sorted = seenBefore.stream().sorted().toList();
      Figures.note(
          "fairness: of 50 pictures, before the short message that was published behind them: "
              + sorted);
      assertThat(sorted.get(sorted.size() / 2)).isLessThan(VIEWERS / 5);
    }
  }
}
