package io.tidegate.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Dialer;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Payer;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class AppDialerTest {
  private static final InetSocketAddress NOWHERE =
      new InetSocketAddress(InetAddress.ofLiteral("224.0.0.1"), 9);

  /// One connect's outcome; a connection lives until the app ends it.
  private record Result(CompletableFuture<Dialer.Failure> failed) implements Dialer.Outcome {
    @Override
    public ByteStream.Reader connected(Connection connection) {
      var greeting = connection.loop().buffers().directBuffer(1).writeByte(7);
      var _ = connection.offer(greeting, 0, Payer.NOBODY);
      failed.complete(new Dialer.Failure(CutReason.CLOSING, null));
      return new Leaves(connection);
    }

    @Override
    public void failed(Dialer.Failure failure) {
      failed.complete(failure);
    }
  }

  private record Leaves(Connection connection) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      connection.released(bytes);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  private static Loops loops() {
    var budget = new Budget(16 << 20, 16 << 20);
    return Loops.open(new LoopsConfig("dialer", 1, budget, Transport.best(), false));
  }

  private static Dialer.Failure dial(Loops loops, List<InetSocketAddress> addresses)
      throws Exception {
    var dialer = new AppDialer(addresses, loops.root(), Duration.ofSeconds(5));
    var failed = new CompletableFuture<Dialer.Failure>();
    assertThat(loops.loop(0).later(() -> dialer.dial(loops.loop(0), new Result(failed)))).isTrue();
    return failed.get(10, TimeUnit.SECONDS);
  }

  private static InetSocketAddress closed() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }
  }

  @Test
  void whatTheFirstAddressSaidIsReportedWhateverTheOthersSay() throws Exception {
    try (var loops = loops()) {
      assertThat(dial(loops, List.of(closed(), NOWHERE)).reason()).isEqualTo(CutReason.APP_REFUSED);
      assertThat(dial(loops, List.of(NOWHERE, closed())).reason())
          .isEqualTo(CutReason.APP_UNREACHABLE);
    }
  }

  @Test
  void anAppOnTheSecondAddressIsFound() throws Exception {
    try (var loops = loops();
        var app = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      var to = new InetSocketAddress(app.getInetAddress(), app.getLocalPort());

      assertThat(dial(loops, List.of(closed(), to)).reason()).isEqualTo(CutReason.CLOSING);
      assertThat(dial(loops, List.of(NOWHERE, to)).reason()).isEqualTo(CutReason.CLOSING);
    }
  }

  /// Apps that reset and apps that end in order, while the loop opens and closes hundreds.
  @Test
  void hundredsOfDialsToALivingAppAreAllTaken() throws Exception {
    int most = 300;
    int rounds = 10;
    try (var loops = loops();
        var app = new ServerSocket(0, 4_096, InetAddress.getLoopbackAddress())) {
      var taken = new LinkedBlockingQueue<Socket>();
      var left = new AtomicInteger();
      var accepting = Thread.ofPlatform().daemon().start(() -> accept(app, taken));
      var leaving = Thread.ofPlatform().daemon().start(() -> resetOrEnd(taken, left));
      var to = new InetSocketAddress(app.getInetAddress(), app.getLocalPort());
      var dialer = new AppDialer(List.of(to), loops.root(), Duration.ofSeconds(5));
      for (int round = 0; round < rounds; round++) {
        var outcomes = new CompletableFuture<?>[most];
        for (int i = 0; i < most; i++) outcomes[i] = dialFromATask(loops, dialer);
        for (var outcome : outcomes)
          assertThat(((Dialer.Failure) outcome.get(20, TimeUnit.SECONDS)).detail())
              .isEqualTo(CutReason.CLOSING.text());
      }
      Eventually.await(
          Duration.ofSeconds(20),
          () -> taken.size() + " are still there",
          () -> left.get() == rounds * most);
      app.close();
      leaving.interrupt();
      accepting.join();
      leaving.join();
    }
  }

  private static CompletableFuture<Dialer.Failure> dialFromATask(Loops loops, AppDialer dialer) {
    var failed = new CompletableFuture<Dialer.Failure>();
    var loop = loops.loop(0);
    assertThat(loop.later(() -> dialer.dial(loop, new Result(failed)))).isTrue();
    return failed;
  }

  private static void accept(ServerSocket app, LinkedBlockingQueue<Socket> taken) {
    try {
      while (true) taken.add(app.accept());
    } catch (IOException over) {
      // the test has closed it
    }
  }

  private static void resetOrEnd(LinkedBlockingQueue<Socket> taken, AtomicInteger left) {
    try {
      for (int i = 0; ; i++) {
        try (var socket = taken.take()) {
          // not before our byte is there: a connect that is reset while it lasts may well fail
          if (socket.getInputStream().read() == 7 && i % 2 == 0) socket.setSoLinger(true, 0);
        }
        left.incrementAndGet();
      }
    } catch (IOException | InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }
}
