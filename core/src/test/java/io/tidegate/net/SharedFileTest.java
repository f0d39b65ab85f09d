package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tidegate.testkit.Pattern;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedFileTest {
  private static final int BYTES = 3_000_000;

  @TempDir private Path directory;

  private Path path() throws IOException {
    return Files.write(directory.resolve("file"), Pattern.bytes(0, BYTES));
  }

  @Test
  void itIsClosedBehindItsLastHolder() throws IOException {
    var file = SharedFile.open(path(), null);
    assertThat(file.tryShare()).isTrue();
    var slice = file.slice(0, 10);
    var region = slice.region();

    file.close();
    file.close();
    slice.release();
    assertThat(file.channel().isOpen()).isTrue();
    assertThat(region.release()).isTrue();

    Rig.await("closed", () -> !file.channel().isOpen());
  }

  @Test
  void loadingTellsHowManyBytesThereAre() throws IOException {
    try (var file = SharedFile.open(path(), null)) {
      assertThat(file.load(0, BYTES)).isEqualTo(BYTES);
      assertThat(file.load(BYTES - 10, 100)).isEqualTo(10);
      assertThat(file.load(BYTES, 100)).isZero();
      assertThat(file.load(BYTES + 5_000_000L, 100)).isZero();
    }
  }

  @Test
  void loadingBringsThatPartIntoMemoryAndNoFileNeedBeOurs() throws Exception {
    var path = path();
    drop(path);
    assumeThat(isInMemory(path, 0, BYTES)).as("on a disk").isFalse();

    try (var file = SharedFile.open(path, null)) {
      assertThat(file.load(1_000_000, 500_000)).isEqualTo(500_000);
    }

    assertThat(isInMemory(path, 1_000_000, 500_000)).isTrue();
    assertThat(isInMemory(path, 0, BYTES)).as("all of it").isFalse();
  }

  /// Has the kernel forget what it has read of the file at `path`.
  static void drop(Path path) throws Exception {
    var script =
        "import os,sys; f=os.open(sys.argv[1],os.O_RDWR); os.fsync(f);"
            + "os.posix_fadvise(f,0,0,os.POSIX_FADV_DONTNEED)";
    var python = new ProcessBuilder("python3", "-c", script, path.toString()).inheritIO().start();
    assertThat(python.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(python.exitValue()).isZero();
  }

  static boolean isInMemory(Path path, long first, long bytes) throws IOException {
    try (var channel = FileChannel.open(path);
        var arena = Arena.ofConfined()) {
      return channel.map(FileChannel.MapMode.READ_ONLY, first, bytes, arena).isLoaded();
    }
  }

  @Test
  void anInterruptEndsItsThreadsReadingAsOne() throws IOException {
    try (var file = SharedFile.open(path(), null)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> file.load(0, 10)).isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();

      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(10), 0))
          .isInstanceOf(InterruptedIOException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
