package io.tidegate.cli;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// Reads `ADDRESS:PORT`, the address as a literal: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:80`.
final class ListenAddress {
  private ListenAddress() {}

  /// @throws IllegalArgumentException with an example when `text` is not one
  static InetSocketAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    var host = colon < 0 ? "" : text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) host = host.substring(1, host.length() - 1);
    // without brackets the last group of an IPv6 address would pass for a port
    if (host.isEmpty() || bracketed != host.contains(":")) throw wrong(text);
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port(text.substring(colon + 1)));
    } catch (IllegalArgumentException _) {
      throw wrong(text);
    }
  }

  /// Reads a port, 0 for a free one.
  ///
  /// @throws IllegalArgumentException if it is none
  static int port(String text) {
    if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535)
      throw new IllegalArgumentException("not a port: '" + text + "'; it is 0 to 65535");
    return Integer.parseInt(text);
  }

  /// Returns the text that [#parse] reads back as this address.
  static String text(InetSocketAddress address) {
    return NetUtil.toSocketAddressString(address);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "not an address: '" + text + "'; write it like 127.0.0.1:8080 or [::1]:8080");
  }
}
