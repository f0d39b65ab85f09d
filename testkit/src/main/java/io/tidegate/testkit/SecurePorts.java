package io.tidegate.testkit;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLContext;

/// Local ports that are called by TLS: the peers of this kit do so without being told again, so
/// that a test runs unchanged against a server that speaks it. No server name is sent.
public final class SecurePorts {
  private static final ConcurrentMap<Integer, SSLContext> CONTEXTS = new ConcurrentHashMap<>();

  private SecurePorts() {}

  /// Calls `port` with `context` until what is returned is closed.
  public static AutoCloseable add(int port, SSLContext context) {
    CONTEXTS.put(port, context);
    return () -> CONTEXTS.remove(port, context);
  }

  /// `connected`, or TLS on it.
  static Socket secured(Socket connected) throws IOException {
    var context = CONTEXTS.get(connected.getPort());
    if (context == null) return connected;
    var address = connected.getInetAddress().getHostAddress();
    return context.getSocketFactory().createSocket(connected, address, connected.getPort(), true);
  }
}
