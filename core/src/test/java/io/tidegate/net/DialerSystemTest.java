package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({Balanced.class, Quiet.class})
class DialerSystemTest {
  /// What became of the call, as a future.
  private static final class Result implements Dialer.Outcome {
    private final CompletableFuture<Connection> connected = new CompletableFuture<>();
    private final CompletableFuture<Dialer.Failure> failed = new CompletableFuture<>();

    @Override
    public ByteStream.Reader connected(Connection connection) {
      connected.complete(connection);
      return Recorder.of(connection);
    }

    @Override
    public void failed(Dialer.Failure failure) {
      assertThat(failed.complete(failure)).isTrue();
    }

    boolean isOpen() {
      return !connected.isDone() && !failed.isDone();
    }
  }

  private static Dialer dialer(Account account, Duration timeout) {
    return new Dialer(account, SocketOptions.APP, WriteLimits.DEFAULT, timeout);
  }

  private static AutoCloseable dial(Rig rig, Dialer dialer, InetSocketAddress to, Result result)
      throws Exception {
    var loop = rig.loops.loop(0);
    return Rig.on(loop, () -> dialer.dial(loop, to, result));
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatIsTakenIsChargedOnceAndGivenBackAtItsEnd(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var result = new Result();
      var call =
          dial(
              rig,
              dialer(rig.loops.root(), Duration.ofSeconds(5)),
              local(server.getLocalPort()),
              result);
      try (var taken = server.accept()) {
        var connection = result.connected.get(10, TimeUnit.SECONDS);

        assertThat(rig.loops.root().held(Purse.HEAP)).isEqualTo(Connection.HEAP_PRICE);
        Rig.runs(connection.loop(), () -> close(call));
        taken.getOutputStream().write(7);
        Rig.await("read", () -> connection.readBytes() == 1);
        Rig.run(connection.loop(), connection::end);
        assertThat(taken.getInputStream().read()).isEqualTo(-1);
      }
      rig.awaitZero();
    }
  }

  private static boolean close(AutoCloseable call) throws Exception {
    call.close();
    return true;
  }

  @ParameterizedTest
  @EnumSource
  void aRefusedCallFails(Transport transport) throws Exception {
    int free;
    try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      free = server.getLocalPort();
    }
    try (var rig = new Rig(transport)) {
      var result = new Result();
      var _ = dial(rig, dialer(rig.loops.root(), Duration.ofSeconds(5)), local(free), result);

      var failure = result.failed.get(10, TimeUnit.SECONDS);
      assertThat(failure.reason()).isEqualTo(CutReason.APP_REFUSED);
      assertThat(failure.cause()).isInstanceOf(ConnectException.class);
      assertThat(failure.detail()).contains("refused");
      rig.awaitZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatFindsNoWayIsNotCalledRefused(Transport transport) throws Exception {
    try (var rig = new Rig(transport)) {
      var nowhere = new InetSocketAddress(InetAddress.ofLiteral("224.0.0.1"), 9);
      var result = new Result();
      var _ = dial(rig, dialer(rig.loops.root(), Duration.ofSeconds(5)), nowhere, result);

      var failure = result.failed.get(10, TimeUnit.SECONDS);
      assertThat(failure.reason()).isEqualTo(CutReason.APP_UNREACHABLE);
      assertThat(failure.cause()).isNotNull();
      rig.awaitZero();
    }
  }

  /// In a network of its own whose system has two ports to call from.
  @ParameterizedTest
  @EnumSource
  @EnabledOnOs(OS.LINUX)
  void anAttemptThatRanOutOfLocalPortsSaysSo(Transport transport) throws Exception {
    assumeThat(inOwnNetwork("true").waitFor()).as("may make a network").isZero();
    var java = ProcessHandle.current().info().command().orElseThrow();
    var main = "-cp $CLASSES " + CallerProcess.class.getName() + " " + transport;

    var caller = inOwnNetwork(java + " --enable-native-access=ALL-UNNAMED " + main);

    try (var output = caller.inputReader()) {
      assertThat(output.lines())
          .containsSubsequence("connected", "connected", "NO_LOCAL_PORT", "APP_REFUSED");
    }
    assertThat(caller.waitFor()).isZero();
  }

  private static Process inOwnNetwork(String command) throws IOException {
    var script =
        "echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range && ip link set lo up && exec ";
    var builder = new ProcessBuilder("unshare", "-rn", "sh", "-c", script + command);
    builder.environment().put("CLASSES", System.getProperty("java.class.path"));
    return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  @Test
  void anErrorIsToldByItsNumberOrKindInAnyLanguage() {
    var nio = new SocketException("Die angeforderte Adresse kann nicht zugewiesen werden");
    var none = nio.initCause(new BindException(nio.getMessage()));
    var epoll = new ConnectException("connect(..) failed with error(-99): " + nio.getMessage());
    var late = new ConnectException("finishConnect(..) failed with error(-110): Zu lange");
    var refused = new ConnectException("Verbindungsaufbau abgelehnt");

    assertThat(Dialer.Failure.of(none).reason()).isEqualTo(CutReason.NO_LOCAL_PORT);
    assertThat(Dialer.Failure.of(epoll).reason()).isEqualTo(CutReason.NO_LOCAL_PORT);
    assertThat(Dialer.Failure.of(epoll).detail()).isEqualTo(epoll.getMessage());
    assertThat(Dialer.Failure.of(late).reason()).isEqualTo(CutReason.APP_SILENT);
    assertThat(Dialer.Failure.of(refused).reason()).isEqualTo(CutReason.APP_REFUSED);
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatNobodyTakesFailsInTimeAndOneGivenUpIsSilent(Transport transport) throws Exception {
    var queue = new ArrayList<Socket>();
    try (var rig = new Rig(transport);
        var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fill(server, queue);
      var late = new Result();
      var givenUp = new Result();
      var dialer = dialer(rig.loops.root(), Duration.ofMillis(300));
      var _ = dial(rig, dialer, local(server.getLocalPort()), late);
      var call = dial(rig, dialer, local(server.getLocalPort()), givenUp);

      Rig.runs(rig.loops.loop(0), () -> close(call));

      assertThat(late.failed.get(10, TimeUnit.SECONDS).reason()).isEqualTo(CutReason.APP_SILENT);
      assertThat(givenUp.isOpen()).isTrue();
      rig.awaitZero();
    } finally {
      for (var socket : queue) socket.close();
    }
  }

  /// Connects until the backlog is full and a connect gets no answer.
  private static void fill(ServerSocket server, List<Socket> queue) throws Exception {
    for (int i = 0; i < 64; i++) {
      var socket = new Socket();
      queue.add(socket);
      try {
        socket.connect(local(server.getLocalPort()), 200);
      } catch (SocketTimeoutException full) {
        return;
      }
    }
    throw new AssertionError("the backlog never filled");
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatCannotBePaidIsNotMade(Transport transport) throws Exception {
    try (var rig = new Rig(transport)) {
      var poor = rig.loops.root().open("poor", new Budget(1000, Connection.HEAP_PRICE - 1));
      var result = new Result();

      var _ = dial(rig, dialer(poor, Duration.ofSeconds(5)), local(1), result);

      assertThat(result.failed.get(10, TimeUnit.SECONDS).reason())
          .isEqualTo(CutReason.MEMORY_REFUSED);
      poor.close();
    }
  }
}
