package io.tidegate.http;

import io.tidegate.net.Loop;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// What all HTTP/1 connections of one loop share: scanners for heads that arrive whole, and the
/// Date of the second.
final class LoopKit {
  private static final long SECOND = 1_000_000_000;

  private final Loop loop;
  private final HeadLimits limits;
  private Http1RequestScanner requests;
  private Http1ResponseScanner responses;
  private String date = "";
  private long dateNanos;

  LoopKit(Loop loop, HeadLimits limits) {
    this.loop = loop;
    this.limits = limits;
    this.requests = new Http1RequestScanner(limits);
    this.responses = new Http1ResponseScanner(limits);
  }

  HeadLimits limits() {
    return limits;
  }

  /// A scanner at the beginning of a message, to be given up within the call unless [#keepRequests]
  /// is called.
  Http1RequestScanner requests() {
    requests.reset();
    return requests;
  }

  /// The caller keeps the scanner that [#requests] gave.
  void keepRequests() {
    requests = new Http1RequestScanner(limits);
  }

  Http1ResponseScanner responses() {
    responses.reset();
    return responses;
  }

  void keepResponses() {
    responses = new Http1ResponseScanner(limits);
  }

  /// The Date field's value, RFC 9110 §6.6.1; made once a second.
  String date() {
    long now = loop.coarseNanos();
    if (date.isEmpty() || now - dateNanos >= SECOND) {
      dateNanos = now;
      date = DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.now().atOffset(ZoneOffset.UTC));
    }
    return date;
  }
}
