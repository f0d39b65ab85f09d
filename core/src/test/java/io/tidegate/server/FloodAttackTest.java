package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Floods of keys, ranges, fields and extensions through the library's server.
class FloodAttackTest {
  private static final int KEYS = 50_000;
  private static final int ROUNDS = 10;
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /// Where keys stand, and how the server answers 50,000 of them.
  private enum Place {
    QUERY(414) {
      @Override
      String request(List<String> keys) {
        return "GET /query?" + String.join("&", keys) + " HTTP/1.1\r\nHost: x\r\n\r\n";
      }
    },
    FORM(413) {
      @Override
      String request(List<String> keys) {
        return post("/form", "application/x-www-form-urlencoded", String.join("=1&", keys));
      }
    },
    MULTIPART(400) {
      @Override
      String request(List<String> keys) {
        var body = new StringBuilder();
        for (var key : keys)
          body.append("--b\r\nContent-Disposition: form-data; name=")
              .append(key)
              .append("\r\n\r\nv\r\n");
        return post("/multipart", "multipart/form-data; boundary=b", body + "--b--");
      }
    },
    FIELDS(431) {
      @Override
      String request(List<String> keys) {
        return "GET /query HTTP/1.1\r\nHost: x\r\n" + String.join(": 1\r\n", keys) + ": 1\r\n\r\n";
      }
    };

    private final int refusal;

    Place(int refusal) {
      this.refusal = refusal;
    }

    abstract String request(List<String> keys);

    private static String post(String path, String type, String body) {
      return "POST "
          + path
          + " HTTP/1.1\r\nHost: x\r\nContent-Type: "
          + type
          + "\r\nContent-Length: "
          + body.length()
          + "\r\n\r\n"
          + body;
    }
  }

  /// Names of 32 letters that all have one hash code, or are the same letters shuffled.
  private static List<String> keys(boolean collide, int count) {
    var random = new Random(13);
    var keys = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      var key = new StringBuilder(32);
      for (int bit = 0; bit < 16; bit++) {
        if (collide) key.append((i >> bit & 1) == 0 ? "Aa" : "BB");
        else key.append("AaB".charAt(random.nextInt(3))).append("AaB".charAt(random.nextInt(3)));
      }
      keys.add(key.toString());
    }
    return keys;
  }

  private static ServerRig open() {
    return new ServerRig(s ->
        s.get("/query", call -> "" + call.query("none") + call.field("none"))
            .post("/form", call -> "" + call.form().first("none"))
            .post(
                "/multipart",
                call -> {
                  var parts = call.multipart(16 << 20);
                  int count = 0;
                  while (parts.next() != null) count++;
                  return "" + count;
                }));
  }

  /// The status, or 0 where the refusal was lost to a reset: we were still sending.
  private static int status(ServerRig rig, byte[] request) throws IOException {
    try (RawHttp peer = rig.raw()) {
      try {
        peer.send(request);
      } catch (IOException refusedMeanwhile) {
        // the answer may stand in our socket nevertheless
      }
      return peer.head().status();
    } catch (IOException reset) {
      return 0;
    }
  }

  private static long cpuNanos(ServerRig rig, byte[] request, int rounds) throws IOException {
    long before = PROCESS.getProcessCpuTime();
    for (int i = 0; i < rounds; i++) {
      var _ = status(rig, request);
    }
    return PROCESS.getProcessCpuTime() - before;
  }

  /// Twice; 20 ms are the clock's ticks and whatever else this process does.
  private static long most(long ofGood) {
    return 2 * ofGood + 20_000_000;
  }

  @ParameterizedTest
  @EnumSource(Place.class)
  void a13KeysThatCollideCostNoMoreThanTwiceOthers(Place place) throws Exception {
    for (int count : new int[] {KEYS, 90}) {
      var colliding = keys(true, count);
      assertThat(colliding.stream().mapToInt(String::hashCode).distinct().count()).isEqualTo(1);
      var bad = place.request(colliding).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      var good =
          place.request(keys(false, count)).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      try (var rig = open()) {
        assertThat(status(rig, bad)).isIn(count == KEYS ? List.of(place.refusal, 0) : List.of(200));
        var _ = cpuNanos(rig, good, ROUNDS) + cpuNanos(rig, bad, ROUNDS);

        long ofGood = 0;
        long ofBad = 0;
        // what a collector adds to one turn is little beside twelve
        for (int i = 0; i < 3 || (i < 12 && ofBad >= most(ofGood)); i++) {
          ofGood += cpuNanos(rig, good, ROUNDS);
          ofBad += cpuNanos(rig, bad, ROUNDS);
        }

        assertThat(ofBad).as("%d in %s", count, place).isLessThan(most(ofGood));
      }
    }
  }

  @Test
  void a14RangesNeverMultiplyAFile(@TempDir Path directory) throws Exception {
    int size = 100_000;
    var file = Files.write(directory.resolve("f"), new byte[size]);
    var many = new StringBuilder("0-");
    for (int i = 1; i < 1_000; i++) many.append(",").append(i).append("-");
    try (var rig = new ServerRig(s -> s.get("/", _ -> file))) {
      for (var ranges :
          List.of(
              many,
              "0-,0-,0-",
              "0-0,-1",
              "-0",
              size + "-",
              "5-1",
              "0-" + Long.MAX_VALUE,
              "-" + size + "0")) {
        try (var peer = rig.raw()) {
          peer.send("GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=" + ranges + "\r\n\r\n");
          var head = peer.head();
          var body = peer.body(head, "GET").drain();

          assertThat(body.complete()).isTrue();
          assertThat(body.bytes()).as("%.20s", ranges).isLessThanOrEqualTo(size);
          assertThat(head.status()).as("%.20s", ranges).isIn(200, 206, 416);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "one field of 64 KiB, 431",
    "5000 fields, 431",
    "a cookie of 1 MiB, 431",
    "a line of 1 MiB, 414",
    "trailers of 64 KiB, 431",
    "a chunk extension of 1 MiB, 413",
    "extensions of many chunks, 413",
  })
  void a10a11ABombIsRefusedAndNoMoreThanAHeadIsHeld(String bomb, int refusal) throws Exception {
    var request =
        switch (bomb) {
          case "one field of 64 KiB" -> get("X: " + "a".repeat(65_536) + "\r\n");
          case "5000 fields" -> get("X: a\r\n".repeat(5_000));
          case "a cookie of 1 MiB" -> get("Cookie: a=" + "b".repeat(1 << 20) + "\r\n");
          case "a line of 1 MiB" -> "GET /" + "a".repeat(1 << 20) + " HTTP/1.1\r\nHost: x\r\n\r\n";
          case "trailers of 64 KiB" -> chunked("0\r\nX: " + "a".repeat(65_536) + "\r\n\r\n");
          case "a chunk extension of 1 MiB" ->
              chunked("1;x=" + "a".repeat(1 << 20) + "\r\na\r\n0\r\n\r\n");
          default -> chunked(("1;x=" + "a".repeat(100) + "\r\na\r\n").repeat(100) + "0\r\n\r\n");
        };
    var bytes = request.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    try (var rig =
        new ServerRig(
            s -> s.get("/", _ -> "x").post("/", call -> "" + call.body().bytes(1 << 20).length))) {
      int heard = 0;
      for (int i = 0; i < 10; i++) {
        int status = status(rig, bytes);
        assertThat(status).isIn(refusal, 0);
        if (status != 0) heard++;
      }

      assertThat(heard).as("heard the refusal").isPositive();
    }
  }

  @Test
  void a10AnUnfinishedHeadHoldsNoMoreThanItsBound() throws Exception {
    int peers = 20;
    var open = new ArrayList<RawHttp>();
    try (var rig = new ServerRig(s -> s.get("/", _ -> "x"))) {
      for (int i = 0; i < peers; i++) {
        var peer = rig.raw();
        open.add(peer);
        peer.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(15_000));
      }
      ServerRig.await("all heads are held", () -> held(rig) >= peers * 15_000L);

      // a head's 16 KiB, the connection itself and the pieces' entries
      assertThat(held(rig)).isLessThanOrEqualTo(peers * 24L * 1024);
      open.forEach(RawHttp::close);
    }
  }

  private static long held(ServerRig rig) {
    var census = rig.server.census();
    return census.direct().held()
        - census.direct().unused()
        + census.heap().held()
        - census.heap().unused();
  }

  private static String get(String fields) {
    return "GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  }

  private static String chunked(String body) {
    return "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
  }
}
