package io.tidegate.testkit;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Gate;
import io.tidegate.ledger.Purse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// After each test, all that it took has been given back.
///
/// Used by `@ExtendWith(Balanced.class)`. Within 10 s of a test's end, and of its `@AfterEach`
/// methods,
/// - every account watched holds nothing in any purse, every gate watched is empty, every figure
///   watched is zero;
/// - no thread, virtual ones included, is left that the test started and whose name begins with
///   `tidegate-`;
/// - the process has no more sockets open than before, and at most [#DESCRIPTOR_SLACK] more other
///   descriptors, class files and random devices not counted (where there is `/proc/self/fd`).
///
/// What is left fails the test by name. Descriptors belong to the whole process, so tests that use
/// it must not run in parallel.
public final class Balanced implements BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  /// Descriptors that are no sockets and that a test may leave: the JDK's own pollers and event
  /// descriptors come to life when first used.
  public static final int DESCRIPTOR_SLACK = 8;

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String THREAD_PREFIX = "tidegate-";
  private static final List<Watched> WATCHED = new CopyOnWriteArrayList<>();

  private static volatile boolean testRuns;

  private Set<Long> threadsBefore = Set.of();
  private OpenDescriptors descriptorsBefore = OpenDescriptors.NONE;

  /// For JUnit.
  public Balanced() {}

  private record Watched(String label, LongSupplier figure, boolean ofOneTest) {}

  /// Checks `account`, both purses, after this test; after every test of the class if called
  /// outside one.
  public static void watch(Account account) {
    for (var purse : Purse.values()) {
      watch(account.label() + " " + purse, () -> account.held(purse));
    }
  }

  /// Checks that `gate` is empty, likewise.
  public static void watch(String label, Gate gate) {
    watch("gate " + label, gate::inside);
  }

  /// Checks that `figure` is zero, likewise.
  public static void watch(String label, LongSupplier figure) {
    WATCHED.add(new Watched(label, figure, testRuns));
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    begin();
  }

  void begin() {
    testRuns = true;
    OpenDescriptors.warmUp();
    threadsBefore = LiveThreads.named(THREAD_PREFIX).keySet();
    descriptorsBefore = OpenDescriptors.now();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    end(PATIENCE);
  }

  void end(Duration patience) {
    testRuns = false;
    try {
      Eventually.await(patience, () -> "left behind: " + left(), () -> left().isEmpty());
    } finally {
      WATCHED.removeIf(Watched::ofOneTest);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (context.getTestClass().map(type -> !type.isMemberClass()).orElse(true)) {
      WATCHED.clear();
    }
  }

  private List<String> left() {
    var left = new ArrayList<String>();
    for (var watched : WATCHED) {
      var held = watched.figure.getAsLong();
      if (held != 0) {
        left.add(watched.label + ": " + held);
      }
    }
    LiveThreads.named(THREAD_PREFIX)
        .forEach((id, name) -> {
          if (!threadsBefore.contains(id)) {
            left.add("thread " + name);
          }
        });
    left.addAll(OpenDescriptors.now().beyond(descriptorsBefore, DESCRIPTOR_SLACK));
    return left;
  }
}
