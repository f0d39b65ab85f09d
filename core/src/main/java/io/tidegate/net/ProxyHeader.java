package io.tidegate.net;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads a PROXY header of version 1 or 2, haproxy's `proxy-protocol.txt` sections 2.1 and 2.2.
/// Pure.
///
/// Strict: what a correct proxy does not send is malformed, for a guess would give a stranger
/// another's address.
final class ProxyHeader {
  /// Of version 2, before the addresses.
  static final int FIXED_BYTES = 16;

  private static final byte[] LINE = "PROXY ".getBytes(US_ASCII);
  private static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(US_ASCII);
  private static final Pattern VERSION_1 =
      Pattern.compile("PROXY (TCP4|TCP6) (\\S+) (\\S+) (\\S+) (\\S+)");
  private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final int MOST_PORT = 65_535;
  private static final int VERSION_2 = 2;

  private ProxyHeader() {}

  /// What the bytes so far are.
  sealed interface Outcome {
    /// The beginning of a header, maybe.
    record More() implements Outcome {}

    /// No header.
    record Malformed(String why) implements Outcome {}

    /// A header of `bytes`; `source` is null where the proxy speaks for itself or does not know.
    record Complete(int bytes, @Nullable InetSocketAddress source) implements Outcome {}
  }

  private static final Outcome MORE = new Outcome.More();

  /// Reads the first `length` bytes of `bytes`.
  static Outcome read(byte[] bytes, int length, ProxyLimits limits) {
    if (startsAs(bytes, length, LINE)) return line(bytes, length, limits);
    if (startsAs(bytes, length, SIGNATURE)) return binary(bytes, length, limits);
    return new Outcome.Malformed("no PROXY header");
  }

  private static boolean startsAs(byte[] bytes, int length, byte[] beginning) {
    int compared = Math.min(length, beginning.length);
    return Arrays.equals(bytes, 0, compared, beginning, 0, compared);
  }

  private static Outcome line(byte[] bytes, int length, ProxyLimits limits) {
    int most = Math.min(length, limits.lineBytes());
    for (int i = 0; i < most; i++) {
      if (bytes[i] != '\n') continue;
      if (i == 0 || bytes[i - 1] != '\r') return new Outcome.Malformed("a bare line feed");
      return line(new String(bytes, 0, i - 1, US_ASCII), i + 1);
    }
    return length < limits.lineBytes() ? MORE : new Outcome.Malformed("a line without end");
  }

  private static Outcome line(String text, int bytes) {
    if (text.equals("PROXY UNKNOWN") || text.startsWith("PROXY UNKNOWN "))
      return new Outcome.Complete(bytes, null);
    var words = VERSION_1.matcher(text);
    if (!words.matches()) return new Outcome.Malformed("not PROXY, a family and four fields");
    var family = words.group(1).equals("TCP4") ? IPV4 : IPV6;
    var source = address(family, words.group(2), words.group(4));
    var target = address(family, words.group(3), words.group(5));
    return source == null || target == null
        ? new Outcome.Malformed("an address or port of another form")
        : new Outcome.Complete(bytes, source);
  }

  private static @Nullable InetSocketAddress address(Pattern family, String host, String port) {
    if (!family.matcher(host).matches() || !PORT.matcher(port).matches()) return null;
    int number = Integer.parseInt(port);
    if (number > MOST_PORT) return null;
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), number);
    } catch (IllegalArgumentException wrong) {
      return null;
    }
  }

  private static Outcome binary(byte[] bytes, int length, ProxyLimits limits) {
    if (length > SIGNATURE.length && (bytes[12] & 0xff) >> 4 != VERSION_2)
      return new Outcome.Malformed("another version than 2");
    if (length < FIXED_BYTES) return MORE;
    int payload = number(bytes, 14);
    if (payload > limits.payloadBytes()) return new Outcome.Malformed("a header too long");
    int whole = FIXED_BYTES + payload;
    return switch (bytes[12] & 0xf) {
      case 0 -> length < whole ? MORE : new Outcome.Complete(whole, null);
      case 1 -> proxied(bytes, length, payload);
      default -> new Outcome.Malformed("another command than LOCAL and PROXY");
    };
  }

  private static Outcome proxied(byte[] bytes, int length, int payload) {
    int addressBytes =
        switch (bytes[13]) {
          case 0x00, 0x31 ->
              0; // unspecified, and a socket of the file system: nobody we could name
          case 0x11 -> 4;
          case 0x21 -> 16;
          default -> -1;
        };
    if (addressBytes < 0) return new Outcome.Malformed("neither TCP4 nor TCP6");
    if (payload < (addressBytes == 0 ? 0 : 2 * addressBytes + 4))
      return new Outcome.Malformed("shorter than its addresses");
    int whole = FIXED_BYTES + payload;
    if (length < whole) return MORE;
    return new Outcome.Complete(whole, addressBytes == 0 ? null : source(bytes, addressBytes));
  }

  private static InetSocketAddress source(byte[] bytes, int addressBytes) {
    var raw = Arrays.copyOfRange(bytes, FIXED_BYTES, FIXED_BYTES + addressBytes);
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(raw), number(bytes, FIXED_BYTES + 2 * addressBytes));
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static int number(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }
}
