package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.Http1Writer;
import io.tidegate.net.ByteStream;
import io.tidegate.net.FileSlice;
import io.tidegate.net.Payer;

/// Writes one message's body behind its head, in the framing that the head announced.
final class BodyWriter {
  private final ByteStream out;
  private Framing framing = Framing.NONE;
  private long sentBytes;

  BodyWriter(ByteStream out) {
    this.out = out;
  }

  void begin(Framing next) {
    framing = next;
    sentBytes = 0;
  }

  Framing framing() {
    return framing;
  }

  /// Sends `piece`. False, with the piece discarded, if the stream is over or the announced length
  /// would be passed.
  boolean offer(ByteBuf piece, int owed, Payer payer) {
    int bytes = piece.readableBytes();
    if (!fits(bytes)) {
      piece.release();
      payer.released(owed);
      return false;
    }
    if (bytes == 0) {
      piece.release();
      payer.released(owed);
      return true;
    }
    sentBytes += bytes;
    return framing.kind() == Framing.Kind.CHUNKED
        ? chunk(piece, bytes, owed, payer)
        : out.offer(piece, owed, payer);
  }

  /// Sends a copy of `bytes`, in a body of an announced length. False, with nothing sent, as above.
  boolean offer(byte[] bytes) {
    if (framing.kind() != Framing.Kind.LENGTH || !fits(bytes.length)) return false;
    sentBytes += bytes.length;
    return bytes.length == 0 || out.offer(bytes.length, to -> to.writeBytes(bytes));
  }

  /// Sends a part of a file. False, with the part discarded, if the stream is over, the body is of
  /// no announced length, or that would be passed.
  boolean offer(FileSlice slice, Payer payer) {
    if (framing.kind() != Framing.Kind.LENGTH || !fits(slice.length())) {
      slice.discard(payer);
      return false;
    }
    sentBytes += slice.length();
    return out.offer(slice, payer);
  }

  private boolean fits(int bytes) {
    return switch (framing.kind()) {
      case NONE -> false;
      case LENGTH -> sentBytes + bytes <= framing.bytes();
      case CHUNKED, UNTIL_CLOSE -> true;
    };
  }

  private boolean chunk(ByteBuf piece, int bytes, int owed, Payer payer) {
    boolean begun =
        out.offer(
            Http1Writer.sizeOfChunkStart(bytes),
            start -> Http1Writer.writeChunkStart(bytes, start));
    boolean taken = out.offer(piece, owed, payer); // discards it if not
    return begun && taken && out.offer(Http1Writer.CHUNK_END_BYTES, Http1Writer::writeChunkEnd);
  }

  /// Ends the body; false if fewer bytes were sent than announced, and the message must not look
  /// complete.
  boolean finish(Fields trailers) {
    var ended = framing;
    framing = Framing.NONE;
    return switch (ended.kind()) {
      case NONE, UNTIL_CLOSE -> true;
      case LENGTH -> sentBytes == ended.bytes();
      case CHUNKED ->
          out.offer(
              Http1Writer.sizeOfLastChunk(trailers),
              last -> Http1Writer.writeLastChunk(trailers, last));
    };
  }
}
