package io.tidegate.net.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.PeerException;
import io.tidegate.net.RecordLayer;
import io.tidegate.net.TlsSession;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The record layer of one connection, on an engine whose handshake is done.
///
/// Driven directly and not through Netty's `SslHandler`, which asks for more to read on its own
/// when a read brought no whole record, also while reading is paused, and whose partial records and
/// queues no account sees. With BoringSSL the peer's close_notify ends our direction too, as TLS
/// 1.2 demands (RFC 5246 §7.2.1); with the JDK's engine it does not. Belongs to its connection's
/// loop.
final class EngineLayer implements RecordLayer {
  /// Content of one record.
  private static final int RECORD_BYTES = 16 * 1024;

  /// What a record's header, nonce and tag take at most, and room for an engine that estimates.
  private static final int OVERHEAD_BYTES = 256;

  /// Records in a row that bring no content: as many as BoringSSL takes. Each may change keys and
  /// be answered, which costs us as much as the peer.
  private static final int MOST_BARREN = 32;

  private static final int HANDSHAKE_TYPE = 22;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final Logger LOG = LoggerFactory.getLogger(EngineLayer.class);

  private final Connection connection;
  private final ByteBufAllocator buffers;
  private final SSLEngine engine;
  private final RecordInbox inbox;
  private final TlsSession session;
  private final boolean renegotiable;
  private final List<ByteBuf> pieces = new ArrayList<>(4);
  private int barren;
  private boolean ended;
  private boolean closed;

  EngineLayer(Connection connection, SSLEngine engine, RecordInbox inbox, TlsSession session) {
    this.connection = connection;
    this.buffers = connection.loop().buffers();
    this.engine = engine;
    this.inbox = inbox;
    this.session = session;
    this.renegotiable = session.protocol().equals("TLSv1.2");
  }

  @Override
  public TlsSession session() {
    return session;
  }

  @Override
  public boolean hasEnded() {
    return ended;
  }

  // ---- what arrives

  @Override
  public ByteBuf open(ByteBuf sealed) {
    inbox.add(sealed);
    int most = inbox.bytes();
    if (most == 0) return Unpooled.EMPTY_BUFFER;
    var plain = buffers.directBuffer(most, most);
    try {
      for (var record = inbox.next(); record != null; record = inbox.next()) {
        if (!ended) open(record, plain);
      }
      return plain;
    } catch (SSLException bad) {
      plain.release();
      sayWhy();
      throw new PeerException(CutReason.TLS_FAILED, String.valueOf(bad.getMessage()));
    } catch (RuntimeException bad) {
      plain.release();
      throw bad;
    }
  }

  private void open(ByteBuffer record, ByteBuf plain) throws SSLException {
    if (renegotiable && record.get(record.position()) == HANDSHAKE_TYPE)
      throw new PeerException(CutReason.TLS_FAILED, "a renegotiation");
    while (record.hasRemaining() && !ended) {
      int before = record.remaining();
      var room = plain.nioBuffer(plain.writerIndex(), plain.writableBytes());
      var result = engine.unwrap(record, room);
      plain.writerIndex(plain.writerIndex() + result.bytesProduced());
      barren = result.bytesProduced() > 0 ? 0 : barren + 1;
      if (barren > MOST_BARREN) throw new PeerException(CutReason.FLOOD, "records of nothing");
      switch (result.getStatus()) {
        case OK -> {}
        // BoringSSL's engine also says so once our own direction has ended
        case CLOSED -> ended = engine.isInboundDone();
        case BUFFER_OVERFLOW, BUFFER_UNDERFLOW ->
            throw new PeerException(CutReason.TLS_FAILED, "a record that does not end");
      }
      answer(result.getHandshakeStatus(), record.remaining() < before);
    }
  }

  /// What TLS has to say for itself after a handshake: the answer to a change of keys.
  private void answer(HandshakeStatus wanted, boolean progress) throws SSLException {
    switch (wanted) {
      case NEED_TASK -> runTasks(engine);
      case NEED_WRAP -> {
        if (!ended) speak(engine, connection);
      }
      case FINISHED, NOT_HANDSHAKING, NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
        if (!progress && !ended)
          throw new PeerException(CutReason.TLS_FAILED, "a record that leads nowhere");
      }
    }
  }

  private void sayWhy() {
    try {
      speak(engine, connection);
    } catch (SSLException mute) {
      LOG.debug("{}: no alert, {}", connection, mute.getMessage());
    }
  }

  static void runTasks(SSLEngine engine) {
    for (var task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask())
      task.run();
  }

  /// Writes what the engine has to say without a byte of ours: handshake, alerts. What came before
  /// a fault is on its way when it is thrown.
  static void speak(SSLEngine engine, Connection connection) throws SSLException {
    boolean said = true;
    while (said) {
      var words = connection.loop().buffers().directBuffer(RECORD_BYTES + OVERHEAD_BYTES);
      try {
        said = wrap(engine, NOTHING.duplicate(), words) > 0;
        said &= engine.getHandshakeStatus() != HandshakeStatus.NEED_TASK && !connection.isClosed();
      } finally {
        connection.writeRecord(words.capacity(Math.max(1, words.writerIndex())));
      }
    }
  }

  /// One record of `from` to the end of `to`; returns how long it is.
  private static int wrap(SSLEngine engine, ByteBuffer from, ByteBuf to) throws SSLException {
    while (true) {
      var room = to.nioBuffer(to.writerIndex(), to.writableBytes());
      SSLEngineResult result;
      try {
        result = engine.wrap(from, room);
      } finally {
        // an engine that fails may have said why
        to.writerIndex(to.writerIndex() + room.position());
      }
      switch (result.getStatus()) {
        case OK, CLOSED, BUFFER_UNDERFLOW -> {
          return result.bytesProduced();
        }
        case BUFFER_OVERFLOW ->
            to.ensureWritable(
                Math.max(engine.getSession().getPacketBufferSize(), to.writableBytes() + 1));
      }
    }
  }

  // ---- what leaves

  @Override
  public void add(ByteBuf piece) {
    pieces.add(piece);
  }

  @Override
  public ByteBuf seal() {
    int all = 0;
    for (var piece : pieces) all += piece.readableBytes();
    var sealed = buffers.directBuffer(all + (all / RECORD_BYTES + 1) * OVERHEAD_BYTES);
    try {
      sealPieces(sealed, all);
    } catch (SSLException gone) {
      sealed.release();
      throw new PeerException(CutReason.PEER_GONE, String.valueOf(gone.getMessage()));
    } catch (RuntimeException gone) {
      sealed.release();
      throw gone;
    } finally {
      pieces.forEach(ByteBuf::release);
      pieces.clear();
    }
    // an engine that wants room for a whole record leaves most of it empty behind a short one
    return sealed.capacity(sealed.writerIndex());
  }

  /// Short pieces are gathered, so that what leaves in one tick leaves in few records.
  private void sealPieces(ByteBuf sealed, int all) throws SSLException {
    ByteBuf gathered = null;
    try {
      int left = all;
      for (var piece : pieces) {
        left -= piece.readableBytes();
        while (piece.isReadable()) {
          boolean alone = gathered == null || !gathered.isReadable();
          if (alone && (left == 0 || piece.readableBytes() >= RECORD_BYTES)) {
            sealFront(piece, sealed);
          } else {
            if (gathered == null) gathered = buffers.directBuffer(RECORD_BYTES, RECORD_BYTES);
            piece.readBytes(gathered, Math.min(piece.readableBytes(), gathered.writableBytes()));
            if (!gathered.isWritable()) sealAll(gathered, sealed);
          }
        }
      }
      if (gathered != null && gathered.isReadable()) sealAll(gathered, sealed);
    } finally {
      if (gathered != null) gathered.release();
    }
  }

  private void sealFront(ByteBuf piece, ByteBuf sealed) throws SSLException {
    int bytes = Math.min(piece.readableBytes(), RECORD_BYTES);
    seal(piece.nioBuffer(piece.readerIndex(), bytes), sealed);
    piece.skipBytes(bytes);
  }

  private void sealAll(ByteBuf gathered, ByteBuf sealed) throws SSLException {
    seal(gathered.nioBuffer(), sealed);
    gathered.clear();
  }

  private void seal(ByteBuffer plain, ByteBuf sealed) throws SSLException {
    while (plain.hasRemaining()) {
      int before = plain.remaining();
      int produced = wrap(engine, plain, sealed);
      if (produced == 0 && plain.remaining() == before) {
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) runTasks(engine);
        else throw new PeerException(CutReason.PEER_GONE, "the peer has ended TLS both ways");
      }
    }
  }

  @Override
  public ByteBuf farewell() {
    engine.closeOutbound();
    var words = buffers.directBuffer(OVERHEAD_BYTES);
    try {
      var _ = wrap(engine, NOTHING.duplicate(), words);
    } catch (SSLException mute) {
      LOG.debug("{}: no close_notify, {}", connection, mute.getMessage());
    }
    return words;
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    pieces.forEach(ByteBuf::release);
    pieces.clear();
    inbox.close();
    var _ = ReferenceCountUtil.release(engine);
  }
}
