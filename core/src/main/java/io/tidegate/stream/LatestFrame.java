package io.tidegate.stream;

import io.tidegate.http.message.FieldName;
import io.tidegate.server.Answer;
import io.tidegate.server.Handler;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A camera: only its newest picture counts. Each viewer gets pictures as fast as it takes them,
/// and never an old one, or half of one.
///
/// A picture is kept once, however many watch: by the camera until the next, and by viewers while
/// it is under way to them. Any thread may publish.
public final class LatestFrame {
  /// A larger picture is a mistake.
  ///
  /// One picture on its way to a viewer and one that waits are charged to its connection, which may
  /// hold 2 MiB ([io.tidegate.net.ListenerConfig#connectionLimits]): of pictures of more than half
  /// of that some are passed over, of more than all of it every one.
  public static final int MOST_BYTES = 8 << 20;

  private final Set<Screen> viewers = ConcurrentHashMap.newKeySet();
  private volatile byte @Nullable [] latest;

  /// Where pictures are shown, each in the place of the one before.
  interface Screen {
    /// Shows `jpeg` next.
    void show(byte[] jpeg);
  }

  /// A camera without a picture.
  public LatestFrame() {}

  /// Shows `jpeg` to all who watch; nobody changes it any more.
  ///
  /// @throws IllegalArgumentException if it is empty or longer than [#MOST_BYTES]
  public void publish(byte[] jpeg) {
    if (jpeg.length < 1 || jpeg.length > MOST_BYTES)
      throw new IllegalArgumentException("length not in 1.." + MOST_BYTES + ": " + jpeg.length);
    synchronized (viewers) { // so that no older one follows
      latest = jpeg;
      for (var viewer : viewers) viewer.show(jpeg);
    }
  }

  /// How many watch.
  public int viewers() {
    return viewers.size();
  }

  /// Shows `viewer` the newest picture and all that follow. Does not wait for who publishes: the
  /// picture that it has read may be an old one when it is shown, and then it shows again.
  void enter(Screen viewer) {
    viewers.add(viewer);
    byte[] shown;
    do {
      shown = latest;
      if (shown != null) viewer.show(shown);
    } while (shown != latest);
  }

  /// Called by the viewer's scope.
  void leave(Screen viewer) {
    viewers.remove(viewer);
  }

  /// Shows the pictures as they come, as a `multipart/x-mixed-replace` stream.
  public Handler motion() {
    return _ -> MotionJpeg.answer(this);
  }

  /// Answers the newest picture; 503 while there is none.
  public Handler snapshot() {
    return _ -> {
      var jpeg = latest;
      return jpeg == null
          ? Answer.text("no picture yet\n").withStatus(503).withField("Retry-After", "1")
          : Answer.bytes("image/jpeg", jpeg).withField(FieldName.CACHE_CONTROL.text(), "no-store");
    };
  }
}
