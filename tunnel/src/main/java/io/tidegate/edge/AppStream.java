package io.tidegate.edge;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.link.Answer;
import io.tidegate.link.Link;
import io.tidegate.link.LinkStream;
import io.tidegate.link.Preface;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import org.jspecify.annotations.Nullable;

/// One connection to the local app: a stream of a link, behind the preface that we send and the
/// byte that the agent answers with.
final class AppStream implements ByteStream {
  private static final Reader NOBODY = new Nobody();

  private @Nullable ByteStream stream;
  private Reader reader = NOBODY;
  private boolean connected;
  private @Nullable CutReason refusal;
  private long sentBytes;
  private long receivedBytes;

  private AppStream() {}

  /// Opens a stream of `link` for `claim`; null if the link has no room for one.
  static @Nullable AppStream open(Link link, Claim claim) {
    var opened = new AppStream();
    var stream = link.openStream(opened.new FromLink());
    return stream == null ? null : opened.begin(stream, claim);
  }

  /// The same over a stream that leads to such a one.
  static @Nullable AppStream over(ByteStream stream, Claim claim) {
    var opened = new AppStream();
    stream.read(opened.new FromLink());
    return opened.begin(stream, claim);
  }

  private @Nullable AppStream begin(ByteStream opened, Claim claim) {
    stream = opened;
    var preface = opened.loop().buffers().directBuffer(Preface.BYTES);
    new Preface(Preface.Kind.HTTP, claim.index(), claim.generation()).write(preface);
    return opened.offer(preface, 0, Payer.NOBODY) ? this : null;
  }

  private ByteStream stream() {
    return java.util.Objects.requireNonNull(stream);
  }

  /// Whether the agent has said that the app took the connection. Before that, no byte reached it.
  boolean isConnected() {
    return connected;
  }

  /// Bytes sent to the app so far, queued ones included.
  long sentBytes() {
    return sentBytes;
  }

  /// Bytes that the app has sent so far.
  long receivedBytes() {
    return receivedBytes;
  }

  /// What the link delivers: the agent's byte first, the app's bytes behind it.
  private final class FromLink implements Reader {
    @Override
    public void bytes(ByteBuf piece) {
      if (!connected && !answered(piece)) {
        int rest = piece.readableBytes();
        piece.release();
        stream().released(rest);
        stream().reset(refusal == null ? CutReason.APP_REFUSED : refusal);
      } else if (piece.isReadable()) {
        receivedBytes += piece.readableBytes();
        reader.bytes(piece);
      } else {
        piece.release();
      }
    }

    @Override
    public void end() {
      reader.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      reader.closed(refusal == null ? reason : refusal);
    }
  }

  private boolean answered(ByteBuf piece) {
    var answer = Answer.of(piece.readByte());
    stream().released(1);
    if (answer == null) {
      refusal = CutReason.APP_BAD_ANSWER;
      return false;
    }
    connected = answer == Answer.CONNECTED;
    refusal =
        switch (answer) {
          case CONNECTED -> null;
          case REFUSED -> CutReason.APP_REFUSED;
          case TIMED_OUT -> CutReason.APP_SILENT;
          case UNKNOWN_CLAIM -> CutReason.NO_AGENT;
          case NO_ROOM -> CutReason.TUNNEL_FULL;
          case UNREACHABLE -> CutReason.APP_UNREACHABLE;
        };
    return connected;
  }

  @Override
  public void end() {
    stream().end();
  }

  @Override
  public Loop loop() {
    return stream().loop();
  }

  /// Its number on the link; 0 for one on another loop.
  int id() {
    return stream() instanceof LinkStream direct ? direct.id() : 0;
  }

  @Override
  public Account account() {
    return stream().account();
  }

  @Override
  public String peer() {
    return stream().peer();
  }

  @Override
  public void read(Reader next) {
    reader = next;
  }

  @Override
  public void released(int bytes) {
    stream().released(bytes);
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    sentBytes += piece.readableBytes();
    return stream().offer(piece, owed, payer);
  }

  @Override
  public long queuedBytes() {
    return stream().queuedBytes();
  }

  @Override
  public void reset(CutReason reason) {
    stream().reset(reason);
  }

  @Override
  public boolean isClosed() {
    return stream().isClosed();
  }

  private static final class Nobody implements Reader {
    @Override
    public void bytes(ByteBuf piece) {
      piece.release();
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {}
  }
}
