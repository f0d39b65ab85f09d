package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KernelMemoryTest {
  @Test
  void pagesBecomeBytes() {
    assertThat(KernelMemory.parse("TCP: inuse 5 orphan 1 tw 7 alloc 9 mem 3"))
        .isEqualTo(new KernelMemory(5, 1, 7, 12_288));
  }

  @Test
  void itIsReadWhereTheKernelShowsIt() {
    var shown = Files.exists(Path.of("/proc/net/sockstat"));

    assertThat(KernelMemory.read().isPresent()).isEqualTo(shown);
  }
}
