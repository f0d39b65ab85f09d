package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpStage;
import io.tidegate.http.LoopHandler;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.Stage;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The last stage of a listener that speaks HTTP/1 and HTTP/2.
///
/// Behind TLS it is the version that ALPN has negotiated (HTTP/1 if none was). In the clear a
/// connection that begins with the preface of RFC 9113 §3.4 is one of HTTP/2; every other is one of
/// HTTP/1, from its first byte that differs. Safe for any thread.
public final class AnyHttpStage implements Stage {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final HttpStage http1;
  private final Http2Stage http2;

  /// Serves `handler` on connections of `loops`, with the default limits of HTTP/2.
  public AnyHttpStage(Loops loops, HttpLimits limits, LoopHandler handler) {
    this(
        new HttpStage(loops, limits, handler),
        new Http2Stage(loops, limits, Http2Limits.DEFAULT, handler));
  }

  /// Serves connections by one of two stages.
  public AnyHttpStage(HttpStage http1, Http2Stage http2) {
    this.http1 = http1;
    this.http2 = http2;
  }

  @Override
  public int heapPriceBytes() {
    return Math.max(http1.heapPriceBytes(), http2.heapPriceBytes());
  }

  @Override
  public int directPriceBytes() {
    return Math.max(http1.directPriceBytes(), http2.directPriceBytes());
  }

  @Override
  public byte[] refusal(CutReason reason) {
    return http1.refusal(reason);
  }

  @Override
  public ByteStream.Reader start(Connection connection, Next next) {
    var tls = connection.tls();
    if (tls == null) return new Beginning(connection, next);
    return (tls.applicationProtocol().equals("h2") ? http2 : http1).start(connection, next);
  }

  /// Looks at a connection's first bytes. The deadline for them is HTTP/1's, which has begun.
  private final class Beginning implements ByteStream.Reader {
    private final Connection connection;
    private final Next next;
    private final ByteStream.Reader first;
    private int matched;

    Beginning(Connection connection, Next next) {
      this.connection = connection;
      this.next = next;
      this.first = http1.start(connection, next);
    }

    @Override
    public void bytes(ByteBuf piece) {
      int before = matched;
      int at = piece.readerIndex();
      while (matched < PREFACE.length
          && at < piece.writerIndex()
          && piece.getByte(at) == PREFACE[matched]) {
        matched++;
        at++;
      }
      if (matched == PREFACE.length) {
        first.closed(null);
        goOn(startHttp2(piece, piece.writerIndex() - at), before, piece);
      } else if (at < piece.writerIndex()) {
        goOn(first, before, piece);
      } else {
        piece.release();
      }
    }

    /// Where there is no room for HTTP/2, `piece` goes, and `behind` bytes of it that follow the
    /// preface are given back here; [#closed] gives back the preface.
    private ByteStream.Reader startHttp2(ByteBuf piece, int behind) {
      try {
        return http2.start(connection, next);
      } catch (Throwable refused) {
        piece.release();
        connection.released(behind);
        throw refused;
      }
    }

    /// Gives what came before, which is the preface's beginning, and `piece` to `chosen`.
    private void goOn(ByteStream.Reader chosen, int before, ByteBuf piece) {
      connection.read(chosen);
      if (before > 0) {
        var again = connection.loop().buffers().directBuffer(before);
        chosen.bytes(again.writeBytes(PREFACE, 0, before));
      }
      chosen.bytes(piece);
    }

    @Override
    public void draining() {
      first.draining();
    }

    /// Without the rest of a preface there is nothing to answer.
    @Override
    public void end() {
      if (matched > 0) connection.reset(CutReason.PEER_GONE);
      else first.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      if (matched > 0) connection.released(matched);
      matched = 0;
      first.closed(reason);
    }
  }
}
