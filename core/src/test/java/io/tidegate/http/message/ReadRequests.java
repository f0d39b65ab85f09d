package io.tidegate.http.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/// Reads what one connection sends as a server would, in pieces of chosen sizes.
///
/// @param requests each whole request in words: head, payload, trailers
/// @param status 0, or what the first fault is refused with
/// @param waiting true if the input ended within a message
record ReadRequests(List<String> requests, int status, boolean waiting) {
  /// `pieces` maps the bytes left to the size of the next piece.
  static ReadRequests of(byte[] input, HeadLimits limits, IntUnaryOperator pieces) {
    var connection = new Reading(limits);
    int at = 0;
    while (at < input.length && connection.status == 0) {
      int size = pieces.applyAsInt(input.length - at);
      connection.receive(Arrays.copyOfRange(input, at, at + size));
      at += size;
    }
    boolean waiting = connection.status == 0 && (connection.inBody || !connection.head.isIdle());
    return new ReadRequests(List.copyOf(connection.requests), connection.status, waiting);
  }

  private static final class Reading {
    final Http1RequestScanner head;
    final BodyReader body;
    final List<String> requests = new ArrayList<>();
    int status;
    boolean inBody;
    private byte[] kept = new byte[0];
    private int keptLength;
    private final StringBuilder words = new StringBuilder();

    Reading(HeadLimits limits) {
      head = new Http1RequestScanner(limits);
      body = new BodyReader(limits, _ -> true);
    }

    void receive(byte[] piece) {
      ByteBuf in = Unpooled.wrappedBuffer(piece);
      while (status == 0 && in.isReadable()) {
        if (inBody) {
          body(in);
        } else {
          head(in);
        }
      }
    }

    /// Keeps the head so far at an odd place of an array that is replaced as it grows.
    private void head(ByteBuf in) {
      int before = keptLength;
      if (3 + before + in.readableBytes() > kept.length) {
        kept = Arrays.copyOf(kept, 2 * (3 + before + in.readableBytes()));
      }
      in.getBytes(in.readerIndex(), kept, 3 + before, in.readableBytes());
      keptLength += in.readableBytes();
      switch (head.scan(kept, 3, 3 + keptLength)) {
        case NEED_MORE -> in.skipBytes(in.readableBytes());
        case BAD -> status = head.bad().status();
        case HEAD -> {
          in.skipBytes(head.consumed() - before);
          keptLength = 0;
          words.setLength(0);
          words.append(head.request()).append('\n');
          body.begin(head.request().framing());
          inBody = true;
          body(in);
        }
      }
    }

    private void body(ByteBuf in) {
      for (int bytes = body.next(in); bytes > 0; bytes = body.next(in)) {
        words.append(in.readCharSequence(bytes, StandardCharsets.ISO_8859_1));
      }
      BadMessage failed = body.failed();
      if (failed != null) {
        status = failed.status();
      } else if (body.isDone()) {
        requests.add(words + "\n" + body.trailers());
        inBody = false;
      }
    }
  }
}
