package io.tidegate.net;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/// Fails a test that logged at WARN or above, for a peer's fault is never worth that, and a class
/// whose tests leaked a buffer.
///
/// Netty finds a leak when the lost buffer was collected and another one is made: so the check of
/// the class collects and makes some. Use by `@ExtendWith(Quiet.class)`.
final class Quiet implements BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  private static final int ROUNDS = 3;
  private static final List<String> LEAKS = new CopyOnWriteArrayList<>();
  private static final Loud LOUD = new Loud();

  static {
    ByteBufUtil.setLeakListener((type, records) -> LEAKS.add(type + " " + records));
    var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    LOUD.setContext(root.getLoggerContext());
    LOUD.start();
    root.addAppender(LOUD);
  }

  private static final class Loud extends AppenderBase<ILoggingEvent> {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
        lines.add(
            event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage());
      }
    }
  }

  /// Takes the loud lines that contain `text` out of account and returns how many there were.
  static int expect(String text) {
    int before = LOUD.lines.size();
    var _ = LOUD.lines.removeIf(line -> line.contains(text));
    return before - LOUD.lines.size();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    LOUD.lines.clear();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    if (!LOUD.lines.isEmpty()) throw new AssertionError("logged: " + LOUD.lines);
    failOnLeaks();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int i = 0; i < ROUNDS; i++) {
      System.gc();
      for (int made = 0; made < 16; made++) {
        var _ = UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
      }
    }
    failOnLeaks();
  }

  private static void failOnLeaks() {
    var leaks = List.copyOf(LEAKS);
    LEAKS.clear();
    if (!leaks.isEmpty()) throw new AssertionError("leaked: " + leaks);
  }
}
