package io.tidegate.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpRig;
import io.tidegate.net.Loops;
import io.tidegate.net.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// All 146 cases of h2spec 2.2.0, strict, none left out: on a port of HTTP/2 alone and on one that
/// speaks both versions.
class H2SpecSystemTest {
  private static final String ARCHIVE = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
  private static final int BLOCK = 512;
  private static final int MOST_SECONDS = 240;

  @TempDir Path folder;

  @Test
  void h2specFindsNothingWhereHttp2IsKnownBeforehand() throws Exception {
    score(loops -> new Http2Stage(loops, HttpLimits.DEFAULT, Http2Limits.DEFAULT, new Answering()));
  }

  @Test
  void h2specFindsNothingOnAPortOfBothVersions() throws Exception {
    score(loops -> new AnyHttpStage(loops, HttpLimits.DEFAULT, new Answering()));
  }

  private void score(Function<Loops, Stage> stage) throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "h2spec's archive has a program for this machine");
    try (var rig = HttpRig.of(stage)) {
      var said = run(unpacked(), rig.address().getPort());

      assertThat(said).contains("146 tests, 146 passed, 0 skipped, 0 failed");
    }
  }

  private String run(Path program, int port) throws Exception {
    var out = folder.resolve("said");
    var child =
        new ProcessBuilder(
                program.toString(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-S",
                "-o",
                "2")
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(child.waitFor(MOST_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      var _ = child.destroyForcibly();
    }
    return Files.readString(out);
  }

  /// The program out of its archive: the first file of a tar, whose size stands in octal at 124.
  private Path unpacked() throws IOException {
    var program = folder.resolve("h2spec");
    try (InputStream zipped = H2SpecSystemTest.class.getResourceAsStream(ARCHIVE)) {
      assertThat(zipped).as(ARCHIVE).isNotNull();
      try (var tar = new GZIPInputStream(zipped)) {
        var head = new String(tar.readNBytes(BLOCK), java.nio.charset.StandardCharsets.US_ASCII);
        int size = Integer.parseInt(head.substring(124, 135).trim(), 8);
        Files.write(program, tar.readNBytes(size));
      }
    }
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return program;
  }
}
