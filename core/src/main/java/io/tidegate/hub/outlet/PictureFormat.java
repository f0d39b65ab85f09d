package io.tidegate.hub.outlet;

import io.tidegate.hub.Entry;
import io.tidegate.hub.Gap;
import io.tidegate.hub.Publication;
import io.tidegate.hub.WireFormat;
import io.tidegate.stream.MotionJpegParts;
import org.jspecify.annotations.Nullable;

/// Parts of a motion JPEG: a picture, and at once the head of the next part. Gaps are not told: a
/// viewer sees that it gets fewer pictures. What is no picture is withheld.
final class PictureFormat implements WireFormat {
  static final PictureFormat PICTURES = new PictureFormat();

  private static final byte[] NOTHING = {};

  private PictureFormat() {}

  @Override
  public @Nullable Frame frame(Entry entry) {
    return entry.publication().form() == Publication.Form.BINARY
        ? Frame.around(NOTHING, MotionJpegParts.next())
        : null;
  }

  @Override
  public byte[] gap(Gap gap) {
    return NOTHING;
  }
}
