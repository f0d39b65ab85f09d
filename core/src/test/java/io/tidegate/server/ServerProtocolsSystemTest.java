package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.h2.H2Spec;
import io.tidegate.http.h2.Http2Limits;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemPair;
import io.tidegate.testkit.RawHttp2;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.TestAuthority;
import io.tidegate.websocket.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProtocolsSystemTest {
  private static final int INITIAL_WINDOW_SIZE = 4;

  @TempDir private Path folder;

  private PemCertificates certificates(TestAuthority authority) throws Exception {
    var issued = authority.issue("DNS:localhost");
    return PemCertificates.open(List.of(new PemPair(issued.certificate(), issued.key())));
  }

  private String curl(String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20"));
    command.addAll(List.of(arguments));
    var out = folder.resolve("curl");
    var child =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return Files.readString(out);
  }

  @Test
  void curlSpeaksBothVersionsWithAndWithoutTls() throws Exception {
    var authority = TestAuthority.in(folder);
    var certificates = certificates(authority);
    try (var rig =
        new ServerRig(s ->
            s.listen("127.0.0.1", 0, certificates)
                .get("/", call -> "over " + call.authority())
                .post("/echo", call -> call.body().stream(1 << 20)))) {
      int clear = rig.address().getPort();
      int secure = rig.server.addresses().getLast().getPort();
      var ca = authority.file().toString();
      var url = "https://localhost:" + secure + "/";
      var said = "%{http_version} %{http_code}";

      assertThat(curl("-w", said, "http://127.0.0.1:" + clear + "/")).endsWith("1.1 200");
      assertThat(curl("--http2-prior-knowledge", "-w", said, "http://127.0.0.1:" + clear + "/"))
          .isEqualTo("over 127.0.0.1:" + clear + "2 200");
      assertThat(curl("--cacert", ca, "-w", said, url))
          .isEqualTo("over localhost:" + secure + "2 200");
      assertThat(curl("--cacert", ca, "--http1.1", "-w", said, url)).endsWith("1.1 200");
      assertThat(curl("--cacert", ca, "--data-binary", "sent over h2", url + "echo"))
          .isEqualTo("sent over h2");
    }
  }

  @Test
  void h2specFindsNothingInTheServerOverTls() throws Exception {
    var certificates = certificates(TestAuthority.in(folder));
    try (var rig =
        new ServerRig(s ->
            s.listen("127.0.0.1", 0, certificates).mount("/", ServerProtocolsSystemTest::any))) {

      H2Spec.passesAll(folder, rig.server.addresses().getLast().getPort(), H2Spec.Over.TLS);
    }
  }

  private static Answer any(Call call) throws IOException {
    return Answer.text(call.method() + " " + call.body().bytes(1 << 20).length + "\n");
  }

  @Test
  void aServerHasTheLimitsOfHttp2ThatItWasGiven() throws Exception {
    var leave = new CountDownLatch(1);
    Handler late =
        _ -> {
          leave.await();
          return "late";
        };
    try (var rig = new ServerRig(s -> s.http2(Http2Limits.DEFAULT.withStreams(2)).get("/", late));
        var peer = RawHttp2.open(rig.address())) {
      for (int stream = 1; stream <= 5; stream += 2) peer.get(stream, "/");

      assertThat(peer.awaitReset(5)).isEqualTo(RawHttp2.REFUSED_STREAM);
      leave.countDown();
    }
  }

  @Test
  void aPeerThatResetsItsStreamsHasNoMoreHandlersAtWorkThanItMayHaveStreams() throws Exception {
    var leave = new CountDownLatch(1);
    var entered = new java.util.concurrent.atomic.AtomicInteger();
    try (var rig =
            new ServerRig(s ->
                s.get(
                    "/",
                    _ -> {
                      var _ = entered.incrementAndGet();
                      leave.await();
                      return "late";
                    }));
        var peer = RawHttp2.open(rig.address())) {
      for (int i = 0; i < 150; i++) {
        int stream = 1 + 2 * i;
        peer.get(stream, "/");
        peer.sendWord(RawHttp2.RST_STREAM, stream, 8);
      }

      ServerRig.await("handlers", () -> entered.get() >= 100);
      assertThat(entered.get()).isEqualTo(100);
      leave.countDown();
    }
  }

  /// Together they are more than a connection may hold.
  @Test
  void answersOfManyStreamsWaitForAPeerThatGivesNoCredit() throws Exception {
    int streams = 60;
    int bytes = 60_000;
    try (var rig = new ServerRig(s -> s.get("/", _ -> new byte[bytes]));
        var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 0)) {
      for (int i = 0; i < streams; i++) peer.get(1 + 2 * i, "/");
      for (int i = 0; i < streams; i++)
        assertThat(peer.await(frame -> frame.type() == RawHttp2.HEADERS).status()).isEqualTo(200);

      peer.sendWord(RawHttp2.WINDOW_UPDATE, 0, streams * bytes);
      for (int i = 0; i < streams; i++) peer.sendWord(RawHttp2.WINDOW_UPDATE, 1 + 2 * i, bytes);

      int got = 0;
      for (int ended = 0; ended < streams; ) {
        var frame = peer.await(each -> each.type() == RawHttp2.DATA);
        got += frame.bytes();
        if (frame.ends()) ended++;
      }
      assertThat(got).isEqualTo(streams * bytes);
    }
  }

  @Test
  void aWebSocketIsServedStraightOnAThread() throws Exception {
    try (var rig =
            new ServerRig(s ->
                s.webSocket(
                    "/echo",
                    socket -> {
                      for (Message message : socket) {
                        var _ = socket.send(message);
                      }
                    }));
        var socket = RawWebSocket.open(rig.address(), "x", "/echo")) {
      socket.sendText("one");
      assertThat(new String(socket.read().payload(), StandardCharsets.UTF_8)).isEqualTo("one");

      socket.sendClose(1000, "");

      assertThat(socket.awaitCloseCode(ServerRig.PATIENCE)).isEqualTo(1000);
    }
  }

  @Test
  void aFilterGuardsWebSocketsToo() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.filter((call, next) ->
                    call.field("X-Key") == null
                        ? Answer.text("no key\n").withStatus(403)
                        : next.answer(call))
                .webSocket(
                    "/echo",
                    socket -> {
                      for (Message message : socket) {
                        var _ = socket.send(message);
                      }
                    }))) {
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> RawWebSocket.open(rig.address(), "x", "/echo"))
          .hasMessageContaining("403");

      try (var socket = RawWebSocket.open(rig.address(), "x", "/echo", "X-Key: y")) {
        socket.sendText("in");
        assertThat(new String(socket.read().payload(), StandardCharsets.UTF_8)).isEqualTo("in");
      }
    }
  }
}
