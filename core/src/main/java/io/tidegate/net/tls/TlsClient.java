package io.tidegate.net.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.PeerException;
import io.tidegate.net.Scope;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// TLS on connections that were dialled: the server's certificate must be vouched for, in its time,
/// and of the name that was called. Safe for any thread.
public final class TlsClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final SslContext context;

  /// Why a server was not trusted, or not understood.
  public enum Cause {
    /// Nobody that is trusted vouches for the certificate.
    UNKNOWN_AUTHORITY,
    /// The certificate is of another name.
    OTHER_NAME,
    /// The certificate has expired, or is not valid yet.
    OUT_OF_TIME,
    /// No memory was left for the handshake.
    NO_MEMORY,
    /// The connection ended, or took too long, before the handshake did.
    LOST,
    /// Anything else, as where the server does not speak TLS.
    FAILED
  }

  /// A handshake that failed.
  ///
  /// @param detail what was said about it, for people
  public record Refusal(Cause cause, String detail) {}

  /// What became of a handshake; one of the two, on the connection's loop.
  public interface Outcome {
    /// The server is who it should be; what it says goes to the returned reader.
    ByteStream.Reader secured(Connection connection);

    /// It is not; the connection ends.
    void refused(Refusal why);
  }

  private TlsClient(SslContext context) {
    this.context = context;
  }

  /// A client that trusts `authorities`; those that this JVM trusts if there are none.
  ///
  /// @throws SSLException if they cannot be used
  public static TlsClient open(TlsEngine engine, List<X509Certificate> authorities)
      throws SSLException {
    return open(engine, authorities, null);
  }

  /// As above; servers that ask for a certificate are shown `own`.
  ///
  /// @throws SSLException if one of them cannot be used
  public static TlsClient open(
      TlsEngine engine, List<X509Certificate> authorities, @Nullable Identity own)
      throws SSLException {
    return new TlsClient(EngineContexts.client(engine, authorities, own, List.of("http/1.1")));
  }

  /// Begins on `connection` to the server that was called `host`, a name or an address, which has 5
  /// s; gives its first reader.
  public ByteStream.Reader start(Connection connection, String host, Outcome outcome) {
    return start(connection, host, PATIENCE, outcome);
  }

  /// As above; the handshake may take `patience`.
  public ByteStream.Reader start(
      Connection connection, String host, Duration patience, Outcome outcome) {
    var name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    var engine = context.newEngine(connection.loop().buffers(), name, 443);
    var calling = new Calling(connection, new Handshake(connection, engine, name), outcome);
    calling.begin(patience);
    return calling;
  }

  @Override
  public void close() {
    var _ = ReferenceCountUtil.release(context);
  }

  /// One server, from our hello to the end of the handshake. Belongs to its loop.
  private static final class Calling implements ByteStream.Reader {
    private final Connection connection;
    private final Handshake handshake;
    private final Outcome outcome;
    private final Deadline deadline;
    private final Scope.Removal owned;
    private boolean over;

    Calling(Connection connection, Handshake handshake, Outcome outcome) {
      this.connection = connection;
      this.handshake = handshake;
      this.outcome = outcome;
      this.deadline =
          connection.loop().deadline(() -> connection.reset(CutReason.HANDSHAKE_TIMEOUT));
      this.owned = connection.own(deadline);
    }

    void begin(Duration patience) {
      deadline.in(patience);
      try {
        handshake.begin();
        var _ = handshake.advance(Unpooled.EMPTY_BUFFER);
      } catch (SSLException failed) {
        connection.reset(CutReason.TLS_FAILED);
      } catch (PeerException failed) {
        connection.reset(failed.reason());
      }
    }

    @Override
    public void bytes(ByteBuf piece) {
      connection.released(piece.readableBytes());
      try {
        if (!handshake.advance(piece)) return;
      } catch (SSLException failed) {
        handshake.sayWhy();
        refused(refusal(failed));
        connection.endAndDiscard(CutReason.TLS_FAILED);
        return;
      } catch (PeerException failed) {
        refused(new Refusal(Cause.FAILED, String.valueOf(failed.getMessage())));
        throw failed;
      }
      finish();
      handshake.complete(outcome::secured);
    }

    private void refused(Refusal why) {
      if (over) return;
      over = true;
      outcome.refused(why);
    }

    private void finish() {
      over = true;
      owned.close();
      deadline.close();
    }

    @Override
    public void end() {
      refused(new Refusal(Cause.LOST, "the connection ended in the TLS handshake"));
      connection.reset(CutReason.PEER_GONE);
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      handshake.close();
      var why = reason == null ? CutReason.PEER_GONE : reason;
      var cause = why == CutReason.MEMORY_REFUSED ? Cause.NO_MEMORY : Cause.LOST;
      refused(new Refusal(cause, "TLS: " + why.text()));
      finish();
    }
  }

  private static Refusal refusal(SSLException failed) {
    return new Refusal(cause(failed), innermost(failed));
  }

  private static Cause cause(SSLException failed) {
    if (Handshake.cause(failed, CertificateExpiredException.class) != null
        || Handshake.cause(failed, CertificateNotYetValidException.class) != null)
      return Cause.OUT_OF_TIME;
    var path = Handshake.cause(failed, CertPathValidatorException.class);
    if (path != null && path.getReason() == CertPathValidatorException.BasicReason.EXPIRED)
      return Cause.OUT_OF_TIME;
    if (path != null || Handshake.cause(failed, CertPathBuilderException.class) != null)
      return Cause.UNKNOWN_AUTHORITY;
    // what is left of a certificate's faults is its name; the JDK has no type of its own for it
    return Handshake.cause(failed, CertificateException.class) != null
        ? Cause.OTHER_NAME
        : Cause.FAILED;
  }

  private static String innermost(Throwable fault) {
    var at = fault;
    while (at.getCause() != null) at = at.getCause();
    return String.valueOf(at.getMessage());
  }
}
