package io.tidegate.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Asks through a socket of its own whether something answers.
final class Probe {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int STATUS_LINE_BYTES = 12;

  private Probe() {}

  /// The status that `address` answers to a request of `host` for `target`, or -1 if there is no
  /// answer.
  static int status(InetSocketAddress address, String host, String target) {
    try (var socket = new Socket()) {
      socket.connect(address, TIMEOUT_MILLIS);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      var request =
          "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      var line = socket.getInputStream().readNBytes(STATUS_LINE_BYTES);
      var text = new String(line, StandardCharsets.ISO_8859_1);
      var _ = socket.getInputStream().skip(Long.MAX_VALUE);
      return text.matches("HTTP/1\\.1 [1-5][0-9][0-9]") ? Integer.parseInt(text.substring(9)) : -1;
    } catch (IOException _) {
      return -1;
    }
  }

  /// Whether this machine can bind `address`.
  static boolean hasAddress(InetAddress address) {
    try (var _ = new ServerSocket(0, 1, address)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
