package io.tidegate.net.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loops;
import io.tidegate.net.Nursery;
import io.tidegate.net.Payer;
import io.tidegate.net.PeerException;
import io.tidegate.net.Scope;
import io.tidegate.net.Stage;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// TLS 1.3 and 1.2 in front of the protocol (RFC 8446): the certificate is chosen by the name that
/// the client asks for, and the next stage finds what was agreed in [Connection#tls].
///
/// Until its hello is whole a peer holds no more than its own bytes, charged. Then it takes part in
/// the handshakes under way, of which each loop has its share: a newcomer beyond cuts the oldest,
/// so peers that say hello and then nothing displace each other. The whole has one deadline. Safe
/// for any thread.
public final class TlsStage implements Stage {
  /// What a connection takes on the heap beyond a plain one: 0.7 KB with BoringSSL, 3.4 KB with the
  /// JDK's engine (over 4,700 connections).
  private static final int HEAP_BYTES = 1024;

  private static final int JDK_HEAP_BYTES = 4096;

  /// What an established connection takes in BoringSSL's native memory: 6.1 KB (resident set over
  /// 4,700 connections, against plain ones). It has no purse of its own, so it is charged where the
  /// other memory outside of the heap is.
  private static final int DIRECT_BYTES = 8 * 1024;

  /// A certificate may be replaced between finding it and using it.
  private static final int TRIES = 3;

  private static final byte[] NOT_TLS =
      """
      HTTP/1.1 400 Bad Request\r
      Content-Type: text/plain\r
      Content-Length: 36\r
      Connection: close\r
      Tidegate-Error: not_tls\r
      \r
      This port speaks https, not http...
      """
          .getBytes(StandardCharsets.US_ASCII);

  /// Alert, TLS 1.2, 2 bytes: fatal, internal_error (RFC 8446 §6).
  private static final byte[] INTERNAL_ERROR = {21, 3, 3, 0, 2, 2, 80};

  /// The same, unrecognized_name.
  private static final byte[] UNRECOGNIZED_NAME = {21, 3, 3, 0, 2, 2, 112};

  /// The same, decode_error.
  private static final byte[] DECODE_ERROR = {21, 3, 3, 0, 2, 2, 50};

  private static final Logger LOG = LoggerFactory.getLogger(TlsStage.class);

  private final TlsConfig config;
  private final Certificates certificates;
  private final Nursery[] underWay;

  /// Speaks TLS on connections of `loops` as `certificates` say.
  public TlsStage(Loops loops, TlsConfig config, Certificates certificates) {
    this.config = config;
    this.certificates = certificates;
    this.underWay = new Nursery[loops.count()];
    int share = Math.max(1, config.maxHandshakes() / loops.count());
    for (int i = 0; i < underWay.length; i++)
      underWay[i] = new Nursery(share, CutReason.HANDSHAKE_LIMIT);
  }

  /// What a connection by `engine` costs the heap purse more than a plain one, in bytes.
  public static int heapPriceBytes(TlsEngine engine) {
    return engine == TlsEngine.BORINGSSL ? HEAP_BYTES : JDK_HEAP_BYTES;
  }

  /// What a connection by `engine` costs the direct purse more than a plain one, in bytes.
  public static int directPriceBytes(TlsEngine engine) {
    return engine == TlsEngine.BORINGSSL ? DIRECT_BYTES : 0;
  }

  @Override
  public int heapPriceBytes() {
    return heapPriceBytes(config.engine());
  }

  @Override
  public int directPriceBytes() {
    return directPriceBytes(config.engine());
  }

  @Override
  public byte[] refusal(CutReason reason) {
    return INTERNAL_ERROR.clone();
  }

  @Override
  public ByteStream.Reader start(Connection connection, Next next) {
    var greeting = new Greeting(connection, next);
    greeting.begin();
    return greeting;
  }

  private @Nullable SSLEngine engine(String serverName, Connection connection) throws SSLException {
    for (int i = 0; i < TRIES; i++) {
      var identity = certificates.find(serverName);
      if (identity == null) return null;
      try {
        return engine(identity.context(config, connection.loop().coarseNanos()), connection);
      } catch (IllegalReferenceCountException replaced) {
        LOG.debug("The certificate for {} was replaced just now", serverName);
      }
    }
    return null;
  }

  private static SSLEngine engine(SslContext context, Connection connection) {
    return context.newEngine(connection.loop().buffers());
  }

  /// One client from its first byte to the end of the handshake. Belongs to its loop.
  private final class Greeting implements ByteStream.Reader {
    private final Connection connection;
    private final Next next;
    private final Deadline deadline;
    private final Scope.Removal owned;
    private @Nullable ByteBuf hello;
    private @Nullable Handshake handshake;
    private Nursery.@Nullable Place place;

    Greeting(Connection connection, Next next) {
      this.connection = connection;
      this.next = next;
      this.deadline =
          connection.loop().deadline(() -> connection.reset(CutReason.HANDSHAKE_TIMEOUT));
      this.owned = connection.own(deadline);
    }

    void begin() {
      deadline.in(config.handshakeTimeout());
    }

    @Override
    public void bytes(ByteBuf piece) {
      connection.released(piece.readableBytes());
      try {
        if (handshake == null) greet(piece);
        else advance(handshake, piece);
      } catch (SSLException failed) {
        LOG.debug("{}: {}", connection, failed.getMessage());
        if (handshake != null) handshake.sayWhy();
        connection.endAndDiscard(CutReason.TLS_FAILED);
      }
    }

    private void greet(ByteBuf piece) throws SSLException {
      var all = keep(piece);
      var scratch = connection.loop().scratch();
      int length = all.readableBytes();
      all.getBytes(all.readerIndex(), scratch, 0, length);
      switch (ClientHello.read(scratch, length, config.maxHelloBytes())) {
        case ClientHello.Outcome.More() -> {
          if (length == config.maxHelloBytes()) refuse("a hello without end", DECODE_ERROR);
        }
        case ClientHello.Outcome.NotTls() -> notTls(all);
        case ClientHello.Outcome.Malformed(String why) -> refuse(why, DECODE_ERROR);
        case ClientHello.Outcome.Complete(String serverName) -> begin(serverName);
      }
    }

    /// Grows with what has come, charged; what goes beyond the bound is not kept.
    private ByteBuf keep(ByteBuf piece) {
      try {
        var before = hello;
        int has = before == null ? 0 : before.readableBytes();
        int more = Math.min(piece.readableBytes(), config.maxHelloBytes() - has);
        if (before != null && before.writableBytes() >= more) return before.writeBytes(piece, more);
        int capacity =
            Math.min(config.maxHelloBytes(), Math.max(512, Integer.highestOneBit(has + more) << 1));
        if (!connection.account().charge(Purse.DIRECT, capacity))
          throw new PeerException(CutReason.MEMORY_REFUSED, "no room for a hello");
        var larger = connection.loop().buffers().directBuffer(capacity, capacity);
        if (before != null) {
          larger.writeBytes(before);
          dropHello();
        }
        hello = larger;
        return larger.writeBytes(piece, more);
      } finally {
        piece.release();
      }
    }

    private void dropHello() {
      var last = hello;
      hello = null;
      if (last == null) return;
      connection.account().release(Purse.DIRECT, last.capacity());
      last.release();
    }

    private void begin(String serverName) throws SSLException {
      var engine = engine(serverName, connection);
      if (engine == null) {
        refuse("no certificate for " + serverName, UNRECOGNIZED_NAME);
        return;
      }
      place = underWay[connection.loop().index()].enter(connection);
      var begun = new Handshake(connection, engine, serverName);
      handshake = begun;
      begun.begin();
      var words = java.util.Objects.requireNonNull(hello).retain();
      dropHello();
      advance(begun, words);
    }

    private void advance(Handshake under, ByteBuf piece) throws SSLException {
      if (!under.advance(piece)) return;
      finish();
      under.complete(next::start);
    }

    private void notTls(ByteBuf all) {
      boolean isText =
          all.getByte(all.readerIndex()) >= 'A' && all.getByte(all.readerIndex()) <= 'Z';
      if (isText) say(NOT_TLS);
      connection.endAndDiscard(CutReason.NOT_TLS);
    }

    private void refuse(String why, byte[] alert) {
      LOG.debug("{}: {}", connection, why);
      say(alert);
      connection.endAndDiscard(CutReason.TLS_FAILED);
    }

    private void say(byte[] words) {
      var _ = connection.offer(Unpooled.wrappedBuffer(words), 0, Payer.NOBODY);
    }

    private void finish() {
      owned.close();
      deadline.close();
      if (place != null) place.close();
      place = null;
      dropHello();
    }

    @Override
    public void end() {
      connection.reset(CutReason.PEER_GONE);
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      finish();
      if (handshake != null) handshake.close();
    }
  }
}
