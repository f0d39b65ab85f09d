package io.tidegate.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tidegate.ledger.Budget;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.net.WriteLimits;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemPair;
import io.tidegate.server.Diagnostics;
import io.tidegate.server.Handler;
import io.tidegate.server.ServerConfig;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.TestAuthority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Files that are sent by the kernel, to the byte, whatever the peer and the disk do meanwhile.
@ExtendWith(Balanced.class)
class FileDownloadsSystemTest {
  private static final Budget BUDGET = new Budget(64L << 20, 64L << 20);
  private static final int MEBIBYTE = 1 << 20;
  private static final int LARGE = 64 * MEBIBYTE;
  private static final List<Integer> SIZES =
      List.of(
          0,
          1,
          13,
          32_767,
          32_768,
          65_537,
          100_000,
          458_752,
          458_753,
          1_000_000,
          MEBIBYTE,
          MEBIBYTE + 1,
          5_000_011);

  @TempDir private Path directory;

  private Path file(int bytes) throws IOException {
    var path = directory.resolve("root").resolve(bytes + ".bin");
    if (Files.exists(path)) return path;
    var _ = Files.createDirectories(path.getParent());
    try (var out = Files.newOutputStream(path)) {
      for (int at = 0; at < bytes; at += MEBIBYTE)
        out.write(Pattern.bytes(at, Math.min(MEBIBYTE, bytes - at)));
    }
    return path;
  }

  private void place(int bytes) throws IOException {
    var _ = file(bytes);
  }

  private ServerRig serve(Transport transport, Consumer<ServerConfig> with) throws IOException {
    var files = StaticFiles.of(Files.createDirectories(directory.resolve("root")));
    return new ServerRig(s -> {
      var _ =
          s.loops(new LoopsConfig("files", 1, BUDGET, transport, false))
              .get("/", Handler.onLoop(_ -> "hello"))
              .get("/metrics", Diagnostics.metrics())
              .mount("/f", files);
      with.accept(s);
    });
  }

  private ServerRig serve(Transport transport) throws IOException {
    return serve(transport, _ -> {});
  }

  private static String request(String method, String path, String... fields) {
    var request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: x\r\n");
    for (var field : fields) request.append(field).append("\r\n");
    return request.append("\r\n").toString();
  }

  private static RawBody get(RawHttp peer, String path) throws IOException {
    peer.send(request("GET", path));
    return peer.body(peer.head(), "GET");
  }

  @ParameterizedTest
  @EnumSource
  void filesOfEverySizeComeByteForByte(Transport transport) throws Exception {
    place(LARGE);
    for (int bytes : SIZES) place(bytes);
    try (var rig = serve(transport);
        var peer = rig.raw()) {
      for (int bytes : SIZES)
        assertThat(get(peer, "/f/" + bytes + ".bin").drain().isPattern(bytes))
            .as("%s", bytes)
            .isTrue();

      assertThat(get(peer, "/f/" + LARGE + ".bin").drain().isPattern(LARGE)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void requestsInALineAreAnsweredInTheirOrder(Transport transport) throws Exception {
    place(1_000_000);
    place(40_000);
    try (var rig = serve(transport);
        var peer = rig.raw()) {
      var line = new StringBuilder();
      for (int i = 0; i < 5; i++) {
        line.append(request("GET", "/f/1000000.bin")).append(request("GET", "/"));
        line.append(request("HEAD", "/f/1000000.bin")).append(request("GET", "/f/40000.bin"));
      }
      peer.send(line.toString());

      for (int i = 0; i < 5; i++) {
        assertThat(peer.body(peer.head(), "GET").drain().isPattern(1_000_000)).isTrue();
        assertThat(peer.body(peer.head(), "GET").text()).isEqualTo("hello");
        assertThat(peer.head().first("Content-Length")).isEqualTo("1000000");
        assertThat(peer.body(peer.head(), "GET").drain().isPattern(40_000)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void rangesComeByteForByte(Transport transport) throws Exception {
    place(5_000_011);
    try (var rig = serve(transport);
        var peer = rig.raw()) {
      peer.send(request("HEAD", "/f/5000011.bin"));
      var tag = peer.head().first("ETag");
      for (int[] range :
          List.of(
              new int[] {0, 0},
              new int[] {5_000_010, 5_000_010},
              new int[] {1_048_575, 1_048_577},
              new int[] {4_095, 3_999_999},
              new int[] {1, 5_000_010})) {
        peer.send(
            request(
                "GET",
                "/f/5000011.bin",
                "Range: bytes=" + range[0] + "-" + range[1],
                "If-Range: " + tag));
        var head = peer.head();
        var came = peer.body(head, "GET").bytes();

        assertThat(head.status()).isEqualTo(206);
        assertThat(head.first("Content-Range"))
            .isEqualTo("bytes " + range[0] + "-" + range[1] + "/5000011");
        assertThat(came).isEqualTo(Pattern.bytes(range[0], range[1] - range[0] + 1));
      }
      peer.send(request("GET", "/f/5000011.bin", "Range: bytes=1-2", "If-Range: \"other\""));
      assertThat(peer.body(peer.head(), "GET").drain().isPattern(5_000_011)).isTrue();
    }
  }

  private Path curl(String... arguments) throws Exception {
    var out = directory.resolve("curl.out");
    var command =
        new ArrayList<>(List.of("curl", "-sS", "--fail", "--max-time", "60", "-o", out.toString()));
    command.addAll(List.of(arguments));
    var child = new ProcessBuilder(command).inheritIO().start();
    assertThat(child.waitFor(70, TimeUnit.SECONDS)).isTrue();
    assertThat(child.exitValue()).isZero();
    return out;
  }

  @Test
  void curlGetsTheSameBytesInTheClearByTlsAndOverBothVersions() throws Exception {
    var authority = TestAuthority.in(Files.createDirectory(directory.resolve("ca")));
    var issued = authority.issue("DNS:localhost");
    var certificates =
        PemCertificates.open(List.of(new PemPair(issued.certificate(), issued.key())));
    var path = file(5_000_011);
    try (var rig = serve(Transport.best(), s -> s.listen("127.0.0.1", 0, certificates))) {
      var ca = authority.file().toString();
      var clear = rig.uri("/f/5000011.bin").toString();
      int port = rig.server.addresses().getLast().getPort();
      var secure = "https://localhost:" + port + "/f/5000011.bin";

      for (var way :
          List.of(
              new String[] {clear},
              new String[] {"--http1.0", clear},
              new String[] {"--http2-prior-knowledge", clear},
              new String[] {"--cacert", ca, "--http1.1", secure},
              new String[] {"--cacert", ca, secure}))
        assertThat(Files.mismatch(curl(way), path)).as(List.of(way).toString()).isEqualTo(-1);
      assertThat(Files.readAllBytes(curl("-r", "100000-4000000", clear)))
          .isEqualTo(Pattern.bytes(100_000, 3_900_001));
    }
  }

  private static HostilePeer stalled(InetSocketAddress address, String path) throws IOException {
    var peer = HostilePeer.openNarrow(address, 4_096);
    peer.send(request("GET", path));
    var _ = peer.readUntil("\r\n\r\n", ServerRig.PATIENCE);
    return peer;
  }

  @ParameterizedTest
  @EnumSource
  void peersThatStandStillHoldNoMemoryAndNobodyUp(Transport transport) throws Exception {
    place(LARGE);
    var stalled = new ArrayList<HostilePeer>();
    try (var rig = serve(transport)) {
      for (int i = 0; i < 50; i++) stalled.add(stalled(rig.address(), "/f/" + LARGE + ".bin"));

      try (var peer = rig.raw()) {
        assertThat(get(peer, "/f/" + LARGE + ".bin").drain().isPattern(LARGE)).isTrue();
      }
      var direct = rig.server.census().direct();
      // of each its head, which has left, until the part of the file behind it has
      assertThat(direct.held() - direct.unused()).as("of 50").isLessThanOrEqualTo(50 * 2_048);
      stalled.forEach(HostilePeer::abort);
    } finally {
      stalled.forEach(HostilePeer::close);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPeerThatStandsStillForTooLongIsCut(Transport transport) throws Exception {
    place(LARGE);
    var limits = new WriteLimits(Duration.ofSeconds(1), 1, Duration.ofSeconds(60));
    var anywhere = new InetSocketAddress("127.0.0.1", 0);
    try (var rig =
            serve(
                transport,
                s -> s.listen(ListenerConfig.forVisitors(anywhere).withWriteLimits(limits)));
        var peer = stalled(rig.server.addresses().getLast(), "/f/" + LARGE + ".bin")) {
      assertThat(peer.awaitCutUnread(ServerRig.PATIENCE).end()).isEqualTo(Cut.End.RESET);

      assertThat(rig.get("/metrics").body())
          .contains("tidegate_cuts_total{reason=\"write_stalled\"} 1");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFileThatIsCutShortWhileItIsSentEndsInAReset(Transport transport) throws Exception {
    var path = file(LARGE);
    try (var rig = serve(transport);
        var peer = stalled(rig.address(), "/f/" + LARGE + ".bin")) {
      try (var shorter = FileChannel.open(path, StandardOpenOption.WRITE)) {
        var _ = shorter.truncate(100_000);
      }

      var cut = peer.awaitCut(ServerRig.PATIENCE);

      assertThat(cut.end()).isEqualTo(Cut.End.RESET);
      assertThat(cut.bytesBefore()).isLessThan(LARGE);
      ServerRig.await("its reason", () -> cuts(rig).contains("{reason=\"app_bad_answer\"} 1"));
    }
  }

  private static String cuts(ServerRig rig) {
    try {
      return rig.get("/metrics").body();
    } catch (Exception fault) {
      throw new AssertionError(fault);
    }
  }

  @ParameterizedTest
  @EnumSource
  void downloadsThatAreBrokenOffLeaveNothingBehind(Transport transport) throws Exception {
    place(LARGE);
    try (var rig = serve(transport)) {
      for (int i = 0; i < 20; i++) {
        try (var peer = stalled(rig.address(), "/f/" + LARGE + ".bin")) {
          if (i % 2 == 0) peer.abort();
        }
      }
      assertThat(rig.get("/").body()).isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDownloadThatHasBegunIsFinishedWhileTheServerDrains(Transport transport) throws Exception {
    place(LARGE);
    try (var rig = serve(transport, s -> s.grace(ServerRig.PATIENCE));
        var peer = rig.raw()) {
      peer.send(request("GET", "/f/" + LARGE + ".bin"));
      var body = peer.body(peer.head(), "GET");

      var closed = CompletableFuture.runAsync(rig.server::close);

      assertThat(body.drain().isPattern(LARGE)).isTrue();
      closed.get(20, TimeUnit.SECONDS);
    }
  }

  /// What a cold file costs is for its own handler's thread: the loop goes on.
  @ParameterizedTest
  @EnumSource
  void othersAreAnsweredWhileAFileComesFromTheDisk(Transport transport) throws Exception {
    var path = file(LARGE);
    try (var rig = serve(transport);
        var peer = rig.raw()) {
      drop(path);
      assumeThat(isInMemory(path)).as("in the page cache").isFalse();

      var download = CompletableFuture.supplyAsync(() -> downloaded(peer));
      int answers = 0;
      long longest = 0;
      while (!download.isDone()) {
        long begun = System.nanoTime();
        try (var other = rig.raw()) {
          assertThat(get(other, "/").text()).isEqualTo("hello");
        }
        longest = Math.max(longest, System.nanoTime() - begun);
        answers++;
      }

      assertThat(download.get()).matches(came -> came.isPattern(LARGE));
      assertThat(answers).as("answers meanwhile").isGreaterThan(10);
      assertThat(longest).as("ns of the longest").isLessThan(ServerRig.PATIENCE.toNanos() / 4);
    }
  }

  private static RawBody.Drained downloaded(RawHttp peer) {
    try {
      return get(peer, "/f/" + LARGE + ".bin").drain();
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private static void drop(Path path) throws Exception {
    var script =
        "import os,sys; f=os.open(sys.argv[1],os.O_RDWR); os.fsync(f);"
            + "os.posix_fadvise(f,0,0,os.POSIX_FADV_DONTNEED)";
    var python = new ProcessBuilder("python3", "-c", script, path.toString()).inheritIO().start();
    assertThat(python.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(python.exitValue()).isZero();
  }

  private static boolean isInMemory(Path path) throws IOException {
    try (var channel = FileChannel.open(path);
        var arena = Arena.ofConfined()) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, LARGE, arena).isLoaded();
    }
  }
}
