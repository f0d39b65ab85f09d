package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The control stream of a link: lines of JSON both ways, each at most 16 KiB.
///
/// The peer may send 20 lines a second, [Control.Exchange] from an edge not counted; a line that is
/// malformed, too long or too much cuts the link, and so does the end of this stream. At most 64
/// KiB of ours wait, charged to the wire; beyond that an [Control.Exchange] is dropped and counted,
/// while other lines have 16 KiB more. Belongs to the link's loop.
public final class ControlLines {
  private static final int MOST_WAITING = 64 * 1024;
  private static final int LEAST_HELD = 1024;
  private static final Rate LINES = new Rate(20, Duration.ofSeconds(1));
  private static final byte[] NONE = {};
  private static final Logger LOG = LoggerFactory.getLogger(ControlLines.class);

  private final Link link;
  private final Handler handler;
  private final Lines reader = new Lines();
  private final Payer payer = this::left;
  private final Rate.Window rate = LINES.window();
  private @Nullable LinkStream stream;
  private byte[] held = NONE;
  private int heldBytes;
  private int waiting;
  private long dropped;

  /// Who hears the lines.
  public interface Handler {
    /// The peer has sent `line`.
    void line(Control line);

    /// The control stream is over; its link ends with it.
    void closed(@Nullable CutReason reason);
  }

  private ControlLines(Link link, Handler handler) {
    this.link = link;
    this.handler = handler;
  }

  /// Opens the control stream, on the agent's side.
  ///
  /// @throws IllegalStateException if the link has one, or no room for it
  public static ControlLines open(Link link, Handler handler) {
    var lines = new ControlLines(link, handler);
    lines.stream = link.openStream(lines.reader);
    if (lines.stream == null) throw new IllegalStateException("no control stream on " + link);
    return lines;
  }

  /// Takes the control stream that the agent has opened, on the edge's side; [#reader] is what
  /// [LinkListener#opened] returns.
  public static ControlLines accept(LinkStream stream, Handler handler) {
    var lines = new ControlLines(stream.link(), handler);
    lines.stream = stream;
    return lines;
  }

  /// What reads the stream.
  public ByteStream.Reader reader() {
    return reader;
  }

  /// Sends `line`; false if there was no room for it, which is counted, or the link is over.
  public boolean send(Control line) {
    var to = stream;
    if (to == null || to.isClosed()) return false;
    byte[] scratch = link.loop().scratch();
    int bytes = ControlCodec.write(line, scratch);
    int room =
        line instanceof Control.Exchange ? MOST_WAITING : MOST_WAITING + ControlCodec.LINE_BYTES;
    if (waiting + bytes > room || !link.wireAccount().charge(Purse.DIRECT, bytes)) {
      dropped++;
      return false;
    }
    waiting += bytes;
    return to.offer(
        link.loop().buffers().directBuffer(bytes).writeBytes(scratch, 0, bytes), bytes, payer);
  }

  private void left(int bytes) {
    waiting -= bytes;
    link.wireAccount().release(Purse.DIRECT, bytes);
  }

  /// Lines that found no room.
  public long dropped() {
    return dropped;
  }

  private void line(byte[] line, int length) {
    try {
      var message = ControlCodec.read(line, length);
      boolean free = message instanceof Control.Exchange && link.side() == Link.Side.AGENT;
      if (!free && !rate.tryTake(link.loop().nanos())) {
        link.violated(CutReason.FLOOD, "more than " + LINES.count() + " control lines a second");
      } else if (message != null) {
        handler.line(message);
      }
    } catch (ControlCodec.BadLineException bad) {
      link.violated(CutReason.BAD_MESSAGE, "control line: " + bad.getMessage());
    }
  }

  /// Cuts what arrives into lines; only a line that is not complete is held.
  private final class Lines implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      try {
        while (piece.isReadable() && !link.isClosed()) {
          int length = piece.bytesBefore((byte) '\n');
          if (length >= 0) complete(piece, length);
          else if (!hold(piece, piece.readableBytes())) return;
        }
      } finally {
        piece.release();
        if (stream != null) stream.released(bytes);
      }
    }

    private void complete(ByteBuf piece, int length) {
      if (heldBytes > 0) {
        if (!hold(piece, length)) return;
        var line = held;
        int all = heldBytes;
        piece.skipBytes(1);
        drop();
        line(line, all);
      } else if (fits(length)) {
        byte[] scratch = link.loop().scratch();
        piece.readBytes(scratch, 0, length).skipBytes(1);
        line(scratch, length);
      }
    }

    private boolean fits(int length) {
      if (length <= ControlCodec.LINE_BYTES) return true;
      link.violated(CutReason.TOO_LARGE, "control line of more than 16 KiB");
      return false;
    }

    /// Appends the next `length` bytes to what is held; false if the link was cut instead.
    private boolean hold(ByteBuf piece, int length) {
      if (!fits(heldBytes + length) || !makeRoom(heldBytes + length)) return false;
      piece.readBytes(held, heldBytes, length);
      heldBytes += length;
      return true;
    }

    private boolean makeRoom(int bytes) {
      if (bytes <= held.length) return true;
      int capacity = Math.max(LEAST_HELD, Integer.highestOneBit(bytes - 1) << 1);
      if (stream == null || !stream.account().charge(Purse.HEAP, capacity)) {
        link.cut(CutReason.MEMORY_REFUSED);
        return false;
      }
      int before = held.length;
      held = Arrays.copyOf(held, capacity);
      stream.account().release(Purse.HEAP, before);
      return true;
    }

    private void drop() {
      if (stream != null) stream.account().release(Purse.HEAP, held.length);
      held = NONE;
      heldBytes = 0;
    }

    @Override
    public void end() {
      LOG.debug("{}: the peer has ended the control stream", link);
      link.cut(CutReason.PEER_GONE);
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      drop();
      handler.closed(reason);
      link.cut(reason == null ? CutReason.PEER_GONE : reason);
    }
  }
}
