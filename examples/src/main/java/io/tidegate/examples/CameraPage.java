package io.tidegate.examples;

import io.tidegate.server.Answer;
import io.tidegate.server.HttpServer;
import io.tidegate.stream.LatestFrame;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A camera for many viewers: each sees pictures as fast as it takes them, and never an old one.
public final class CameraPage {
  private CameraPage() {}

  static HttpServer start(int port, LatestFrame camera) throws IOException {
    return HttpServer.start(s ->
        s.listen("127.0.0.1", port)
            .get("/", _ -> Answer.html("<!doctype html><img src=/cam.mjpg>"))
            .get("/cam.mjpg", camera.motion())
            .get("/snapshot.jpg", camera.snapshot()));
  }

  /// Shows the JPEG files that are named, five a second, on port 8080.
  public static void main(String... files) throws IOException, InterruptedException {
    var camera = new LatestFrame();
    try (var _ = start(8080, camera)) {
      for (int i = 0; ; i++) {
        camera.publish(Files.readAllBytes(Path.of(files[i % files.length])));
        Thread.sleep(200);
      }
    }
  }
}
