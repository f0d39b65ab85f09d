package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.FileSlice;
import io.tidegate.net.Payer;
import io.tidegate.net.Scope;
import org.jspecify.annotations.Nullable;

/// One request and its answer on the server's side, whatever version of HTTP carries them.
///
/// The body's bytes are given back through [#released]; the answer's pieces are paid by whoever
/// offers them. All methods belong to the connection's loop. A call that comes too late (the peer
/// is gone) discards what it is given and returns false.
public interface Exchange extends Payer {
  /// What is asked.
  RequestHead request();

  /// How the body is framed: NONE if there is none, LENGTH if its size is known beforehand, else
  /// CHUNKED.
  Framing bodyFraming();

  /// Whether all of the request has arrived, its body as well.
  boolean hasArrived();

  /// Whether the peer asks to change to `protocol` once answered 101.
  boolean asksFor(String protocol);

  /// Whether the peer waits for 100 before it sends its body.
  boolean expectsContinue();

  /// The connection that carries this exchange, and others beside it where streams share one: for
  /// its loop, its peer and its account.
  Connection connection();

  /// What [#upgrade] hands over: the connection, or the one stream of it that is this exchange's.
  ByteStream stream();

  /// Whether the connection carries nothing else beside this exchange.
  default boolean hasConnection() {
    return stream() == connection();
  }

  /// Takes the body from now on. What has arrived before is held, and reading stops until this is
  /// called.
  void read(Body body);

  /// Sends an interim answer (1xx but 101); dropped for a peer that speaks HTTP/1.0.
  void interim(ResponseHead head);

  /// Begins the answer. `framing` is what the body will be: LENGTH must be kept to the byte;
  /// CHUNKED and UNTIL_CLOSE become what the peer's version can say.
  boolean respond(ResponseHead head, Framing framing);

  /// Sends a piece of the answer's body, of which `owed` bytes are paid by `payer`.
  boolean offer(ByteBuf piece, int owed, Payer payer);

  /// Answers whole: begins with `head`, sends a copy of `body`, which the connection pays for, and
  /// finishes. Where there is no room for that, this is cut before anything is said.
  default void answer(ResponseHead head, byte[] body) {
    var account = connection().account();
    if (!account.charge(Purse.DIRECT, body.length)) {
      cut(CutReason.MEMORY_REFUSED);
      return;
    }
    boolean began = respond(head, Framing.length(body.length));
    if (!began || body.length == 0) {
      account.release(Purse.DIRECT, body.length);
    } else {
      ByteBuf piece = null;
      try {
        piece = connection().loop().buffers().directBuffer(body.length);
      } finally {
        if (piece == null) account.release(Purse.DIRECT, body.length);
      }
      Payer payer = paid -> account.release(Purse.DIRECT, paid);
      var _ = offer(piece.writeBytes(body), body.length, payer);
    }
    if (began) finish(Fields.EMPTY);
  }

  /// Whether parts of files can be sent as they are. Safe for any thread.
  default boolean takesFiles() {
    return stream().takesFiles();
  }

  /// Sends a part of a file as a piece of the answer's body, whose length must be known, where
  /// [#takesFiles]; `payer` hears of its length once it is written or discarded.
  ///
  /// @throws IllegalStateException if no files are taken
  default boolean offer(FileSlice slice, Payer payer) {
    throw new IllegalStateException("no exchange for files: " + this);
  }

  /// Ends the answer; `trailers` are sent where the version and framing can.
  void finish(Fields trailers);

  /// Answers `reason` with its status if no answer has begun, else cuts so that the answer cannot
  /// be taken for complete.
  void cut(CutReason reason);

  /// Answers 101, or what stands for it, and hands over: `reader` gets what follows the request,
  /// and [#stream] is the caller's.
  ByteStream upgrade(ResponseHead head, ByteStream.Reader reader);

  /// Whether an answer has begun.
  boolean hasResponded();

  /// Closes `resource` when the exchange is over, whatever ended it: answered whole, cut, or the
  /// peer gone.
  void own(AutoCloseable resource);

  /// Runs `action` once when whoever accepted the connection closes, or now if he does already: for
  /// answers that have no end of their own, to end. Not run once the exchange is over. One at a
  /// time.
  void whenDraining(Runnable action);

  /// Whether someone works off the loop already for another exchange of its connection.
  default boolean hasCompany() {
    return false;
  }

  /// Says that someone works for this exchange off the loop, until what is returned is closed, on
  /// the loop: where streams share a connection it takes up a place there even if the peer has
  /// reset its stream, so that no peer can have more at work than it may have streams. Null where
  /// there is nothing to be given back, for no exchange is beside it.
  default Scope.@Nullable Removal occupy() {
    return null;
  }
}
