package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.edge.keys.Key;
import io.tidegate.edge.keys.TokenFile;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.RawHead;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A39: guessing a token. Neither the time nor the words of an answer tell a near miss from a far
/// one, and after ten failures a minute nobody is asked any more.
@ExtendWith(Balanced.class)
class TokenAttackTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /// Beyond it two samples of times are called different, as in dudect.
  private static final double DIFFERENT = 4.5;

  private static final int KEYS = 64;
  private static final String KNOWN = "known-000000000000000000000000000000000000";
  private static final String UNKNOWN = "wrong-000000000000000000000000000000000000";

  @TempDir private Path folder;

  private Path tokens() throws IOException {
    var lines = new StringBuilder();
    for (int i = 0; i < KEYS; i++)
      lines.append(Key.of("key-" + i, hash(i == 0 ? KNOWN : "other-" + i)).line()).append('\n');
    var file = Files.writeString(folder.resolve("tokens"), lines.toString());
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static String hash(String token) {
    return HexFormat.of().formatHex(TokenFile.hash(token));
  }

  @Test
  void theTimeOfALookupDoesNotTellWhetherTheTokenIsKnown() throws IOException {
    sameTime(1_000);
  }

  @Test
  @Tag("long")
  void theTimesOfTenThousandLookupsDoNotTellWhetherTheTokenIsKnown() throws IOException {
    sameTime(10_000);
  }

  /// The best of five: what makes a difference once in a while is the machine, what makes it every
  /// time is the code.
  private void sameTime(int samples) throws IOException {
    var file = TokenFile.open(tokens());
    double least = Double.MAX_VALUE;
    for (int round = 0; round < 5 && least >= DIFFERENT; round++)
      least = Math.min(least, Math.abs(welch(samples, file::find)));

    Figures.note("A39: abs(t) %.2f over %d lookups each".formatted(least, samples));
    assertThat(least).isLessThan(DIFFERENT);
  }

  @Test
  void aLookupThatStopsAtItsMatchWouldBeTold() {
    var hashes = new byte[KEYS][];
    for (int i = 0; i < KEYS; i++) hashes[i] = TokenFile.hash(i == 0 ? KNOWN : "other-" + i);

    double t = welch(1_000, token -> leaky(hashes, TokenFile.hash(token)));

    assertThat(Math.abs(t)).isGreaterThan(DIFFERENT);
  }

  private static byte @Nullable [] leaky(byte[][] hashes, byte[] hash) {
    for (var one : hashes) if (java.security.MessageDigest.isEqual(one, hash)) return one;
    return null;
  }

  /// Welch's t of the times of `lookup` with the known and an unknown token, in random order, the
  /// slowest tenth of all left out: that is the machine's.
  private static double welch(int samples, Function<String, @Nullable Object> lookup) {
    var random = new Random(39);
    var nanos = new long[2 * samples];
    var known = new boolean[2 * samples];
    int found = 0;
    for (int i = -5_000; i < 2 * samples; i++) {
      boolean right = random.nextBoolean();
      long began = System.nanoTime();
      var key = lookup.apply(right ? KNOWN : UNKNOWN);
      long took = System.nanoTime() - began;
      if (key != null) found++;
      if (i < 0) continue; // until the compiler is done
      nanos[i] = took;
      known[i] = right;
    }
    assertThat(found).isPositive();
    var sorted = nanos.clone();
    Arrays.sort(sorted);
    return t(nanos, known, sorted[sorted.length * 9 / 10]);
  }

  private static double t(long[] nanos, boolean[] known, long most) {
    var count = new double[2];
    var mean = new double[2];
    var squares = new double[2];
    for (int i = 0; i < nanos.length; i++) {
      if (nanos[i] > most) continue;
      int side = known[i] ? 1 : 0;
      count[side]++;
      double before = nanos[i] - mean[side];
      mean[side] += before / count[side];
      squares[side] += before * (nanos[i] - mean[side]);
    }
    double error = 0;
    for (int side = 0; side < 2; side++) error += squares[side] / (count[side] - 1) / count[side];
    return (mean[1] - mean[0]) / Math.sqrt(error);
  }

  @Test
  void everyWrongTokenIsAnsweredInTheSameWords() throws IOException {
    var file = tokens();
    try (var rig = TunnelRig.bare(edge -> edge.withTokens(file), 1)) {
      var answers =
          List.of(
                  "Bearer " + UNKNOWN,
                  "Bearer known",
                  "Bearer ",
                  "Basic a25vd24=",
                  "Bearer " + KNOWN + "0",
                  "Bearer \u00e9")
              .stream()
              .map(credentials -> ask(rig, "Authorization: " + credentials + "\r\n").raw())
              .distinct()
              .toList();

      assertThat(answers)
          .singleElement()
          .asString()
          .startsWith("HTTP/1.1 401 ")
          .contains("WWW-Authenticate: Bearer");
      assertThat(ask(rig, "").raw()).isEqualTo(answers.getFirst());
    }
  }

  private static RawHead ask(TunnelRig rig, String authorization) {
    try (RawHttp client = rig.visit()) {
      client.send(link(rig, authorization));
      return client.finalHead();
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static String link(TunnelRig rig, String authorization) {
    return "GET /_tidegate/link HTTP/1.1\r\nHost: localhost:"
        + rig.edge.port()
        + "\r\nConnection: Upgrade\r\nUpgrade: yamux\r\nTidegate-Session: "
        + io.tidegate.link.LinkHandshake.newSessionId()
        + "\r\n"
        + authorization
        + "\r\n";
  }

  @Test
  void afterTenFailuresAMinuteAnAddressIsNotAskedAnyMoreAndOthersAre() throws IOException {
    var file = tokens();
    try (var rig = TunnelRig.bare(edge -> edge.withTokens(file), 2)) {
      int refused = 0;
      int limited = 0;
      for (int i = 0; i < 100; i++) {
        int status = ask(rig, "Authorization: Bearer guess-" + i + "\r\n").status();
        if (status == 401) refused++;
        if (status == 429) limited++;
      }

      Figures.note("A39: " + refused + " of 100 guesses were looked at");
      assertThat(refused).isEqualTo(10);
      assertThat(limited).isEqualTo(90);
      assertThat(ask(rig, "Authorization: Bearer " + KNOWN + "\r\n").status()).isEqualTo(429);
      try (var neighbour =
          HostilePeer.openFrom(InetAddress.ofLiteral("127.0.0.2"), rig.address())) {
        neighbour.send(link(rig, "Authorization: Bearer " + KNOWN + "\r\n"));
        assertThat(neighbour.readUntil("\r\n\r\n", SOON)).startsWith("HTTP/1.1 101 ");
      }
    }
  }

  /// Links that stand go on, and visitors are served: the failures are the door's alone.
  @Test
  void guessesFromTheAgentsOwnAddressDoNotDisturbItsTunnel() throws IOException {
    try (var rig = TunnelRig.open(UnaryOperator.identity(), UnaryOperator.identity(), 1)) {
      for (int i = 0; i < 20; i++)
        assertThat(ask(rig, "Authorization: Bearer guess\r\n").status()).isIn(401, 429);

      try (RawHttp visitor = rig.visit()) {
        assertThat(visitor.get(rig.host(), "/bytes/13").status()).isEqualTo(200);
      }
    }
  }
}
