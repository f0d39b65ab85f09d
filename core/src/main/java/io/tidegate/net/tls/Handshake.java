package io.tidegate.net.tls;

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.PeerException;
import io.tidegate.net.TlsSession;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Drives an engine through its handshake, on either side, and puts a record layer in its place.
/// Belongs to its connection's loop.
final class Handshake implements AutoCloseable {
  /// What the engine holds natively while it shakes hands (8.6 KB resident over 4,700 of them), a
  /// hello of 16 KiB, and its words on their way out.
  static final int DIRECT_BYTES = 32 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);

  private final Connection connection;
  private final SSLEngine engine;
  private final String serverName;
  private final RecordInbox inbox;
  private boolean charged;
  private boolean handedOver;

  Handshake(Connection connection, SSLEngine engine, String serverName) {
    this.connection = connection;
    this.engine = engine;
    this.serverName = serverName;
    this.inbox = new RecordInbox(connection.loop().buffers(), connection.account());
  }

  /// Begins; a client speaks first.
  void begin() throws SSLException {
    charged = connection.account().charge(Purse.DIRECT, DIRECT_BYTES);
    if (!charged) throw new PeerException(CutReason.MEMORY_REFUSED, "no room for a handshake");
    engine.beginHandshake();
  }

  /// Takes `piece`, and owns it; true when the handshake is done.
  boolean advance(ByteBuf piece) throws SSLException {
    inbox.add(piece);
    ByteBuffer record = null;
    while (true) {
      switch (engine.getHandshakeStatus()) {
        case NEED_WRAP -> speak();
        case NEED_TASK -> {
          EngineLayer.runTasks(engine);
          // a task may have been the last step: the next record is then no part of the handshake
          speak();
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (record == null || !record.hasRemaining()) record = inbox.next();
          if (record == null) return false;
          hear(record);
          // BoringSSL's engine notices that it is done only when it is asked to speak
          speak();
        }
        case FINISHED, NOT_HANDSHAKING -> {
          speak();
          demandThatItSucceeded();
          return true;
        }
      }
    }
  }

  private void hear(ByteBuffer record) throws SSLException {
    var none = connection.loop().buffers().directBuffer(record.remaining());
    try {
      var result = engine.unwrap(record, none.nioBuffer(0, none.capacity()));
      if (result.bytesProduced() > 0)
        throw new PeerException(CutReason.TLS_FAILED, "data before the end of the handshake");
      switch (result.getStatus()) {
        case OK -> {}
        case CLOSED -> throw new PeerException(CutReason.PEER_GONE, "closed in the handshake");
        case BUFFER_OVERFLOW, BUFFER_UNDERFLOW ->
            throw new PeerException(CutReason.TLS_FAILED, "a record that does not end");
      }
    } finally {
      none.release();
    }
  }

  private void speak() throws SSLException {
    EngineLayer.speak(engine, connection);
  }

  /// An engine that has failed does not say that it shakes hands any more.
  private void demandThatItSucceeded() throws SSLException {
    if (engine.isInboundDone()
        || engine.isOutboundDone()
        || !engine.getSession().getProtocol().startsWith("TLSv1."))
      throw new SSLException("the handshake ended without a session");
  }

  /// Tells the peer what is wrong, as far as it will hear.
  void sayWhy() {
    try {
      speak();
    } catch (SSLException mute) {
      LOG.debug("{}: no alert, {}", connection, mute.getMessage());
    }
  }

  /// The connection speaks TLS from now on, and `next` reads it.
  void complete(Function<Connection, ByteStream.Reader> next) {
    handedOver = true;
    uncharge();
    connection.protect(new EngineLayer(connection, engine, inbox, session()), next);
  }

  private TlsSession session() {
    var session = engine.getSession();
    return new TlsSession(
        session.getProtocol(),
        session.getCipherSuite(),
        serverName,
        Objects.requireNonNullElse(engine.getApplicationProtocol(), ""),
        peerCertificates(session));
  }

  private static List<X509Certificate> peerCertificates(SSLSession session) {
    Certificate[] shown;
    try {
      shown = session.getPeerCertificates();
    } catch (SSLPeerUnverifiedException none) {
      return List.of();
    }
    return Arrays.stream(shown).map(X509Certificate.class::cast).toList();
  }

  private void uncharge() {
    if (charged) connection.account().release(Purse.DIRECT, DIRECT_BYTES);
    charged = false;
  }

  @Override
  public void close() {
    if (handedOver) return;
    handedOver = true;
    uncharge();
    inbox.close();
    var _ = ReferenceCountUtil.release(engine);
  }

  /// Whether `fault` or what caused it is a `type`.
  static <T extends Throwable> @Nullable T cause(Throwable fault, Class<T> type) {
    for (var at = fault; at != null; at = at.getCause()) {
      if (type.isInstance(at)) return type.cast(at);
    }
    return null;
  }
}
