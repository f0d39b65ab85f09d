package io.tidegate.http.message;

import java.nio.charset.StandardCharsets;

/// One head scanned at once, for tests.
final class Scans {
  private Scans() {}

  static byte[] bytes(String wire) {
    return wire.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// The request in `wire`, which must be a whole head and no more.
  static Http1Request request(String... lines) {
    byte[] wire = bytes(String.join("\r\n", lines) + "\r\n\r\n");
    var scanner = new Http1RequestScanner(HeadLimits.DEFAULT);
    if (scanner.scan(wire, 0, wire.length) != Scan.HEAD || scanner.consumed() != wire.length) {
      throw new AssertionError("no whole head: " + String.join(" | ", lines));
    }
    return scanner.request();
  }

  static BadMessage badRequest(String... lines) {
    byte[] wire = bytes(String.join("\r\n", lines) + "\r\n\r\n");
    var scanner = new Http1RequestScanner(HeadLimits.DEFAULT);
    if (scanner.scan(wire, 0, wire.length) != Scan.BAD) {
      throw new AssertionError("not refused: " + String.join(" | ", lines));
    }
    return scanner.bad();
  }

  /// The answer to a request with `method`.
  static Http1Response response(String method, String... lines) {
    byte[] wire = bytes(String.join("\r\n", lines) + "\r\n\r\n");
    var scanner = new Http1ResponseScanner(HeadLimits.DEFAULT);
    if (scanner.scan(method, wire, 0, wire.length) != Scan.HEAD
        || scanner.consumed() != wire.length) {
      throw new AssertionError("no whole head: " + String.join(" | ", lines));
    }
    return scanner.response();
  }
}
