package io.tidegate.demo;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/// Small answers that are sent whole, paid by the connection that asked. On the loop.
final class Reply {
  private Reply() {}

  static void text(Exchange exchange, int status, String text) {
    bytes(exchange, status, "text/plain; charset=utf-8", utf8(text + "\n"));
  }

  static void json(Exchange exchange, byte[] json) {
    bytes(exchange, 200, "application/json", json);
  }

  static void bytes(Exchange exchange, int status, String type, byte[] content) {
    bytes(exchange, head(status, type), content);
  }

  static void bytes(Exchange exchange, HeadBuilder head, byte[] content) {
    var account = exchange.connection().account();
    if (!account.charge(Purse.DIRECT, content.length)) {
      exchange.cut(CutReason.MEMORY_REFUSED);
      return;
    }
    var piece = exchange.connection().loop().buffers().directBuffer(content.length);
    piece.writeBytes(content);
    if (exchange.respond(head.buildResponse(), Framing.length(content.length))) {
      var _ = exchange.offer(piece, content.length, bytes -> account.release(Purse.DIRECT, bytes));
      exchange.finish(Fields.EMPTY);
    } else {
      piece.release();
      account.release(Purse.DIRECT, content.length);
    }
  }

  /// The fields that every answer has.
  static HeadBuilder head(int status, String type) {
    return new HeadBuilder()
        .response(status)
        .field(FieldName.DATE, date())
        .field(FieldName.CONTENT_TYPE, type)
        .field(FieldName.CACHE_CONTROL, "no-store");
  }

  private static String date() {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
