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
///
/// A rig that [#listen]s and asks [#failOnAny] at its end needs no extension.
public final class Leaks implements BeforeAllCallback, AfterAllCallback {
  private static final List<String> SEEN = new CopyOnWriteArrayList<>();

  /// For JUnit.
  public Leaks() {}

  /// Notes what the detector reports from now on.
  public static void listen() {
    ByteBufUtil.setLeakListener((type, records) -> SEEN.add(type + ": " + records));
  }

  /// Fails if a buffer was lost. The detector reports at the next allocation after the collector
  /// has found it, so both are done `rounds` times first.
  public static void failOnAny(int rounds) {
    for (int i = 0; i < rounds; i++) {
      System.gc();
      PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
    }
    var seen = List.copyOf(SEEN);
    SEEN.clear();
    assertThat(seen).as("lost buffers").isEmpty();
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    SEEN.clear();
    listen();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    failOnAny(3);
  }
}
