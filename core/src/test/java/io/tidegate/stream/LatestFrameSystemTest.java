package io.tidegate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.server.Answer;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.RawHttp;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class LatestFrameSystemTest {
  private static final String GET = "GET /cam HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final String NEXT = "\r\n--picture\r\nContent-Type: image/jpeg\r\n\r\n";

  private static byte[] picture(Color color) throws IOException {
    var image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    var graphics = image.createGraphics();
    graphics.setColor(color);
    graphics.fillRect(0, 0, 64, 64);
    graphics.dispose();
    var bytes = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, "jpeg", bytes)).isTrue();
    return bytes.toByteArray();
  }

  @Test
  void aBrowserShowsTheLastPictureThoughNoOtherFollows() throws Exception {
    var camera = new LatestFrame();
    var page =
        "<img id=i><script>onload=()=>{i.src='/cam'};window.color=()=>{let c=document.createElement('canvas');"
            + "c.width=c.height=8;let g=c.getContext('2d');g.drawImage(i,0,0,8,8);"
            + "let p=g.getImageData(4,4,1,1).data;"
            + "return (p[0]>200?'r':'')+(p[1]>200?'g':'')+(p[2]>200?'b':'')}</script>";
    try (var rig =
            new ServerRig(s ->
                s.get("/", _ -> Answer.html(page))
                    .get("/cam", camera.motion())
                    .get("/snapshot.jpg", camera.snapshot()));
        var browser = Browser.open()) {
      assertThat(rig.get("/snapshot.jpg").statusCode()).isEqualTo(503);
      browser.visit(rig.uri("/").toString());
      ServerRig.await("a viewer", () -> camera.viewers() == 1);

      camera.publish(picture(Color.RED));
      browser.await("window.color() === 'r'");
      camera.publish(picture(Color.GREEN));
      browser.await("window.color() === 'g'");
      camera.publish(picture(Color.BLUE));
      browser.await("window.color() === 'b'");

      assertThat(rig.get("/snapshot.jpg").headers().firstValue("content-type"))
          .contains("image/jpeg");
    }
  }

  @Test
  void aViewerThatIsSlowSkipsPicturesAndTearsNone() throws Exception {
    var camera = new LatestFrame();
    var random = new Random(7);
    try (var rig = new ServerRig(s -> s.get("/cam", camera.motion()));
        RawHttp peer = rig.raw()) {
      peer.send(GET);
      var body = peer.body(peer.head(), "GET");
      ServerRig.await("a viewer", () -> camera.viewers() == 1);
      int published = 300;
      for (int i = 0; i < published; i++) camera.publish(numbered(i, 120_000, random));

      var seen = numbers(body, published - 1);

      assertThat(seen).isSorted().doesNotHaveDuplicates().endsWith(published - 1);
      assertThat(seen.size()).isLessThan(published / 2);
    }
  }

  /// Another camera's thread publishes between the moments in which a viewer that comes reads the
  /// newest picture and shows it.
  @Test
  void aPictureThatIsPublishedWhileAViewerComesIsNotDisplacedByTheOneBefore() {
    var camera = new LatestFrame();
    camera.publish(new byte[] {1});
    var shown = new ArrayList<Byte>();
    LatestFrame.Screen screen =
        jpeg -> {
          if (shown.isEmpty() && jpeg[0] == 1) camera.publish(new byte[] {2});
          shown.add(jpeg[0]);
        };

    camera.enter(screen);

    assertThat(shown).endsWith((byte) 2);
  }

  @Test
  void aPictureIsNotDisplacedByOneThatWasPublishedBefore() throws Exception {
    var camera = new LatestFrame();
    var shown = Collections.synchronizedList(new ArrayList<Byte>());
    var second = new Thread(() -> camera.publish(new byte[] {2}));
    camera.enter(jpeg -> {
      if (jpeg[0] == 1) {
        second.start();
        ServerRig.await("it has shown its picture, or waits", () -> isThroughOrWaits(second));
      }
      shown.add(jpeg[0]);
    });

    camera.publish(new byte[] {1});
    second.join();

    assertThat(shown).containsExactly((byte) 1, (byte) 2);
  }

  private static boolean isThroughOrWaits(Thread thread) {
    return thread.getState() == Thread.State.TERMINATED
        || thread.getState() == Thread.State.BLOCKED;
  }

  /// A picture of which every byte tells its number.
  private static byte[] numbered(int number, int bytes, Random random) {
    var picture = new byte[bytes + random.nextInt(1_000)];
    java.util.Arrays.fill(picture, (byte) (number % 100 + 100));
    picture[0] = (byte) (number >> 8);
    picture[1] = (byte) number;
    return picture;
  }

  /// The numbers of the pictures that come, up to `last`; each is checked to be whole.
  private static ArrayList<Integer> numbers(io.tidegate.testkit.RawBody body, int last)
      throws IOException {
    var all = new ByteArrayOutputStream();
    var seen = new ArrayList<Integer>();
    var piece = new byte[64 * 1024];
    int from = NEXT.length();
    while (seen.isEmpty() || seen.getLast() != last) {
      int read = body.read(piece);
      assertThat(read).isPositive();
      all.write(piece, 0, read);
      var bytes = all.toByteArray();
      for (int end; (end = find(bytes, from)) >= 0; from = end + NEXT.length())
        seen.add(numberOf(bytes, from, end));
    }
    return seen;
  }

  private static int find(byte[] bytes, int from) {
    for (int i = from; i + NEXT.length() <= bytes.length; i++) {
      if (bytes[i] == '\r'
          && new String(bytes, i, NEXT.length(), java.nio.charset.StandardCharsets.ISO_8859_1)
              .equals(NEXT)) return i;
    }
    return -1;
  }

  private static int numberOf(byte[] bytes, int from, int end) {
    int number = (bytes[from] & 0xff) << 8 | (bytes[from + 1] & 0xff);
    for (int i = from + 2; i < end; i++)
      assertThat(bytes[i]).isEqualTo((byte) (number % 100 + 100));
    return number;
  }
}
