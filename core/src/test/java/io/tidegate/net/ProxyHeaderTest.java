package io.tidegate.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
  private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
  private static final String IPV4 =
      "\u00c0\u0000\u0002\u0007\u0001\u0001\u0001\u0001\u0010\u0092\u0000\u0050";
  private static final String IPV6 =
      "\u0020\u0001\r\u00b8"
          + "\0".repeat(11)
          + "\7"
          + "\0".repeat(15)
          + "\1"
          + "\u0010\u0092\u0000\u0050";

  static String binary(int command, int family, String payload) {
    return SIGNATURE
        + (char) (0x20 | command)
        + (char) family
        + (char) (payload.length() >> 8)
        + (char) (payload.length() & 0xff)
        + payload;
  }

  private static ProxyHeader.Outcome read(String text, int length) {
    return ProxyHeader.read(text.getBytes(ISO_8859_1), length, ProxyLimits.DEFAULT);
  }

  static Stream<Arguments> headers() {
    return Stream.of(
        arguments("PROXY TCP4 192.0.2.7 1.1.1.1 4242 80\r\n", "192.0.2.7", 4242),
        arguments(
            "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
            "255.255.255.255",
            65_535),
        arguments("PROXY TCP6 2001:db8::7 ::1 4242 80\r\n", "2001:db8:0:0:0:0:0:7", 4242),
        arguments(
            "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
                + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            65_535),
        arguments("PROXY UNKNOWN\r\n", null, 0),
        arguments("PROXY UNKNOWN ffff::1 whatever it says 1 2\r\n", null, 0),
        arguments(binary(1, 0x11, IPV4), "192.0.2.7", 4242),
        arguments(binary(1, 0x11, IPV4 + "\4\0\1x" + "y".repeat(520)), "192.0.2.7", 4242),
        arguments(binary(1, 0x21, IPV6), "2001:db8:0:0:0:0:0:7", 4242),
        arguments(binary(1, 0x31, "\0".repeat(216)), null, 0),
        arguments(binary(1, 0x00, ""), null, 0),
        arguments(binary(0, 0x00, ""), null, 0),
        arguments(binary(0, 0x11, IPV4), null, 0));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void aHeaderIsReadToItsLastByteAndNotBefore(String header, @Nullable String host, int port) {
    var request = header + "GET / HTTP/1.1\r\n";

    for (int length = 0; length < header.length(); length++)
      assertThat(read(request, length)).isInstanceOf(ProxyHeader.Outcome.More.class);
    for (int length = header.length(); length <= request.length(); length++) {
      var outcome = (ProxyHeader.Outcome.Complete) read(request, length);
      assertThat(outcome.bytes()).isEqualTo(header.length());
      var source = outcome.source();
      assertThat(source == null ? null : source.getAddress().getHostAddress()).isEqualTo(host);
      if (source != null) assertThat(source.getPort()).isEqualTo(port);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "proxy TCP4 1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY  TCP4 1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 1 \r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n",
        "PROXY TCP4 1.1.1.1 1.1.1.1 -1 1\r\n",
        "PROXY TCP4 1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP4 1.1.1.256 1.1.1.1 1 1\r\n",
        "PROXY TCP4 ::1 ::1 1 1\r\n",
        "PROXY TCP4 localhost 1.1.1.1 1 1\r\n",
        "PROXY TCP6 1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY TCP6 ::1%lo ::1 1 1\r\n",
        "PROXY TCP6 :::1 ::1 1 1\r\n",
        "PROXY UDP4 1.1.1.1 1.1.1.1 1 1\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY \r\n",
        "\r\n\r\n\0\r\nQUIT ",
        "\r\n\r\n\0\r\nQUIT\n\u0011\u0011\0\0",
        "\r\n\r\n\0\r\nQUIT\n\u0031\u0011\0\0",
        "\r\n\r\n\0\r\nQUIT\n\42\21\0\0",
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u000b",
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0021\0\u0023",
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0012\0\u000c",
        "\r\n\r\n\0\r\nQUIT\n\u0021\u0011\u0002\u0019",
        "\r\n\r\n\0\r\nQUIT\n\u0020\u0000\u00ff\u00ff"
      })
  void whatACorrectProxyDoesNotSendIsMalformed(String header) {
    assertThat(read(header, header.length())).isInstanceOf(ProxyHeader.Outcome.Malformed.class);
  }

  @Test
  void aLineEndsAtItsHundredAndSeventhByte() {
    var longest = "PROXY UNKNOWN " + "x".repeat(91) + "\r\n";
    var longer = "PROXY UNKNOWN " + "x".repeat(92) + "\r\n";

    assertThat(longest).hasSize(107);
    assertThat(read(longest, 107)).isInstanceOf(ProxyHeader.Outcome.Complete.class);
    assertThat(read(longer, 106)).isInstanceOf(ProxyHeader.Outcome.More.class);
    assertThat(read(longer, 107)).isInstanceOf(ProxyHeader.Outcome.Malformed.class);
  }
}
