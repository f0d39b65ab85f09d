package io.tidegate.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Fails a class one of whose tests has lost a buffer, as Netty's paranoid detector sees it.
final class Leaks implements BeforeAllCallback, AfterAllCallback {
  private static final List<String> SEEN = new CopyOnWriteArrayList<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    SEEN.clear();
    ByteBufUtil.setLeakListener((type, records) -> SEEN.add(type + ": " + records));
  }

  /// The detector reports at the next allocation after the collector has found the buffer.
  @Override
  public void afterAll(ExtensionContext context) {
    for (int i = 0; i < 3; i++) {
      System.gc();
      PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    }
    assertThat(SEEN).isEmpty();
  }
}
