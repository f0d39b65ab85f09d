package io.tidegate.net.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/// What engines of one identity are made from, and the keys that seal its clients' tickets (RFC
/// 5077, RFC 8446 §4.6.1): nobody else knows them, and they are never written.
///
/// The key is another one after as long as a session may be resumed; the one before opens tickets
/// for as long again. So who steals a key reads no more than what was resumed within four hours.
/// Safe for any thread.
final class ServerContext implements AutoCloseable {
  static final long SESSION_SECONDS = 7_200;

  private static final long CHANGE_NANOS = SESSION_SECONDS * 1_000_000_000L;
  private static final int KEY_BYTES = 16;

  private final SslContext context;
  private final @Nullable OpenSslSessionContext sessions;
  private OpenSslSessionTicketKey key = newKey(); // guarded by this
  private volatile long dueNanos;

  /// Engines come from `context`, which resumes sessions by tickets if `resumes`.
  ServerContext(SslContext context, boolean resumes, long nowNanos) {
    this.context = context;
    this.dueNanos = nowNanos + CHANGE_NANOS;
    this.sessions =
        resumes && context instanceof ReferenceCountedOpenSslContext open
            ? open.sessionContext()
            : null;
    if (sessions != null) sessions.setTicketKeys(key);
  }

  /// The context as it is to be used now.
  SslContext at(long nowNanos) {
    if (sessions != null && nowNanos - dueNanos >= 0) change(sessions, nowNanos);
    return context;
  }

  private synchronized void change(OpenSslSessionContext sessions, long nowNanos) {
    if (nowNanos - dueNanos < 0) return; // another thread was first
    var before = key;
    key = newKey();
    sessions.setTicketKeys(key, before);
    dueNanos = nowNanos + CHANGE_NANOS;
  }

  private static OpenSslSessionTicketKey newKey() {
    return new OpenSslSessionTicketKey(random(), random(), random());
  }

  private static byte[] random() {
    var made = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(made);
    return made;
  }

  /// Gives native memory back once the last engine has gone.
  @Override
  public void close() {
    var _ = ReferenceCountUtil.release(context);
  }
}
