package io.tidegate.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({Balanced.class, Quiet.class})
class ProxyStageSystemTest {
  private static final InetAddress PROXY = InetAddress.ofLiteral("127.0.0.5");
  private static final String LINE = "PROXY TCP4 192.0.2.7 1.1.1.1 4242 80\r\n";

  /// A listener that believes one proxy; each connection that got past its header is in `passed`.
  private static final class Door implements AutoCloseable {
    final LinkedBlockingQueue<Connection> passed = new LinkedBlockingQueue<>();
    final Listener listener;

    Door(Rig rig, UnaryOperator<ListenerConfig> with) throws IOException {
      this(rig, with, ProxyLimits.DEFAULT);
    }

    Door(Rig rig, UnaryOperator<ListenerConfig> with, ProxyLimits limits) throws IOException {
      var proxy = new ProxyStage(PROXY::equals, limits);
      listener = Listener.open(rig.loops, with.apply(Rig.local()), List.of(proxy, last()));
    }

    private Stage last() {
      return new Stage() {
        @Override
        public int heapPriceBytes() {
          return 0;
        }

        @Override
        public ByteStream.Reader start(Connection connection, Next next) {
          passed.add(connection);
          return Recorder.of(connection);
        }

        @Override
        public byte[] refusal(CutReason reason) {
          return reason.label().getBytes(ISO_8859_1);
        }
      };
    }

    Socket call(InetAddress from) throws IOException {
      var socket = new Socket();
      socket.bind(new InetSocketAddress(from, 0));
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(20_000);
      socket.connect(listener.address());
      return socket;
    }

    Connection next() throws InterruptedException {
      var connection = passed.poll(20, TimeUnit.SECONDS);
      if (connection == null) throw new AssertionError("nothing passed");
      return connection;
    }

    @Override
    public void close() {
      listener.close();
    }
  }

  private static Door door(Rig rig) throws IOException {
    return new Door(rig, config -> config);
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
  }

  @ParameterizedTest
  @EnumSource
  void aHeaderThatComesByteByByteIsBelievedAndWhatFollowsIsRead(Transport transport)
      throws Exception {
    var headers =
        List.of(LINE, ProxyHeaderTest.binary(1, 0x11, "\u00c0\0\2\7\1\1\1\1\u0010\u0092\0\u0050"));
    for (var header : headers) {
      try (var rig = new Rig(transport);
          var door = door(rig);
          var proxy = door.call(PROXY)) {
        for (int i = 0; i < header.length(); i++) send(proxy, header.substring(i, i + 1));
        var connection = door.next();
        send(proxy, "hello");

        Rig.await("the rest", () -> recorder(connection).receivedBytes() == 5);
        assertThat(connection.peer()).isEqualTo("192.0.2.7:4242");
        assertThat(connection.account().held(Purse.HEAP)).isEqualTo(Connection.HEAP_PRICE);
      }
    }
  }

  private static Recorder recorder(Connection connection) {
    try {
      return (Recorder) Rig.on(connection.loop(), connection::reader);
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  @ParameterizedTest
  @EnumSource
  void headerAndRequestInOnePieceArriveWhole(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = door(rig);
        var proxy = door.call(PROXY)) {
      send(proxy, LINE + "hello");
      var connection = door.next();

      Rig.await("the rest", () -> recorder(connection).receivedBytes() == 5);
      assertThat(new String(recorder(connection).received(), ISO_8859_1)).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aMissingOrMalformedHeaderOfAProxyIsCutByName(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = door(rig);
        var silent = door.call(PROXY);
        var wrong = door.call(PROXY)) {
      send(silent, "GET / HTTP/1.1\r\n\r\n");
      send(wrong, "PROXY TCP4 192.0.2.7\r\n");

      Rig.await("both are cut", () -> rig.loops.cuts(CutReason.BAD_PROXY_HEADER) == 2);
      assertThat(door.passed).isEmpty();
    }
  }

  @Test
  void aHeaderThatTricklesIsCutInItsTime() throws Exception {
    var clock = new FakeTicker();
    try (var rig = new Rig(Transport.best(), 1, Rig.PLENTY, clock);
        var door = door(rig);
        var proxy = door.call(PROXY)) {
      send(proxy, "PROXY ");
      Rig.await("read", () -> door.listener.connectionCount() == 1);
      Rig.run(rig.loops.loop(0), () -> {});
      clock.advance(Duration.ofSeconds(9));
      send(proxy, "TCP4");
      clock.advance(Duration.ofSeconds(1));

      Rig.await("cut", () -> rig.loops.cuts(CutReason.HEAD_TIMEOUT) == 1);
    }
  }

  /// A header of 2 GiB would end the loop, or the process, if it were made before it is paid for.
  @Test
  void aHeaderThatCannotBePaidIsNotMade() throws Exception {
    var most = ProxyLimits.DEFAULT;
    var vast = new ProxyLimits(Integer.MAX_VALUE - 512, most.payloadBytes(), most.timeout());
    try (var rig = new Rig(Transport.best());
        var door = new Door(rig, UnaryOperator.identity(), vast);
        var proxy = door.call(PROXY)) {
      Rig.await("cut", () -> rig.loops.cuts(CutReason.MEMORY_REFUSED) == 1);

      assertThatIOException().isThrownBy(() -> proxy.getInputStream().read());
      assertThat(door.passed).isEmpty();
    }
  }

  @Test
  void nobodyElseIsBelieved() throws Exception {
    try (var rig = new Rig(Transport.best());
        var door = door(rig);
        var stranger = door.call(InetAddress.ofLiteral("127.0.0.6"))) {
      send(stranger, LINE);
      var connection = door.next();

      Rig.await(
          "its bytes are its own", () -> recorder(connection).receivedBytes() == LINE.length());
      assertThat(connection.peer()).startsWith("127.0.0.6:");
    }
  }

  @Test
  void theAddressThatIsNamedCountsAndTheProxysOwnDoesNot() throws Exception {
    try (var rig = new Rig(Transport.best());
        var door = new Door(rig, config -> config.withMaxPerAddress(2));
        var first = door.call(PROXY);
        var second = door.call(PROXY);
        var third = door.call(PROXY);
        var other = door.call(PROXY)) {
      send(first, LINE);
      send(second, LINE);
      var one = door.next();
      var _ = door.next();
      send(third, LINE);

      assertThat(new String(third.getInputStream().readAllBytes(), ISO_8859_1))
          .isEqualTo("address_limit");
      send(other, LINE.replace("192.0.2.7", "192.0.2.8"));
      assertThat(door.next().peer()).startsWith("192.0.2.8:");
      assertThat(rig.loops.cuts(CutReason.ADDRESS_LIMIT)).isEqualTo(1);
      third.close();
      Rig.run(one.loop(), () -> one.reset(CutReason.OPERATOR));
      Rig.await("there is room again", () -> door.listener.connectionCount() == 2);
      try (var again = door.call(PROXY)) {
        send(again, LINE);
        assertThat(door.next().peer()).isEqualTo("192.0.2.7:4242");
      }
    }
  }
}
