package io.tidegate.client;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a client calls to be connected to its server. The server's name is looked up there and not
/// here. The way to the proxy itself is not encrypted.
public sealed interface Proxy {
  /// Where it listens: a name or an address, IPv6 without brackets.
  String host();

  /// At which port.
  int port();

  /// Who we are there; null to say nothing.
  @Nullable Login login();

  /// One that understands CONNECT, RFC 9110 §9.3.6; it is told who we are by `Basic`, RFC 7617.
  record HttpConnect(String host, int port, @Nullable Login login) implements Proxy {
    /// @throws IllegalArgumentException if the host is empty, or the port not in 1..65535
    public HttpConnect {
      check(host, port);
    }
  }

  /// One that speaks SOCKS 5, RFC 1928; it is told who we are as RFC 1929 says.
  record Socks5(String host, int port, @Nullable Login login) implements Proxy {
    /// @throws IllegalArgumentException if the host is empty, or the port not in 1..65535
    public Socks5 {
      check(host, port);
    }
  }

  /// A name and what proves it.
  ///
  /// @param user without a colon, which `Basic` could not tell from the end of the name
  record Login(String user, String password) {
    /// RFC 1929 has one byte for each length.
    private static final int MOST_BYTES = 255;

    /// @throws IllegalArgumentException if one of them is empty or longer than 255 bytes of UTF-8,
    ///   or the user has a colon
    public Login {
      if (!fits(user) || !fits(password) || user.indexOf(':') >= 0) {
        throw new IllegalArgumentException("user and password: 1 to 255 bytes, no colon in users");
      }
    }

    private static boolean fits(String text) {
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      return bytes > 0 && bytes <= MOST_BYTES;
    }

    /// The user alone: logs are read by many.
    @Override
    public String toString() {
      return user;
    }
  }

  /// A proxy that understands CONNECT, to which we say nothing of who we are.
  static Proxy http(String host, int port) {
    return new HttpConnect(host, port, null);
  }

  /// A SOCKS 5 proxy, to which we say nothing of who we are.
  static Proxy socks5(String host, int port) {
    return new Socks5(host, port, null);
  }

  /// This proxy, told that we are `user`.
  default Proxy withLogin(String user, String password) {
    var login = new Login(user, password);
    return switch (this) {
      case HttpConnect(var host, var port, _) -> new HttpConnect(host, port, login);
      case Socks5(var host, var port, _) -> new Socks5(host, port, login);
    };
  }

  private static void check(String host, int port) {
    if (host.isEmpty()) throw new IllegalArgumentException("no host of a proxy");
    if (port < 1 || port > 65_535) throw new IllegalArgumentException("port of a proxy: " + port);
  }
}
