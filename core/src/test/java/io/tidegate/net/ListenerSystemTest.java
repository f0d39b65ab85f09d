package io.tidegate.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ticker;
import io.tidegate.testkit.Balanced;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({Balanced.class, Quiet.class})
class ListenerSystemTest {
  private static String said(Socket client) throws IOException {
    return new String(client.getInputStream().readAllBytes(), US_ASCII);
  }

  @ParameterizedTest
  @EnumSource
  void oneTooManyHearsWhyAndThereIsRoomAgainWhenOneLeaves(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(config -> config.withMaxConnections(2), Recorder::of);
        var first = door.call();
        var _ = door.call()) {
      var one = door.next();
      var two = door.next();
      try (var third = door.call()) {
        assertThat(said(third)).isEqualTo(CutReason.CONNECTION_LIMIT.text());
      }
      var gone = first.getLocalPort() == portOf(one) ? one : two;
      Rig.run(gone.loop(), gone::end);
      first.shutdownOutput();
      Rig.await("one has left", () -> door.listener.connectionCount() == 1);

      try (var _ = door.call()) {
        assertThat(door.next().isClosed()).isFalse();
      }
      assertThat(rig.loops.cuts(CutReason.CONNECTION_LIMIT)).isEqualTo(1);
    }
  }

  private static int portOf(Connection connection) {
    return Integer.parseInt(connection.peer().substring(connection.peer().lastIndexOf(':') + 1));
  }

  @ParameterizedTest
  @EnumSource
  void ofThoseWithoutARequestTheOldestIsCut(Transport transport) throws Exception {
    var clients = new ArrayList<Socket>();
    try (var rig = new Rig(transport, 1, Rig.PLENTY, Ticker.SYSTEM);
        var door = rig.door(config -> config.withMaxConnections(12), Recorder::of)) {
      var requested = opened(door, clients);
      Rig.run(requested.loop(), requested::hasRequested);
      var connections = new ArrayList<Connection>();
      for (int i = 0; i < 8; i++) connections.add(opened(door, clients));

      for (int i = 0; i < 5; i++) {
        var cut = connections.get(i);
        Rig.await("the oldest is cut", cut::isClosed);
        var client = clients.get(i + 1);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
      }
      assertThat(connections.subList(5, 8)).noneMatch(Connection::isClosed);
      assertThat(requested.isClosed()).isFalse();
      assertThat(rig.loops.cuts(CutReason.OLDEST_INCOMPLETE)).isEqualTo(5);
    } finally {
      for (var client : clients) client.close();
    }
  }

  private static Connection opened(Rig.Door door, List<Socket> clients) throws Exception {
    clients.add(door.call());
    return door.next();
  }

  @ParameterizedTest
  @EnumSource
  void aFaultOfTheProtocolAtTheStartEndsThatConnectionOnly(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door =
            rig.door(_ -> {
              throw new IllegalStateException("test");
            })) {
      for (int i = 0; i < 3; i++) {
        try (var client = door.call()) {
          assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
        }
      }

      Rig.await("none is left", () -> door.listener.connectionCount() == 0);
      assertThat(Quiet.expect("A fault of ours")).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatCannotBePaidIsRefused(Transport transport) throws Exception {
    var budget = new Budget(1 << 20, 20 * Connection.HEAP_PRICE);
    var clients = new ArrayList<Socket>();
    try (var rig = new Rig(transport, 2, budget, Ticker.SYSTEM);
        var door = rig.door(Recorder::of)) {
      for (int i = 0; i < 30; i++) clients.add(door.call());
      var last = clients.getLast();

      var word = said(last);

      assertThat(word).isIn(CutReason.OVERLOADED.text(), CutReason.MEMORY_REFUSED.text());
      Rig.await("17 or 18 were let in", () -> door.listener.connectionCount() >= 16);
      assertThat(door.listener.connectionCount()).isLessThanOrEqualTo(20);
      for (var client : clients) client.close();
      door.close();
      var _ = Quiet.expect("Overload");
    } finally {
      for (var client : clients) client.close();
    }
    var _ = Quiet.expect("Overload");
  }

  /// On Linux also where our side neither writes nor ends; NIO hears of a reset only then.
  @ParameterizedTest
  @EnumSource
  void peersThatEndAndThenResetLeaveNothingBehind(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door =
            rig.door(connection ->
                switch (transport) {
                  case EPOLL -> Recorder.of(connection);
                  case NIO -> Splice.into(connection, connection);
                })) {
      for (int i = 0; i < 1000; i++) {
        try (var client = door.call()) {
          client.getOutputStream().write(1);
          client.shutdownOutput();
          client.setSoLinger(true, 0);
        }
      }

      Rig.await("none is left", () -> door.listener.connectionCount() == 0);
    }
  }

  @Test
  void drainWaitsForThoseThatAreOpen() throws Exception {
    try (var rig = new Rig(Transport.best());
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var drained =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  door.listener.drain(Duration.ofSeconds(20));
                } catch (InterruptedException ends) {
                  Thread.currentThread().interrupt();
                }
              });
      client.getOutputStream().write(1);
      Rig.await("it is still served", () -> connection.readBytes() == 1);
      client.shutdownOutput();
      Rig.run(connection.loop(), connection::end);

      assertThat(drained.join(Duration.ofSeconds(10))).isTrue();
      assertThat(rig.loops.cuts(CutReason.CLOSING)).isZero();
    }
  }

  /// As a socket does whose options the kernel refuses.
  @Test
  void whatFailsBetweenAcceptingAndServingKeepsNothing() throws Exception {
    Stage priceless =
        new Stage() {
          @Override
          public int heapPriceBytes() {
            return 0;
          }

          @Override
          public int directPriceBytes() {
            throw new IllegalStateException("test");
          }

          @Override
          public ByteStream.Reader start(Connection connection, Next next) {
            return next.start(connection);
          }

          @Override
          public byte[] refusal(CutReason reason) {
            return new byte[0];
          }
        };
    try (var rig = new Rig(Transport.best());
        var door = rig.door(config -> config, priceless, Recorder::of)) {
      for (int i = 0; i < 4; i++) {
        try (var client = door.call()) {
          assertThat(said(client)).isEmpty();
        }
      }

      Rig.await("no place is kept", () -> door.listener.connectionCount() == 0);
      rig.awaitZero();
      assertThat(Quiet.expect("Accepting ")).isEqualTo(4);
    }
  }
}
