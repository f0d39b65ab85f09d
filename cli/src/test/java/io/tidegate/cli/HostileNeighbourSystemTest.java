package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A45: an agent of one key attacks, and the tunnel of another key is as quick as before. Edge and
/// agents are processes of their own; rounds with and without the attack take turns.
@EnabledOnOs(OS.LINUX)
class HostileNeighbourSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  /// No peer slows the others by more.
  private static final int MOST_TIMES = 3;

  /// What the turns of a machine's processors may add: the attackers need them too.
  private static final long FLOOR_NANOS = Duration.ofMillis(5).toNanos();

  /// Half of what a connection serves.
  private static final int PER_CONNECTION = 500;

  private static final int IDS = 1_000_000;
  private static final int FRAME_BYTES = 13;
  private static final int WRITE_BYTES = 1_000 * FRAME_BYTES;
  private static final byte[] UNKNOWN = unknownIds();
  private static final SecureRandom RANDOM = new SecureRandom();

  /// What the hostile agent does, again and again.
  private enum Attack {
    /// Data for a million streams that the edge never opened, 13 MB; the link ends at the first,
    /// and the next is opened, as often as an agent's backoff would have it after its first
    /// failures.
    UNKNOWN_IDS,
    /// An answer that never ends, to a visitor that reads all he gets.
    ENDLESS_ANSWER
  }

  /// How long it is looked at.
  private record Rounds(int count, int requests) {}

  @TempDir private Path folder;
  private TestOrigin origin;
  private Processes processes;
  private int port;

  @BeforeEach
  void twoTunnelsOfTwoKeys() throws Exception {
    origin = TestOrigin.open();
    processes = new Processes(folder);
    var keys = folder.resolve("keys");
    Files.writeString(keys, line("polite") + line("hostile"));
    var _ = Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
    port = Processes.port(processes.edge(0, "--token-file", keys.toString()));
    Processes.awaitUp(expose("polite"), "polite", port);
    Processes.awaitUp(expose("hostile"), "hostile", port);
  }

  private static String line(String key) throws Exception {
    var hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    return key + " " + HexFormat.of().formatHex(hash) + "\n";
  }

  private ChildProcess expose(String name) throws IOException {
    var token = Files.writeString(folder.resolve(name + ".token"), name + "\n");
    return processes.expose(name, origin.address().getPort(), port, "--token", "@" + token);
  }

  @AfterEach
  void nothingStays() {
    processes.close();
    origin.close();
  }

  @ParameterizedTest
  @EnumSource(names = "ENDLESS_ANSWER")
  void aTunnelBesideAnAttackedEdgeIsAboutAsQuickAsWithout(Attack attack) throws Exception {
    isAboutAsQuick(attack, new Rounds(5, 300));
  }

  @ParameterizedTest
  @EnumSource
  @Tag("long")
  void aTunnelBesideAnAttackedEdgeIsAsQuickAsWithoutForLong(Attack attack) throws Exception {
    isAboutAsQuick(attack, new Rounds(15, 3_000));
  }

  private void isAboutAsQuick(Attack attack, Rounds rounds) throws Exception {
    var calm = new long[rounds.count];
    var beside = new long[rounds.count];
    var _ = slowestPercentile(5_000); // compiles what is asked all the time
    for (int round = 0; round < rounds.count; round++) {
      calm[round] = slowestPercentile(rounds.requests);
      beside[round] = besides(attack, rounds.requests);
    }

    long most = MOST_TIMES * median(calm) + FLOOR_NANOS;
    Figures.note(
        "A45, %s: p99 beside %.2f ms, %.2f ms without"
            .formatted(attack, median(beside) / 1e6, median(calm) / 1e6));
    assertThat(median(beside))
        .as("p99 in ns beside %s, %s without", Arrays.toString(beside), Arrays.toString(calm))
        .isLessThan(most);
  }

  private static long median(long[] values) {
    var sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /// The 99th percentile of `requests` to the polite tunnel, in nanoseconds.
  private long slowestPercentile(int requests) throws IOException {
    var nanos = new long[requests];
    for (int from = 0; from < requests; from += PER_CONNECTION) {
      try (var visitor = visit()) {
        for (int i = from; i < Math.min(requests, from + PER_CONNECTION); i++) {
          long began = System.nanoTime();
          assertThat(visitor.get(host("polite"), "/bytes/13").status()).isEqualTo(200);
          nanos[i] = System.nanoTime() - began;
        }
      }
    }
    Arrays.sort(nanos);
    return nanos[requests * 99 / 100];
  }

  private RawHttp visit() throws IOException {
    return RawHttp.open(new InetSocketAddress("127.0.0.1", port), SOON);
  }

  private String host(String name) {
    return name + ".localhost:" + port;
  }

  private long besides(Attack attack, int requests) throws Exception {
    var over = new AtomicBoolean();
    var done = new AtomicLong();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var attacker =
          threads.submit(() -> {
            while (!over.get()) {
              switch (attack) {
                case UNKNOWN_IDS -> pour(done);
                case ENDLESS_ANSWER -> drain(over, done);
              }
            }
            return true;
          });
      awaitMore(attacker, done);
      long nanos = slowestPercentile(requests);
      awaitMore(attacker, done);
      over.set(true);
      assertThat(attacker.get()).isTrue();
      return nanos;
    }
  }

  /// Waits until the attack has got on, or has failed.
  private static void awaitMore(Future<?> attacker, AtomicLong done) {
    long before = done.get();
    Eventually.await(
        SOON, () -> "the attack goes on", () -> done.get() > before || attacker.isDone());
  }

  /// Reads an answer without an end, until it is over.
  private void drain(AtomicBoolean over, AtomicLong bytes) throws IOException {
    try (var visitor = visit()) {
      visitor.send(
          "GET /bytes/" + Long.MAX_VALUE + " HTTP/1.1\r\nHost: " + host("hostile") + "\r\n\r\n");
      var body = visitor.body(visitor.finalHead(), "GET");
      var buffer = new byte[64 * 1024];
      while (!over.get()) bytes.addAndGet(body.read(buffer));
      visitor.abort();
    }
  }

  /// Opens a link and sends data for streams that are none, until the link is cut.
  private void pour(AtomicLong links) throws IOException {
    try (var link = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      link.setSoTimeout((int) SOON.toMillis());
      link.getOutputStream().write(upgrade().getBytes(StandardCharsets.US_ASCII));
      var status = new String(link.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
      assertThat(status).isEqualTo("HTTP/1.1 101");
      sendUnknownIds(link);
      links.incrementAndGet();
    }
  }

  private String upgrade() {
    var session = new byte[16];
    RANDOM.nextBytes(session);
    return """
    GET /_tidegate/link HTTP/1.1\r
    Host: localhost:%d\r
    Connection: Upgrade\r
    Upgrade: yamux\r
    Authorization: Bearer hostile\r
    Tidegate-Session: %s\r
    \r
    """
        .formatted(port, HexFormat.of().formatHex(session));
  }

  /// To the end of the link, which may come while they are sent.
  private static void sendUnknownIds(Socket link) throws IOException {
    try {
      for (int at = 0; at < UNKNOWN.length; at += WRITE_BYTES)
        link.getOutputStream().write(UNKNOWN, at, WRITE_BYTES);
      var _ = link.getInputStream().readAllBytes();
    } catch (SocketTimeoutException lives) {
      throw lives;
    } catch (IOException cut) {
      assertThat(cut).isNotNull();
    }
  }

  /// Yamux data frames of one byte each, for a million streams. Made once, so that the attacker
  /// takes little of the processor that it fights for.
  private static byte[] unknownIds() {
    var frames = ByteBuffer.allocate(IDS * FRAME_BYTES);
    for (int id = 2; frames.hasRemaining(); id += 2)
      frames.putInt(0).putInt(id).putInt(1).put((byte) 'x');
    return frames.array();
  }
}
