package io.tidegate.stream;

import io.netty.buffer.Unpooled;
import io.tidegate.http.Exchange;
import io.tidegate.net.CutReason;
import io.tidegate.outbound.Encoded;
import io.tidegate.outbound.Outbox;
import io.tidegate.outbound.Slow;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.util.List;

/// One viewer of a [LatestFrame]: a `multipart/x-mixed-replace` answer whose parts are pictures.
///
/// At most one picture waits and one is under way; a newer one takes the place of the one that
/// waits. The head of the next part follows each picture at once, see [MotionJpegParts].
final class MotionJpeg implements LatestFrame.Screen {
  private static final byte[] NEXT = MotionJpegParts.next();

  /// Room for the head of the first part: pictures displace one another, whatever their length.
  private static final int MOST_WAITING_BYTES = 1024;

  private final LatestFrame camera;
  private final Outbox outbox;

  private MotionJpeg(LatestFrame camera, Exchange exchange) {
    this.camera = camera;
    this.outbox = new Outbox(new Viewer(exchange, MOST_WAITING_BYTES));
  }

  static Answer answer(LatestFrame camera) {
    var opening =
        new Content.Live() {
          @Override
          public void begin(Exchange exchange) {
            new MotionJpeg(camera, exchange).begin(exchange);
          }

          @Override
          public void use() {}
        };
    return new Answer(
        200,
        List.of(
            new Answer.Field("Content-Type", MotionJpegParts.CONTENT_TYPE),
            new Answer.Field("Cache-Control", "no-store")),
        opening);
  }

  private void begin(Exchange exchange) {
    exchange.own(this::gone);
    if (exchange.hasConnection()) exchange.connection().holdLittle();
    var _ =
        outbox.send(NEXT.length, Slow.close(), _ -> Encoded.whole(Unpooled.wrappedBuffer(NEXT)));
    camera.enter(this);
  }

  private void gone() {
    camera.leave(this);
    outbox.close(CutReason.PEER_GONE);
  }

  /// Shows `jpeg` in the place of the one that waits.
  @Override
  public void show(byte[] jpeg) {
    var _ =
        outbox.send(
            jpeg.length + NEXT.length,
            Slow.keepLatest(),
            _ -> Encoded.of(Unpooled.wrappedBuffer(jpeg), Unpooled.wrappedBuffer(NEXT)));
  }
}
