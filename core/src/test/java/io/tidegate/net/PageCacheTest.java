package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tidegate.testkit.FakeTicker;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is asked of the kernel is seen in what it has read of a file behind a disk.
class PageCacheTest {
  private static final int BYTES = 1_000_000;

  @TempDir private Path directory;

  private final FakeTicker ticker = new FakeTicker();
  private final PageCache cache = new PageCache(ticker);
  private Path path;

  @BeforeEach
  void write() throws Exception {
    path = Files.write(directory.resolve("file"), new byte[BYTES]);
    SharedFileTest.drop(path);
    assumeThat(SharedFileTest.isInMemory(path, 0, BYTES)).as("on a disk").isFalse();
  }

  private boolean isLoadedAgain(@Nullable Object key, int first, int bytes) throws Exception {
    assertThat(load(key, first, bytes)).isEqualTo(bytes);
    return SharedFileTest.isInMemory(path, first, bytes);
  }

  private int load(@Nullable Object key, int first, int bytes) throws IOException {
    try (var file = FileChannel.open(path)) {
      return cache.load(file, key, first, bytes);
    }
  }

  private void loadAndForget() throws Exception {
    assertThat(load("key", 0, BYTES)).isEqualTo(BYTES);
    assertThat(SharedFileTest.isInMemory(path, 0, BYTES)).isTrue();
    SharedFileTest.drop(path);
  }

  @Test
  void whatWasLoadedAMomentAgoIsNotAskedForAgain() throws Exception {
    loadAndForget();
    ticker.advance(PageCache.FRESH.minus(Duration.ofNanos(1)));

    assertThat(isLoadedAgain("key", 0, BYTES)).isFalse();
    assertThat(isLoadedAgain("key", 0, 100_000)).as("of it").isFalse();
  }

  @Test
  void whatWasLoadedBeforeIs() throws Exception {
    loadAndForget();
    ticker.advance(PageCache.FRESH);

    assertThat(isLoadedAgain("key", 0, BYTES)).isTrue();
  }

  @Test
  void beingFoundFreshMakesNothingFresher() throws Exception {
    loadAndForget();
    ticker.advance(PageCache.FRESH.minus(Duration.ofNanos(1)));
    assertThat(isLoadedAgain("key", 0, BYTES)).isFalse();
    ticker.advance(Duration.ofNanos(1));

    assertThat(isLoadedAgain("key", 0, BYTES)).isTrue();
  }

  @Test
  void anotherFileIsLoaded() throws Exception {
    loadAndForget();

    assertThat(isLoadedAgain("another", 0, BYTES)).isTrue();
  }

  @Test
  void anotherPartIsLoaded() throws Exception {
    assertThat(load("key", 0, 100_000)).isEqualTo(100_000);
    SharedFileTest.drop(path);

    assertThat(isLoadedAgain("key", 0, BYTES)).as("more of it").isTrue();
    SharedFileTest.drop(path);
    assertThat(isLoadedAgain("key", 500_000, 100_000)).as("from elsewhere on").isTrue();
  }

  @Test
  void aFileWithoutAKeyIsLoadedEachTime() throws Exception {
    assertThat(load(null, 0, BYTES)).isEqualTo(BYTES);
    SharedFileTest.drop(path);

    assertThat(isLoadedAgain(null, 0, BYTES)).isTrue();
  }
}
