package io.tidegate.testbed;

import io.tidegate.stream.LatestFrame;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Pictures of about 120 kB, 15 a second: noise with a bar that wanders, drawn beforehand. It rests
/// while nobody watches.
final class Camera implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Camera.class);
  private static final int PICTURES = 30;
  private static final int WIDTH = 480;
  private static final int HEIGHT = 320;
  private static final long PERIOD_MICROS = 1_000_000 / 15;

  private final LatestFrame frames = new LatestFrame();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("tidegate-camera").factory());
  private byte[][] pictures = {};
  private int next;

  LatestFrame frames() {
    return frames;
  }

  void start() {
    var _ =
        clock.scheduleAtFixedRate(this::show, PERIOD_MICROS, PERIOD_MICROS, TimeUnit.MICROSECONDS);
  }

  private void show() {
    if (frames.viewers() == 0) return;
    try {
      if (pictures.length == 0) pictures = draw();
      frames.publish(pictures[next]);
      next = (next + 1) % PICTURES;
    } catch (Exception fault) {
      LOG.error("No picture could be made.", fault);
    }
  }

  private static byte[][] draw() throws IOException {
    var drawn = new byte[PICTURES][];
    var random = new Random(1);
    for (int i = 0; i < PICTURES; i++) drawn[i] = picture(random, i * WIDTH / PICTURES);
    return drawn;
  }

  /// Noise does not compress: its share of the picture sets the size.
  private static byte[] picture(Random random, int bar) throws IOException {
    var image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < WIDTH; x++) {
      for (int y = 0; y < HEIGHT; y++)
        image.setRGB(
            x, y, Math.abs(x - bar) < 16 ? Color.ORANGE.getRGB() : random.nextInt(0x404040));
    }
    var bytes = new ByteArrayOutputStream();
    if (!ImageIO.write(image, "jpeg", bytes)) throw new IOException("this JDK writes no JPEG");
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
