package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Cuts what arrives into frames, RFC 9113 §4.1. DATA is passed on as it comes; any other frame is
/// gathered, at most 16 KiB and charged, unless it lies whole in one piece. Frames of unknown types
/// are skipped.
///
/// Belongs to the connection's loop.
final class FrameReader {
  /// From here on a frame's rest is asked for exactly, so that it lies alone in its buffer and can
  /// be passed on without a copy.
  private static final int LEAST_WANTED = 2048;

  /// Who acts on frames. Each method may end the connection, after which nothing more comes.
  interface Sink {
    /// The head of any frame; false if the connection is over.
    boolean frame(int type, int flags, int stream, int length);

    /// DATA begins; `length` counts padding too. False if its bytes are to be skipped.
    boolean data(int stream, int length, boolean ends);

    /// A piece of the DATA that began last, owned by the callee.
    void dataBytes(ByteBuf piece);

    /// `bytes` of the DATA that began last are padding, or were skipped.
    void dataSkipped(int bytes);

    /// The DATA that began last is complete.
    void dataEnd();

    /// A whole frame of a known type but DATA, for the length of this call.
    void whole(int type, int flags, int stream, ByteBuf payload);

    /// The peer broke the protocol.
    void violated(Http2Error error, String detail);

    /// There is no room to gather a frame.
    void refused();

    /// Whether nothing more is to be read now.
    boolean isStopped();

    /// Whether nothing more is to be read ever.
    boolean isOver();
  }

  private final Sink sink;
  private final Gathered gathered;
  private final byte[] header = new byte[FrameType.HEADER_BYTES];
  private int headerBytes;
  private int length;
  private int type;
  private int flags;
  private int stream;

  /// Bytes of the frame's payload that have not come yet.
  private int left;

  /// Of those, the padding at its end; -1 until the byte that says so has come.
  private int padding;

  private boolean inFrame;
  private boolean wanted;

  FrameReader(Sink sink, Gathered gathered) {
    this.sink = sink;
    this.gathered = gathered;
  }

  /// How many bytes the next read should ask for, or 0.
  int wantedBytes() {
    return inFrame && type == FrameType.DATA && left >= LEAST_WANTED
        ? left + FrameType.HEADER_BYTES
        : 0;
  }

  /// Reads `piece` as far as the sink lets it.
  void read(ByteBuf piece) {
    while (piece.isReadable() && !sink.isStopped()) {
      if (!inFrame) header(piece);
      else if (type == FrameType.DATA) data(piece);
      else if (!wanted) skip(piece);
      else gather(piece);
    }
  }

  private void header(ByteBuf in) {
    int taken = Math.min(in.readableBytes(), FrameType.HEADER_BYTES - headerBytes);
    in.readBytes(header, headerBytes, taken);
    headerBytes += taken;
    if (headerBytes < FrameType.HEADER_BYTES) return;
    headerBytes = 0;
    length = (header[0] & 0xFF) << 16 | (header[1] & 0xFF) << 8 | (header[2] & 0xFF);
    type = header[3] & 0xFF;
    flags = header[4] & 0xFF;
    stream =
        (header[5] & 0x7F) << 24
            | (header[6] & 0xFF) << 16
            | (header[7] & 0xFF) << 8
            | (header[8] & 0xFF);
    begin();
  }

  private void begin() {
    if (length > FrameType.MOST_FRAME) {
      sink.violated(Http2Error.FRAME_SIZE_ERROR, "frame of " + length + " bytes");
      return;
    }
    if (!sink.frame(type, flags, stream, length)) return;
    left = length;
    inFrame = true;
    wanted = type <= FrameType.CONTINUATION;
    if (type == FrameType.DATA) beginData();
    else if (length == 0) endOfFrame(null);
  }

  private void beginData() {
    boolean padded = (flags & FrameType.PADDED) != 0;
    if (padded && length == 0) {
      sink.violated(Http2Error.FRAME_SIZE_ERROR, "padded DATA without a length of padding");
      return;
    }
    padding = padded ? -1 : 0;
    wanted = sink.data(stream, length, (flags & FrameType.END_STREAM) != 0);
    if (left == 0 && !sink.isOver()) endOfData();
  }

  private void data(ByteBuf piece) {
    if (padding < 0 && !readPadding(piece)) return;
    int payload = left - padding;
    if (payload > 0 && piece.isReadable()) {
      int bytes = Math.min(payload, piece.readableBytes());
      left -= bytes;
      if (!wanted) {
        piece.skipBytes(bytes);
        sink.dataSkipped(bytes);
      } else if (bytes == piece.readableBytes()) {
        sink.dataBytes(piece.retainedSlice());
        piece.skipBytes(bytes);
      } else {
        sink.dataBytes(piece.readRetainedSlice(bytes));
      }
    } else if (payload == 0 && left > 0) {
      int bytes = Math.min(left, piece.readableBytes());
      left -= bytes;
      padding -= bytes;
      piece.skipBytes(bytes);
      sink.dataSkipped(bytes);
    }
    if (left == 0 && !sink.isOver()) endOfData();
  }

  /// Reads how much of the frame is padding; false if that cannot be.
  private boolean readPadding(ByteBuf piece) {
    padding = piece.readUnsignedByte();
    left--;
    if (padding > left) {
      sink.violated(Http2Error.PROTOCOL_ERROR, "more padding than DATA");
      return false;
    }
    sink.dataSkipped(1);
    return true;
  }

  private void endOfData() {
    inFrame = false;
    if (wanted) sink.dataEnd();
  }

  private void skip(ByteBuf piece) {
    int bytes = Math.min(left, piece.readableBytes());
    piece.skipBytes(bytes);
    left -= bytes;
    if (left == 0) inFrame = false;
  }

  private void gather(ByteBuf piece) {
    if (gathered.length() == 0 && piece.readableBytes() >= left) {
      endOfFrame(piece.readSlice(left));
      return;
    }
    int bytes = Math.min(left, piece.readableBytes());
    if (!gathered.append(piece, bytes)) {
      sink.refused();
      return;
    }
    left -= bytes;
    if (left > 0) return;
    endOfFrame(gathered.view());
    gathered.clear();
  }

  private void endOfFrame(@Nullable ByteBuf payload) {
    inFrame = false;
    if (wanted)
      sink.whole(
          type, flags, stream, payload == null ? io.netty.buffer.Unpooled.EMPTY_BUFFER : payload);
  }
}
