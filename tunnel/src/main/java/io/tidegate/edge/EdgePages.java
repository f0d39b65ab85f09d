package io.tidegate.edge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.net.CutReason;

/// What the edge itself answers: a small page for a browser, a line for everyone else, the reason
/// as a field on both.
final class EdgePages {
  private EdgePages() {}

  /// Refuses `exchange` for `reason`, which is counted.
  static void refuse(Exchange exchange, CutReason reason, String detail) {
    exchange.connection().loop().count(reason);
    answer(
        exchange,
        reason.status(),
        reason.text() + (detail.isEmpty() ? "" : ": " + detail),
        reason.label());
  }

  /// Answers with `text`, which is escaped where it must be.
  static void answer(Exchange exchange, int status, String text, String error) {
    boolean html = exchange.request().fields().listHas(FieldName.ACCEPT, "text/html");
    var body = html ? page(status, text) : text + "\n";
    var head =
        new HeadBuilder()
            .response(status)
            .field(
                FieldName.CONTENT_TYPE,
                html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8");
    if (!error.isEmpty()) head.field("Tidegate-Error", error);
    if (status == 503) head.field(FieldName.RETRY_AFTER, "5");
    if (status == 401) head.field(FieldName.WWW_AUTHENTICATE, "Bearer");
    if (status == 426) head.field(FieldName.UPGRADE, "yamux, websocket");
    head.field(FieldName.CACHE_CONTROL, "no-store");
    if (html)
      head.field("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    exchange.answer(head.buildResponse(), body.getBytes(UTF_8));
  }

  private static String page(int status, String text) {
    return """
    <!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><title>%1$d</title>
    <style>body{font:16px/1.5 system-ui,sans-serif;margin:20vh auto 0;max-width:34rem;padding:0 1rem;color:#223}
    h1{font-size:3rem;margin:0;color:#0a6}@media(prefers-color-scheme:dark){body{background:#111;color:#dde}}</style>
    <h1>%1$d</h1><p>%2$s</p><p><small>Tidegate</small></p>
    """
        .formatted(status, escape(text));
  }

  /// For HTML text; control characters become spaces.
  static String escape(String text) {
    var out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c < ' ' || c == 0x7f ? ' ' : c);
      }
    }
    return out.toString();
  }
}
