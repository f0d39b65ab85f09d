package io.tidegate.http;

import io.netty.buffer.ByteBufUtil;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http1Writer;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;

/// The answer to a request that could not be served: a line of text, the reason as a field, and the
/// end of the connection.
final class ErrorAnswer {
  private ErrorAnswer() {}

  static void write(ByteStream out, int status, String text, CutReason reason, String date) {
    var builder =
        new HeadBuilder()
            .response(status)
            .field(FieldName.DATE, date)
            .field(FieldName.CONTENT_TYPE, "text/plain; charset=utf-8")
            .field("Tidegate-Error", reason.label());
    if (status == 503) builder.field(FieldName.RETRY_AFTER, "5");
    var head = builder.buildResponse();
    var framing = Framing.length(text.length() + 1L);
    int size = Http1Writer.sizeOf(head, framing, Http1Writer.Then.CLOSE) + text.length() + 1;
    var _ =
        out.offer(
            size,
            answer -> {
              Http1Writer.write(head, framing, Http1Writer.Then.CLOSE, answer);
              var _ = ByteBufUtil.writeAscii(answer, text + "\n");
            });
  }
}
