package io.tidegate.net;

import io.tidegate.ledger.Budget;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;

/// Calls a port that listens three times and one that does not once, and prints what became of each
/// call: `CallerProcess TRANSPORT`. For a network of its own, where both ports are free.
final class CallerProcess {
  private static final int LISTENS = 50_000;
  private static final int CLOSED = 50_001;
  private static final Duration SOON = Duration.ofSeconds(5);

  private CallerProcess() {}

  private record Said(LinkedBlockingQueue<String> words) implements Dialer.Outcome {
    @Override
    public ByteStream.Reader connected(Connection connection) {
      words.add("connected");
      return Recorder.of(connection);
    }

    @Override
    public void failed(Dialer.Failure failure) {
      words.add(failure.reason().name());
    }
  }

  public static void main(String[] args) throws Exception {
    var budget = new Budget(1 << 20, 1 << 20);
    var config = new LoopsConfig("caller", 1, budget, Transport.valueOf(args[0]), false);
    var here = InetAddress.getLoopbackAddress();
    try (var _ = new ServerSocket(LISTENS, 5, here);
        var loops = Loops.open(config)) {
      var said = new Said(new LinkedBlockingQueue<>());
      var dialer = new Dialer(loops.root(), SocketOptions.APP, WriteLimits.DEFAULT, SOON);
      for (int port : new int[] {LISTENS, LISTENS, LISTENS, CLOSED}) {
        var address = new InetSocketAddress(here, port);
        Rig.runs(loops.loop(0), () -> dialer.dial(loops.loop(0), address, said));
        System.out.println(said.words.take());
      }
    }
  }
}
