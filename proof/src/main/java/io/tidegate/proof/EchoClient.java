package io.tidegate.proof;

import io.tidegate.http.HandlerThreads;
import io.tidegate.http.Requester;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.Http1Response;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Dialer;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.Transport;
import io.tidegate.net.WriteLimits;
import io.tidegate.websocket.ClientHandshake;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.WebSockets;
import io.tidegate.websocket.frame.CloseFrame;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A WebSocket client that sends every message back, on one connection after the other: what a
/// conformance suite that is a server talks to.
final class EchoClient implements AutoCloseable {
  private static final Budget BUDGET = new Budget(256L << 20, 128L << 20);
  private static final Budget CEILING = new Budget(34 << 20, 34 << 20);
  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final Loops loops;
  private final HandlerThreads threads;
  private final WebSockets sockets;
  private final WebSocketConfig config;
  private final InetSocketAddress address;

  /// Calls `address`.
  EchoClient(InetSocketAddress address, WebSocketConfig config) {
    this.address = address;
    this.config = config;
    loops = Loops.open(new LoopsConfig("client", 1, BUDGET, Transport.best(), false));
    threads = HandlerThreads.of(loops.root());
    sockets = new WebSockets(loops, threads);
  }

  /// What came of one connection.
  ///
  /// @param lastText the last text that came, empty if none did
  /// @param how it ended, or what was wrong with its handshake
  record Visit(String lastText, String how) {}

  /// Opens `target`, echoes until the connection ends, and tells how that was.
  Visit visit(String target, Duration atMost) throws InterruptedException {
    var call = new Call(target);
    var dialer =
        new Dialer(loops.root(), SocketOptions.VISITOR, WriteLimits.DEFAULT, CONNECT, CEILING);
    var _ =
        loops
            .loop(0)
            .run(() -> {
              var _ = dialer.dial(loops.loop(0), address, call);
            });
    var visit = call.outcome.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
    return visit == null ? new Visit(call.lastText, "no end in time") : visit;
  }

  private final class Call implements Dialer.Outcome, Requester.Answer, WebSocketListener {
    private final BlockingQueue<Visit> outcome = new LinkedBlockingQueue<>(4);
    private final ClientHandshake handshake;
    private final String target;
    private volatile String lastText = "";
    private volatile String how = "";
    private @Nullable Connection connection;

    Call(String target) {
      this.target = target;
      var plain = ClientHandshake.begin(List.of(), Fields.EMPTY);
      this.handshake = config.deflate() == null ? plain : plain.withDeflate(config.deflate());
    }

    private void ended() {
      var _ = outcome.offer(new Visit(lastText, how));
    }

    @Override
    public ByteStream.Reader connected(Connection opened) {
      connection = opened;
      var _ = opened.own(this::ended);
      var requester = Requester.over(opened, HeadLimits.DEFAULT);
      var host = "127.0.0.1:" + address.getPort();
      requester.send(handshake.request(target, host, new HeadBuilder()), Framing.NONE, true, this);
      return requester.reader();
    }

    @Override
    public void failed(Dialer.Failure failure) {
      how = failure.detail();
      ended();
    }

    @Override
    public void interim(ResponseHead head) {}

    @Override
    public void head(ResponseHead head, Framing framing) {
      how = "answered " + head.status();
    }

    @Override
    public void bytes(io.netty.buffer.ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      if (connection != null) connection.released(bytes);
    }

    @Override
    public void end(Fields trailers) {}

    @Override
    public void lost(CutReason reason, boolean begun) {
      how = reason.text();
    }

    @Override
    public ByteStream.Reader upgraded(ResponseHead head, ByteStream stream) {
      var answer = new Http1Response(head, 1, Framing.NONE, true, true);
      return switch (handshake.judge(answer)) {
        case ClientHandshake.Outcome.Opened(var protocol) -> open(stream, answer, protocol);
        case ClientHandshake.Outcome.Failed(_, var reason) ->
            throw new IllegalStateException(reason);
      };
    }

    private ByteStream.Reader open(ByteStream stream, Http1Response answer, String protocol) {
      var carrier = connection;
      if (carrier == null) throw new IllegalStateException("not connected");
      var reader = sockets.open(stream, carrier, config, protocol, handshake.agreed(answer), this);
      if (reader == null) throw new IllegalStateException("no thread left");
      return reader;
    }

    @Override
    public void message(WebSocket socket, Message message) {
      if (message instanceof Message.Text text && text.length() < 100) lastText = text.text();
      var _ = socket.send(message);
    }

    @Override
    public void closed(WebSocket socket, CloseFrame frame) {
      how = frame.code() + " " + frame.reason();
    }
  }

  @Override
  public void close() {
    threads.close();
    sockets.close();
    loops.close();
  }
}
