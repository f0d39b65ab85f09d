package io.tidegate.proof.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.proof.Children;
import io.tidegate.proof.ServerProcess;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every server of another stack, in a process of its own. They start all at once.
class StackSystemTest {
  private static final List<String> FAST_START =
      List.of(
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-Xmx64m",
          "--enable-native-access=ALL-UNNAMED");

  private static final Children CHILDREN = new Children();
  private static final Map<Stack, Future<ServerProcess>> STARTED = new EnumMap<>(Stack.class);

  @BeforeAll
  static void startAll() {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var stack : Stack.values()) {
        STARTED.put(stack, threads.submit(() -> stack.start(CHILDREN, FAST_START)));
      }
    }
  }

  @AfterAll
  static void endAll() {
    CHILDREN.close();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA_WEBSOCKET")
  void itAnswersHelloBehindAWholeBody(Stack stack) throws IOException {
    try (var client = RawHttp.open(address(stack))) {
      client.send(
          "POST /some/where HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345"
              + "GET / HTTP/1.1\r\nHost: h\r\n\r\n");

      for (var method : List.of("POST", "GET")) {
        var head = client.finalHead();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.first("Content-Type")).startsWith("text/plain");
        assertThat(client.body(head, method).text()).isEqualTo("Hello, world!");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "JAVA_WEBSOCKET")
  void itAnswersAsManyBytesAsAreAskedFor(Stack stack) throws IOException {
    try (var client = RawHttp.open(address(stack))) {
      client.send("GET /bytes/1000001 HTTP/1.1\r\nHost: h\r\n\r\n");

      var head = client.finalHead();
      assertThat(client.body(head, "GET").drain().bytes()).isEqualTo(1_000_001);
    }
  }

  @ParameterizedTest
  @EnumSource
  void itSendsTheMessagesOfAWebSocketBack(Stack stack) throws IOException {
    try (var socket = RawWebSocket.open(address(stack), "h", "/ws")) {
      socket.sendText("hello");
      socket.sendBinary(new byte[] {1, 2, 3});

      assertThat(socket.read().text()).isEqualTo("hello");
      assertThat(socket.read().payload()).containsExactly(1, 2, 3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void itsVersionIsThatOfItsJar(Stack stack) {
    assertThat(stack.version()).matches("\\d+\\.\\d+.*");
  }

  private static InetSocketAddress address(Stack stack) {
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(),
        Objects.requireNonNull(STARTED.get(stack)).resultNow().port());
  }
}
