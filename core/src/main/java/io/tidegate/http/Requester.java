package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;

/// The client's side of HTTP on one stream: one request after the other, whatever version carries
/// them. Belongs to the stream's loop.
public interface Requester {
  /// What comes back for one request.
  interface Answer extends Body {
    /// An interim answer (1xx but 101).
    void interim(ResponseHead head);

    /// The answer's head; its body follows.
    void head(ResponseHead head, Framing framing);

    /// The app changed protocols: `stream` is the caller's, and the returned reader gets what
    /// follows the head.
    ByteStream.Reader upgraded(ResponseHead head, ByteStream stream);

    /// There will be no whole answer. `begun` tells whether any byte of one has been seen.
    void lost(CutReason reason, boolean begun);

    @Override
    default void failed(CutReason reason) {
      lost(reason, true);
    }
  }

  /// HTTP/1.1 on `stream`, with heads of answers bound by `limits`.
  static Requester over(ByteStream stream, HeadLimits limits) {
    return new Http1Requester(stream, limits);
  }

  /// Sends a request's head; `upgrade` if its fields ask to change protocols. One at a time.
  void send(RequestHead head, Framing framing, boolean upgrade, Answer answer);

  /// Sends a piece of the request's body.
  boolean offer(ByteBuf piece, int owed, Payer payer);

  /// Ends the request's body.
  void finish(Fields trailers);

  /// What reads the stream: for whoever must name a reader before the stream is there.
  ByteStream.Reader reader();

  /// The stream under it.
  ByteStream stream();

  /// Whether another request may follow: the last answer was complete and framed, the request sent
  /// to its end, and not one byte came too many.
  boolean isReusable();

  /// How long the app said it keeps an idle connection, in seconds (`Keep-Alive: timeout`), or -1.
  int keepAliveSeconds();

  /// Gives the stream to whoever reads it next, between two requests: nothing is held for this
  /// requester any more.
  ///
  /// @throws IllegalStateException if a request is under way
  void leave();

  /// Gives up whatever is under way.
  void reset(CutReason reason);
}
