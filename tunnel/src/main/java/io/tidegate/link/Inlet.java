package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import org.jspecify.annotations.Nullable;

/// Reads the frames of the wire as their bytes arrive; nothing is gathered but a header.
///
/// The bytes of the wire are given back at once, for the windows of the streams have paid for them.
final class Inlet implements ByteStream.Reader {
  /// From here on a frame's rest is asked for exactly, so that it lies alone in its buffer and can
  /// be passed on without a copy.
  private static final int LEAST_WANTED = 2048;

  private static final int MOST_WANTED = 64 * 1024;

  private final Link link;
  private final ByteStream wire;
  private final int longestFrame;
  private long head;
  private int length;
  private int headerBytes;
  private int left;
  private @Nullable LinkStream into;
  private boolean finBehind;

  Inlet(Link link, ByteStream wire, LinkConfig config) {
    this.link = link;
    this.wire = wire;
    this.longestFrame = config.maxWindowBytes();
  }

  @Override
  public int wanted() {
    return left < LEAST_WANTED ? 0 : Math.min(left, MOST_WANTED) + Frame.HEADER_BYTES;
  }

  @Override
  public void bytes(ByteBuf piece) {
    wire.released(piece.readableBytes());
    try {
      link.heard();
      boolean passedOn = false;
      while (!passedOn && piece.isReadable() && !link.isClosed()) {
        if (left == 0) header(piece);
        else passedOn = payload(piece);
      }
    } finally {
      piece.release();
    }
  }

  private void header(ByteBuf in) {
    if (headerBytes == 0 && in.readableBytes() >= Frame.HEADER_BYTES) {
      head = in.readLong();
      length = in.readInt();
      frame();
      return;
    }
    if (headerBytes < 8) head = head << 8 | in.readUnsignedByte();
    else length = length << 8 | in.readUnsignedByte();
    if (++headerBytes < Frame.HEADER_BYTES) return;
    headerBytes = 0;
    frame();
  }

  /// Delivers what has come of the frame; true if that was the whole rest of `piece`, whose indices
  /// are then the reader's.
  private boolean payload(ByteBuf piece) {
    int bytes = Math.min(left, piece.readableBytes());
    left -= bytes;
    var stream = into;
    if (stream == null || stream.isClosed()) {
      piece.skipBytes(bytes);
      return false;
    }
    boolean whole = bytes == piece.readableBytes();
    stream.deliver(whole ? piece.retain() : piece.readRetainedSlice(bytes));
    if (left == 0) endOfData(stream);
    return whole;
  }

  private void endOfData(LinkStream stream) {
    into = null;
    if (finBehind && !stream.isClosed()) stream.endByPeer();
  }

  private void frame() {
    int version = (int) (head >>> 56);
    int type = (int) (head >>> 48) & 0xFF;
    int flags = (int) (head >>> 32) & 0xFFFF;
    int id = (int) head;
    if (version != Frame.VERSION) {
      bad("version " + version);
      return;
    }
    switch (type) {
      case Frame.DATA, Frame.WINDOW_UPDATE -> onStream(type, flags, id);
      case Frame.PING, Frame.GO_AWAY -> onSession(type, flags, id);
      default -> bad("type " + type);
    }
  }

  private void onSession(int type, int flags, int id) {
    if (id != Frame.SESSION) bad("session frame on stream " + id);
    else if (type == Frame.PING) link.ping(flags, length);
    else link.goingAwayByPeer(length);
  }

  private void onStream(int type, int flags, int id) {
    if (id <= 0) {
      bad("stream " + Integer.toUnsignedString(id));
      return;
    }
    boolean opens = (flags & Frame.SYN) != 0;
    if (opens ? !link.mayOpen(id) : !link.wasOpened(id)) {
      bad(opens ? "opens stream " + id : "stream " + id + " was never opened");
      return;
    }
    var stream = opens ? link.accept(id) : link.stream(id);
    if (stream != null && !opens) stream.acknowledgedByPeer();
    boolean resets = (flags & Frame.RST) != 0;
    if (stream != null && resets) stream.resetByPeer();
    boolean ends = (flags & Frame.FIN) != 0;
    if (type == Frame.DATA) data(resets ? null : stream, ends);
    else if (stream != null && !resets) credit(stream, ends);
  }

  private void data(@Nullable LinkStream stream, boolean ends) {
    if (length < 0 || length > longestFrame) {
      bad("frame of " + Integer.toUnsignedString(length) + " bytes");
      return;
    }
    left = length;
    finBehind = ends;
    into = null;
    if (stream == null || stream.isClosed()) return;
    if (length == 0) endOfData(stream);
    else if (stream.announcedByPeer(length)) into = stream;
    else bad("data past the window of " + stream);
  }

  private void credit(LinkStream stream, boolean ends) {
    if (stream.isClosed()) return;
    if (!stream.creditByPeer(length)) bad("credit of " + stream + " past 2^31 - 1");
    else if (ends && !stream.isClosed()) stream.endByPeer();
  }

  private void bad(String detail) {
    link.violated(CutReason.BAD_MESSAGE, detail);
  }

  @Override
  public void end() {
    link.endedByPeer();
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    link.lost(reason == null ? CutReason.PEER_GONE : reason);
  }
}
