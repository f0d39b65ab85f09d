package io.tidegate.stream;

import java.nio.charset.StandardCharsets;

/// How pictures stand in a `multipart/x-mixed-replace` answer: the head of the next part follows
/// each at once, without a length, for Chrome shows a picture only when it sees where the next
/// begins.
public final class MotionJpegParts {
  private static final String BOUNDARY = "picture";

  /// Of the whole answer.
  public static final String CONTENT_TYPE = "multipart/x-mixed-replace; boundary=" + BOUNDARY;

  private static final byte[] NEXT =
      ("\r\n--" + BOUNDARY + "\r\nContent-Type: image/jpeg\r\n\r\n")
          .getBytes(StandardCharsets.US_ASCII);

  private MotionJpegParts() {}

  /// What stands before the first picture and behind each; a copy.
  public static byte[] next() {
    return NEXT.clone();
  }
}
