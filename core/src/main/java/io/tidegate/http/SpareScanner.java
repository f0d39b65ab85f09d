package io.tidegate.http;

import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.Http1RequestScanner;

/// The scanner that all HTTP/1 connections of one loop use for heads that arrive whole. Only who
/// has to wait for the rest of a head keeps it.
final class SpareScanner {
  private final HeadLimits limits;
  private Http1RequestScanner scanner;

  SpareScanner(HeadLimits limits) {
    this.limits = limits;
    this.scanner = new Http1RequestScanner(limits);
  }

  /// The scanner at the beginning of a message, to be given up within the call unless [#keep] is
  /// called.
  Http1RequestScanner begin() {
    scanner.reset();
    return scanner;
  }

  /// The caller keeps what [#begin] gave.
  void keep() {
    scanner = new Http1RequestScanner(limits);
  }
}
