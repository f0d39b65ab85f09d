package io.tidegate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.h2.Http2Fuzz;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.HttpCorpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Replays what `./check fuzz` has found worth keeping.
@ExtendWith(Balanced.class)
class FuzzCorpusTest {
  private static final Path CORPUS = Path.of("src", "test", "fuzz");
  private static final int MOST_FILES = 200;
  private static final long MOST_BYTES = 200 * 1024;

  /// Spoilt inputs made of each stored one.
  private static final int SPOILT = 20;

  @AfterEach
  void closeLoops() {
    Http2Fuzz.close();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static List<byte[]> inputs(FuzzTarget target) throws IOException {
    var inputs = new ArrayList<byte[]>();
    for (var file : files(CORPUS.resolve(target.label()))) inputs.add(Files.readAllBytes(file));
    return inputs;
  }

  private static void replay(FuzzTarget target, byte[] input) {
    try {
      target.fuzz(input);
    } catch (Throwable finding) {
      throw new AssertionError(target + ": " + java.util.HexFormat.of().formatHex(input), finding);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyStoredInputKeepsItsPromises(FuzzTarget target) throws IOException {
    var inputs = inputs(target);
    assertThat(inputs).hasSizeGreaterThan(4);

    for (var input : inputs) replay(target, input);
    replay(target, new byte[0]);
  }

  @ParameterizedTest
  @EnumSource
  void storedInputsThatAreSpoiltKeepThemToo(FuzzTarget target) throws IOException {
    var random = new Random(17);
    var inputs = inputs(target);

    for (var input : inputs) for (int i = 0; i < SPOILT; i++) replay(target, spoilt(input, random));
  }

  /// As `one`, with some bytes changed, and perhaps cut or said twice.
  private static byte[] spoilt(byte[] one, Random random) {
    int length = random.nextInt(3) == 0 ? random.nextInt(one.length + 1) : one.length;
    var spoilt = new byte[random.nextInt(4) == 0 ? Math.min(2 * length, 4096) : length];
    for (int i = 0; i < spoilt.length; i++) spoilt[i] = one[i % length];
    for (int i = random.nextInt(4); i > 0 && spoilt.length > 0; i--)
      spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt(256);
    return spoilt;
  }

  @Test
  void theCorpusOfRequestsKeepsThemToo() {
    for (var one : HttpCorpus.cases()) replay(FuzzTarget.HTTP1, one.bytes());
  }

  @Test
  void theStoredCorpusIsSmallAndAllOfItBelongsToATarget() throws IOException {
    long bytes = 0;
    var files = files(CORPUS);
    for (var file : files) bytes += Files.size(file);

    assertThat(files).hasSizeLessThanOrEqualTo(MOST_FILES);
    assertThat(bytes).isLessThanOrEqualTo(MOST_BYTES);
    assertThat(files)
        .allSatisfy(file ->
            assertThat(FuzzTarget.of(CORPUS.relativize(file).getName(0).toString())).isNotNull());
  }
}
