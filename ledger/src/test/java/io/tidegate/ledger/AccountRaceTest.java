package io.tidegate.ledger;

import static io.tidegate.ledger.Purse.DIRECT;
import static io.tidegate.ledger.Purse.HEAP;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionResult;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.NoExceptionVerifier;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.Verifier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Lincheck drives the races: first every interleaving that a model checker finds, then real
/// threads.
class AccountRaceTest {
  @Test
  void oneAccountAnswersAsIfItsCallersTookTurns() {
    sized(new ModelCheckingOptions(), 3).check(OneAccount.class);
    sized(new StressOptions(), 3).check(OneAccount.class);
  }

  @Test
  void aTreeLosesNothingWhateverRaces() {
    sized(new ModelCheckingOptions(), 3).verifier(NothingThrown.class).check(Tree.class);
    sized(new StressOptions(), 3).verifier(NothingThrown.class).check(Tree.class);
  }

  @Test
  void aLineLosesNothingWhateverRaces() {
    sized(new ModelCheckingOptions(), 3).verifier(NothingThrown.class).check(Line.class);
    sized(new StressOptions(), 3).verifier(NothingThrown.class).check(Line.class);
  }

  @Test
  void anAccountClosedByTwoLeavesItsSiblingsAlone() {
    sized(new ModelCheckingOptions(), 6)
        .threads(2)
        .actorsBefore(0)
        .verifier(NothingThrown.class)
        .check(Siblings.class);
    sized(new StressOptions(), 3).verifier(NothingThrown.class).check(Siblings.class);
  }

  @Test
  @Tag("long")
  void manyMoreRacesLoseNothing() {
    sized(new ModelCheckingOptions(), 100).check(OneAccount.class);
    sized(new StressOptions(), 100).check(OneAccount.class);
    sized(new ModelCheckingOptions(), 100).verifier(NothingThrown.class).check(Tree.class);
    sized(new StressOptions(), 100).verifier(NothingThrown.class).check(Tree.class);
    sized(new ModelCheckingOptions(), 100).verifier(NothingThrown.class).check(Line.class);
    sized(new StressOptions(), 100).verifier(NothingThrown.class).check(Line.class);
    sized(new ModelCheckingOptions(), 100).verifier(NothingThrown.class).check(Siblings.class);
    sized(new StressOptions(), 100).verifier(NothingThrown.class).check(Siblings.class);
  }

  private static <O extends Options<O, ?>> O sized(O options, int iterations) {
    return options
        .iterations(iterations)
        .invocationsPerIteration(200)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(1)
        .actorsAfter(1);
  }

  /// An account whose own limit binds: all that its callers see is decided by its own counter.
  @Param(name = "bytes", gen = IntGen.class, conf = "1:6")
  public static class OneAccount {
    private final Account root = Ledger.open(new Budget(1_000, 1_000));
    private final Account account = root.open("account", new Budget(10, 10));

    @Operation
    public boolean charge(@Param(name = "bytes") int bytes) {
      return account.charge(DIRECT, bytes);
    }

    @Operation
    public void release(@Param(name = "bytes") int bytes) {
      account.release(DIRECT, bytes);
    }

    @Operation
    public long held() {
      return account.held(DIRECT);
    }

    @Operation
    public void close() {
      account.close();
    }

    @Operation
    public boolean isClosed() {
      return account.isClosed();
    }

    @Validate
    public void theRootHoldsWhatTheAccountHolds() {
      require(root.held(DIRECT) == account.held(DIRECT), root);
    }
  }

  /// Two leaves below a parent, and a third that comes and goes. Answers may differ from taking
  /// turns (a charge that fails has the parent's bytes for an instant), sums may not.
  @Param(name = "bytes", gen = IntGen.class, conf = "1:6")
  public static class Tree {
    private final Account root = Ledger.open(new Budget(12, 12));
    private final Account parent = root.open("parent", new Budget(10, 10));
    private final Holder first = new Holder(parent.open("first", new Budget(8, 8)));
    private final Holder second = new Holder(parent.open("second", new Budget(100, 100)));

    @Operation
    public void chargeFirst(@Param(name = "bytes") int bytes) {
      first.charge(bytes);
    }

    @Operation
    public void releaseFirst() {
      first.release();
    }

    @Operation
    public void closeFirst() {
      first.account.close();
    }

    @Operation
    public void chargeSecond(@Param(name = "bytes") int bytes) {
      second.charge(bytes);
    }

    @Operation
    public void releaseSecond() {
      second.release();
    }

    @Operation
    public void closeParent() {
      parent.close();
    }

    @Operation
    public void aThirdComesAndGoes() {
      try (var third = parent.open("third", new Budget(5, 5))) {
        boolean charged = third.charge(DIRECT, 2);
        require(!charged || root.peak(DIRECT) >= 2, root);
      }
    }

    @Operation
    public void lookAtTheLimits() {
      require(root.held(DIRECT) <= 12 && parent.held(DIRECT) <= 10 && first.held() <= 8, root);
    }

    @Validate
    public void everySumIsExact() {
      first.check();
      second.check();
      require(parent.held(DIRECT) == first.held() + second.held(), root);
      require(root.held(DIRECT) == parent.held(DIRECT), root);
      parent.close();
      require(root.held(DIRECT) == 0 && !second.account.charge(DIRECT, 0), root);
    }
  }

  /// Two leaves below a credit line whose chunk is 8 bytes.
  @Param(name = "bytes", gen = IntGen.class, conf = "1:12")
  public static class Line {
    private final Account root = Ledger.open(new Budget(802, 802));
    private final Account parent = root.open("parent", new Budget(800, 800));
    private final boolean filled = parent.charge(DIRECT, 780);
    private final Account line = parent.line("line");
    private final Holder first = new Holder(line.open("first", new Budget(100, 100)));
    private final Holder second = new Holder(line.open("second", new Budget(100, 100)));

    @Operation
    public void chargeFirst(@Param(name = "bytes") int bytes) {
      first.charge(bytes);
    }

    @Operation
    public void releaseFirst() {
      first.release();
    }

    @Operation
    public void closeFirst() {
      first.account.close();
    }

    @Operation
    public void chargeSecond(@Param(name = "bytes") int bytes) {
      second.charge(bytes);
    }

    @Operation
    public void releaseSecond() {
      second.release();
    }

    @Operation
    public void trim() {
      line.trim();
    }

    @Operation
    public void closeLine() {
      line.close();
    }

    @Operation
    public void closeParent() {
      parent.close();
    }

    @Operation
    public void lookAtTheLimits() {
      require(parent.held(DIRECT) <= 800 && line.held(DIRECT) <= 800, root);
      require(unused() <= 8, root);
    }

    private long unused() {
      return ((TreeAccount) line).unused(DIRECT);
    }

    @Validate
    public void everySumIsExact() {
      first.check();
      second.check();
      long unused = unused();
      require(filled && unused >= 0 && unused <= 8, root);
      require(line.held(DIRECT) == first.held() + second.held(), root);
      long own = parent.isClosed() ? 0 : 780;
      require(parent.held(DIRECT) == own + line.held(DIRECT) + unused, root);
      require(root.held(DIRECT) == parent.held(DIRECT), root);
      line.trim();
      require(parent.held(DIRECT) == own + line.held(DIRECT), root);
      line.close();
      require(parent.held(DIRECT) == own && !first.account.charge(DIRECT, 0), root);
      require(root.held(HEAP) == 0, root);
    }
  }

  /// A list of children that one leaves, by two hands, while others join.
  public static class Siblings {
    private final Account root = Ledger.open(new Budget(10, 10));
    private final Account leaver = root.open("leaver", new Budget(10, 10));
    private final AtomicInteger joined = new AtomicInteger();

    @Operation
    public void leave() {
      leaver.close();
    }

    @Operation
    public void join() {
      if (!root.open("joined", new Budget(10, 10)).isClosed()) joined.incrementAndGet();
    }

    @Validate
    public void exactlyTheOpenOnesAreListed() {
      var listed = new AtomicInteger();
      ((TreeAccount) root).eachChild(_ -> listed.incrementAndGet());
      require(listed.get() == joined.get() + (leaver.isClosed() ? 0 : 1), root);
    }
  }

  /// One owner of an account, who releases no more than was granted.
  private static final class Holder {
    private final Account account;
    private final AtomicInteger granted = new AtomicInteger();

    Holder(Account account) {
      this.account = account;
    }

    void charge(int bytes) {
      if (account.charge(DIRECT, bytes)) granted.addAndGet(bytes);
    }

    void release() {
      account.release(DIRECT, granted.getAndSet(0));
    }

    long held() {
      return account.held(DIRECT);
    }

    void check() {
      require(held() == (account.isClosed() ? 0 : granted.get()), account);
    }
  }

  /// Accepts every order of answers, and no exception. Lincheck passes the class that it checks.
  public static class NothingThrown implements Verifier {
    private final NoExceptionVerifier delegate = new NoExceptionVerifier();

    public NothingThrown(Class<?> checked) {}

    @Override
    public boolean verifyResults(ExecutionScenario scenario, ExecutionResult results) {
      return delegate.verifyResults(scenario, results);
    }
  }

  private static void require(boolean holds, Account account) {
    if (!holds) throw new IllegalStateException("broken: " + Census.of(account));
  }
}
