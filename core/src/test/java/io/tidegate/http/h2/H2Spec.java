package io.tidegate.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/// h2spec 2.2.0, strict: all of its 146 cases.
public final class H2Spec {
  private static final String ARCHIVE = "/h2spec/2.2.0/h2spec_linux_amd64.tar.gz";
  private static final int BLOCK = 512;
  private static final int MOST_SECONDS = 240;

  /// How it speaks.
  public enum Over {
    CLEAR,
    TLS
  }

  private H2Spec() {}

  /// Fails unless the server at `port` of 127.0.0.1 passes every case. `folder` is for its files.
  public static void passesAll(Path folder, int port, Over over) throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "h2spec's archive has a program for this machine");

    assertThat(run(folder, unpacked(folder), port, over))
        .contains("146 tests, 146 passed, 0 skipped, 0 failed");
  }

  private static String run(Path folder, Path program, int port, Over over) throws Exception {
    var command =
        new ArrayList<>(
            List.of(program.toString(), "-h", "127.0.0.1", "-p", "" + port, "-S", "-o", "2"));
    if (over == Over.TLS) command.addAll(List.of("-t", "-k"));
    var out = folder.resolve("said");
    var child =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertThat(child.waitFor(MOST_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      var _ = child.destroyForcibly();
    }
    return Files.readString(out);
  }

  /// The program out of its archive: the first file of a tar, whose size stands in octal at 124.
  private static Path unpacked(Path folder) throws IOException {
    var program = folder.resolve("h2spec");
    try (InputStream zipped = H2Spec.class.getResourceAsStream(ARCHIVE)) {
      assertThat(zipped).as(ARCHIVE).isNotNull();
      try (var tar = new GZIPInputStream(zipped)) {
        var head = new String(tar.readNBytes(BLOCK), StandardCharsets.US_ASCII);
        int size = Integer.parseInt(head.substring(124, 135).trim(), 8);
        Files.write(program, tar.readNBytes(size));
      }
    }
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return program;
  }
}
