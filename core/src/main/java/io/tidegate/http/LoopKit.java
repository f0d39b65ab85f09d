package io.tidegate.http;

import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.Http1RequestScanner;
import io.tidegate.net.Loop;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// What all HTTP/1 connections of one loop share: a scanner for heads that arrive whole, and the
/// Date of the second.
final class LoopKit {
  private static final long SECOND = 1_000_000_000;

  /// IMF-fixdate: two digits for the day, unlike the JDK's RFC 1123.
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Loop loop;
  private final HeadLimits limits;
  private Http1RequestScanner requests;
  private String date = "";
  private long dateNanos;

  LoopKit(Loop loop, HeadLimits limits) {
    this.loop = loop;
    this.limits = limits;
    this.requests = new Http1RequestScanner(limits);
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

  /// The Date field's value, RFC 9110 §6.6.1; made once a second.
  String date() {
    long now = loop.coarseNanos();
    if (date.isEmpty() || now - dateNanos >= SECOND) {
      dateNanos = now;
      date = IMF_FIXDATE.format(Instant.now());
    }
    return date;
  }
}
