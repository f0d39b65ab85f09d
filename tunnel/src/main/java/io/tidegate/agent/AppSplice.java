package io.tidegate.agent;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.link.Answer;
import io.tidegate.link.LinkStream;
import io.tidegate.link.Preface;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Dialer;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;
import io.tidegate.net.Splice;
import org.jspecify.annotations.Nullable;

/// A stream that the edge has opened: its preface is checked, the app is called, the answer byte
/// goes back, and from then on bytes pass both ways unread. What arrives before the app has
/// answered waits within the stream's window.
final class AppSplice implements ByteStream.Reader, Dialer.Outcome {
  private final LinkStream stream;
  private final AppDialer dialer;
  private final Claims claims;
  private final HostCheck hostCheck;
  private final PieceQueue early;
  private final ByteBuf preface = Unpooled.buffer(Preface.BYTES, Preface.BYTES);
  private int prefaceBytes;
  private boolean over;

  /// Which claims this agent holds, and in which generation.
  interface Claims {
    boolean holds(int claim, int generation);
  }

  AppSplice(LinkStream stream, AppDialer dialer, Claims claims, HostCheck hostCheck) {
    this.stream = stream;
    this.dialer = dialer;
    this.claims = claims;
    this.hostCheck = hostCheck;
    this.early = new PieceQueue(stream.loop().buffers(), stream.account());
  }

  @Override
  public void bytes(ByteBuf piece) {
    if (prefaceBytes < Preface.BYTES && !preface(piece)) return;
    if (!piece.isReadable()) piece.release();
    else if (!early.add(piece, piece.readableBytes(), stream)) refuse(Answer.NO_ROOM);
  }

  /// Collects the preface; true once it was good and something may follow it in `piece`.
  private boolean preface(ByteBuf piece) {
    int taken = Math.min(piece.readableBytes(), Preface.BYTES - prefaceBytes);
    preface.writeBytes(piece, taken);
    prefaceBytes += taken;
    stream.released(taken);
    if (prefaceBytes < Preface.BYTES) {
      piece.release();
      return false;
    }
    var why = refusal(Preface.parse(preface));
    if (why != null) {
      int rest = piece.readableBytes();
      piece.release();
      stream.released(rest);
      refuse(why);
      return false;
    }
    dialer.dial(stream.loop(), this);
    return true;
  }

  /// Why this stream gets no connection to the app; null if it does. Refused before the app has
  /// seen it, a request is told the true reason; cut for want of memory later, it could not be.
  private @Nullable Answer refusal(@Nullable Preface parsed) {
    if (parsed == null || !claims.holds(parsed.claim(), parsed.generation()))
      return Answer.UNKNOWN_CLAIM;
    return stream.loop().loops().ladder().allowsConnections() ? null : Answer.NO_ROOM;
  }

  @Override
  public ByteStream.Reader connected(Connection app) {
    if (over) {
      app.reset(CutReason.OTHER_SIDE_GONE);
      return Splice.reader(app, stream);
    }
    over = true;
    answer(Answer.CONNECTED);
    while (!early.isEmpty()) {
      int _ = early.moveTo(app, Integer.MAX_VALUE);
    }
    stream.read(Splice.reader(stream, app));
    return hostCheck.before(app, Splice.reader(app, stream));
  }

  @Override
  public void failed(Dialer.Failure failure) {
    refuse(
        switch (failure.reason()) {
          case APP_REFUSED -> Answer.REFUSED;
          case APP_SILENT -> Answer.TIMED_OUT;
          case MEMORY_REFUSED, NO_DESCRIPTOR, NO_LOCAL_PORT -> Answer.NO_ROOM;
          default -> Answer.UNREACHABLE;
        });
  }

  private void answer(Answer answer) {
    var _ =
        stream.offer(
            stream.loop().buffers().directBuffer(1).writeByte(answer.code()), 0, Payer.NOBODY);
  }

  private void refuse(Answer why) {
    if (over) return;
    over = true;
    answer(why);
    early.clear();
    stream.read(new Spent(stream));
    stream.end();
  }

  @Override
  public void end() {} // the reader that takes over is told again

  @Override
  public void closed(@Nullable CutReason reason) {
    over = true;
    early.clear();
  }

  /// Reads what the edge had on its way when it was refused.
  private record Spent(LinkStream stream) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      stream.released(bytes);
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {}
  }
}
