package io.tidegate.http.message;

import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A host and an optional port in the one spelling by which they can be compared. Pure; nothing is
/// resolved. Immutable.
///
/// A name is lower case, of labels of letters, digits, `-` and `_` in ASCII (so an international
/// name comes as its A-labels), at most 63 bytes a label and 253 in all; one dot at its end is
/// dropped. An IPv4 address is four decimal numbers without leading zeros; a name whose last label
/// is a number is nothing else. An IPv6 address stands in brackets and is spelled as RFC 5952 says.
/// A port is 1 to 65535. User names, paths, percent signs and space are refused.
public final class Authority {
  private static final int MAX_NAME_BYTES = 253;
  private static final int MAX_LABEL_BYTES = 63;
  private static final int NO_PORT = 0;

  private final String host;
  private final int port;
  private final boolean literal;

  private Authority(String host, int port, boolean literal) {
    this.host = host;
    this.port = port;
    this.literal = literal;
  }

  /// Reads `host`, `host:port`, `[address]` or `[address]:port`; null if it is none of them.
  public static @Nullable Authority parse(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length != text.length() || !isValid(bytes, 0, bytes.length)) {
      return null;
    }
    int hostEnd = hostEnd(bytes, 0, bytes.length);
    int port = hostEnd == bytes.length ? NO_PORT : port(bytes, hostEnd + 1, bytes.length);
    String host = text.substring(0, hostEnd).toLowerCase(Locale.ROOT);
    if (host.charAt(0) == '[') {
      return new Authority(canonicalIpv6(host), port, true);
    }
    String name = host.endsWith(".") ? host.substring(0, hostEnd - 1) : host;
    return new Authority(name, port, isNumber(bytes, name.lastIndexOf('.') + 1, name.length()));
  }

  /// Whether [#parse] would take these bytes, without allocating for a name.
  static boolean isValid(byte[] bytes, int from, int to) {
    if (from == to) {
      return false;
    }
    int hostEnd = hostEnd(bytes, from, to);
    if (hostEnd < to && (bytes[hostEnd] != ':' || port(bytes, hostEnd + 1, to) == NO_PORT)) {
      return false;
    }
    return bytes[from] == '['
        ? isIpv6(bytes, from + 1, hostEnd - 1)
        : isNameOrIpv4(bytes, from, hostEnd);
  }

  /// Index behind the host: of the colon, of the end, or of what should not be there.
  private static int hostEnd(byte[] bytes, int from, int to) {
    byte last = (byte) (bytes[from] == '[' ? ']' : ':');
    for (int p = from; p < to; p++) {
      if (bytes[p] == last) {
        return last == ']' ? p + 1 : p;
      }
    }
    return to;
  }

  private static int port(byte[] bytes, int from, int to) {
    if (to - from > 5 || !isNumber(bytes, from, to)) {
      return NO_PORT;
    }
    int port = 0;
    for (int p = from; p < to; p++) {
      port = port * 10 + bytes[p] - '0';
    }
    return port <= 65_535 ? port : NO_PORT;
  }

  private static boolean isNameOrIpv4(byte[] bytes, int from, int to) {
    int end = to > from && bytes[to - 1] == '.' ? to - 1 : to;
    if (end == from || end - from > MAX_NAME_BYTES) {
      return false;
    }
    int label = from;
    for (int p = from; p < end; p++) {
      if (bytes[p] == '.') {
        if (!isLabel(bytes, label, p)) {
          return false;
        }
        label = p + 1;
      }
    }
    return isLabel(bytes, label, end)
        && (!isNumber(bytes, label, end) || (end == to && isIpv4(bytes, from, end)));
  }

  private static boolean isLabel(byte[] bytes, int from, int to) {
    if (to == from || to - from > MAX_LABEL_BYTES || bytes[from] == '-' || bytes[to - 1] == '-') {
      return false;
    }
    for (int p = from; p < to; p++) {
      byte c = Octets.lower(bytes[p]);
      if ((c < 'a' || c > 'z') && !Octets.isDigit(c) && c != '-' && c != '_') {
        return false;
      }
    }
    return true;
  }

  private static boolean isNumber(byte[] bytes, int from, int to) {
    for (int p = from; p < to; p++) {
      if (!Octets.isDigit(bytes[p])) {
        return false;
      }
    }
    return to > from;
  }

  /// Called where every label is known to be valid and the last to be a number.
  private static boolean isIpv4(byte[] bytes, int from, int to) {
    int numbers = 0;
    for (int p = from; p <= to; p++) {
      int start = p;
      int value = 0;
      for (; p < to && Octets.isDigit(bytes[p]) && p - start < 4; p++) {
        value = value * 10 + bytes[p] - '0';
      }
      boolean leadingZero = p - start > 1 && bytes[start] == '0';
      if (p == start || leadingZero || value > 255 || (p < to && bytes[p] != '.')) {
        return false;
      }
      numbers++;
    }
    return numbers == 4;
  }

  private static boolean isIpv6(byte[] bytes, int from, int to) {
    if (to <= from || to - from > 45) {
      return false;
    }
    for (int p = from; p < to; p++) {
      byte c = Octets.lower(bytes[p]);
      if ((c < 'a' || c > 'f') && !Octets.isDigit(c) && c != ':' && c != '.') {
        return false;
      }
    }
    String text = new String(bytes, from, to - from, StandardCharsets.US_ASCII);
    return bytes[to] == ']' && NetUtil.isValidIpV6Address(text);
  }

  private static String canonicalIpv6(String bracketed) {
    byte[] address =
        NetUtil.createByteArrayFromIpAddressString(bracketed.substring(1, bracketed.length() - 1));
    try {
      // asked for by name: of a mapped IPv4 address the general call makes an IPv4 one
      return "["
          + NetUtil.toAddressString(Inet6Address.getByAddress(null, address, -1), true)
          + "]";
    } catch (UnknownHostException e) {
      throw new IllegalStateException("a valid address of wrong length", e);
    }
  }

  /// Host in its one spelling; an IPv6 address keeps its brackets.
  public String host() {
    return host;
  }

  /// The port that was named, else `otherwise`.
  public int portOr(int otherwise) {
    return port == NO_PORT ? otherwise : port;
  }

  /// True if the host is an address and no name.
  public boolean isLiteral() {
    return literal;
  }

  /// True if the host is an address of this machine's loopback: 127.0.0.0/8 or `::1`.
  public boolean isLoopback() {
    return literal && (host.startsWith("127.") || host.equals("[::1]"));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Authority that && host.equals(that.host) && port == that.port;
  }

  @Override
  public int hashCode() {
    return host.hashCode() * 31 + port;
  }

  /// Host, and port if one was named.
  @Override
  public String toString() {
    return port == NO_PORT ? host : host + ":" + port;
  }
}
