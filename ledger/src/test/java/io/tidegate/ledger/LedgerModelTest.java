package io.tidegate.ledger;

import static io.tidegate.ledger.Purse.DIRECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.tidegate.ledger.Account.Verdict.Granted;
import io.tidegate.ledger.Account.Verdict.Refused;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random trees and operations, each compared with a model that adds up from scratch. A failure
/// names its seed; `-Dtidegate.seed=N` runs from it again.
class LedgerModelTest {
  private static final int TREES = 100;
  private static final int STEPS = 200;
  private static final List<Purse> PURSES = List.of(Purse.values());

  @Test
  void everyTreeAgreesWithTheModelAfterEveryStep() {
    long first = Long.getLong("tidegate.seed", System.nanoTime());
    for (long seed = first; seed < first + TREES; seed++) {
      var run = new Run(RandomGeneratorFactory.of("L64X128MixRandom").create(seed));
      for (int step = 0; step < STEPS; step++) {
        try {
          run.step();
          run.check();
        } catch (AssertionError | RuntimeException failure) {
          throw new AssertionError("seed " + seed + ", step " + step + "\n" + run, failure);
        }
      }
      run.close();
    }
  }

  /// One account's model: what was charged to it directly, and its children.
  private static final class Node {
    final Account account;
    final @Nullable Node parent;
    final boolean line;
    final List<Node> children = new ArrayList<>();
    final List<Lease> leases = new ArrayList<>();
    final Map<Purse, Long> own = new EnumMap<>(Purse.class);
    boolean closed;

    Node(Account account, @Nullable Node parent, boolean line) {
      this.account = account;
      this.parent = parent;
      this.line = line;
      if (parent != null) parent.children.add(this);
    }

    long own(Purse purse) {
      return own.getOrDefault(purse, 0L);
    }

    void addOwn(Purse purse, long bytes) {
      own.put(purse, own(purse) + bytes);
    }

    long held(Purse purse) {
      return own(purse) + children.stream().mapToLong(child -> child.held(purse)).sum();
    }

    /// The lowest account from here to the root that could not take `bytes`.
    @Nullable Node full(Purse purse, long bytes) {
      for (Node node = this; node != null; node = node.parent) {
        if (node.closed) return node;
        if (!node.line && node.held(purse) + bytes > node.account.limit(purse)) return node;
      }
      return null;
    }

    void close() {
      closed = true;
      own.clear();
      children.forEach(Node::close);
    }

    void check(Purse purse) {
      long unusedBelow =
          Census.of(account).of(purse).unused() - ((TreeAccount) account).unused(purse);
      long held = account.held(purse);
      assertThat(held).isEqualTo(held(purse) + unusedBelow);
      assertThat(held).isLessThanOrEqualTo(account.limit(purse));
      assertThat(account.isClosed()).isEqualTo(closed);
      children.forEach(child -> child.check(purse));
    }
  }

  private static final class Run {
    final RandomGenerator random;
    final Node root;
    final List<Node> nodes = new ArrayList<>();

    Run(RandomGenerator random) {
      this.random = random;
      this.root = new Node(Ledger.open(new Budget(5_000, 3_000)), null, false);
      nodes.add(root);
    }

    void step() {
      Node node = nodes.get(random.nextInt(nodes.size()));
      Purse purse = PURSES.get(random.nextInt(PURSES.size()));
      switch (random.nextInt(16)) {
        case 0, 1 -> open(node);
        case 2 -> line(node);
        case 3, 4, 5, 6 -> charge(node, purse);
        case 7, 8 -> reserve(node, purse);
        case 9, 10, 11 -> release(node, purse);
        case 12 -> settle(node);
        case 13 -> releaseTooMuch(node, purse);
        case 14 -> node.account.trim();
        case 15 -> close(node);
        default -> throw new AssertionError();
      }
    }

    void check() {
      for (var purse : PURSES) {
        root.check(purse);
        assertThat(root.account.peak(purse)).isGreaterThanOrEqualTo(root.account.held(purse));
      }
    }

    void close() {
      nodes.reversed().stream().filter(node -> node != root).forEach(node -> node.account.close());
      for (var purse : PURSES) {
        assertThat(root.account.held(purse)).isEqualTo(root.own(purse));
      }
      assertThat(Census.of(root.account).children()).isEmpty();
    }

    private void open(Node parent) {
      var limits = new Budget(random.nextLong(1, 6_000), random.nextLong(1, 6_000));
      nodes.add(new Node(parent.account.open(nodes.size(), limits), parent, false));
      nodes.getLast().closed = parent.closed;
    }

    private void line(Node parent) {
      nodes.add(new Node(parent.account.line("line " + nodes.size()), parent, true));
      nodes.getLast().closed = parent.closed;
    }

    private void charge(Node node, Purse purse) {
      int bytes = amount();
      boolean fits = node.full(purse, bytes) == null;
      boolean charged = node.account.charge(purse, bytes);
      if (fits && !charged) { // unused credit stood in the way
        trimAll();
        charged = node.account.charge(purse, bytes);
      }
      assertThat(charged).isEqualTo(fits);
      if (charged) node.addOwn(purse, bytes);
    }

    private void reserve(Node node, Purse purse) {
      trimAll(); // so that the figures of a refusal are exact
      int bytes = amount();
      Node full = node.full(purse, bytes);
      switch (node.account.reserve(purse, bytes)) {
        case Granted(var lease) -> {
          assertThat(full).isNull();
          node.leases.add(lease);
          node.addOwn(purse, bytes);
        }
        case Refused refused -> {
          if (full == null) throw new AssertionError("refused without need: " + refused);
          long room = full.closed ? 0 : full.account.limit(purse) - full.held(purse);
          assertThat(refused).isEqualTo(new Refused(full.account, bytes - room));
        }
      }
    }

    private void release(Node node, Purse purse) {
      long leased =
          node.leases.stream().filter(l -> l.purse() == purse).mapToLong(Lease::bytes).sum();
      long most = node.closed ? 100 : node.own(purse) - leased;
      int bytes = (int) random.nextLong(most + 1);
      node.account.release(purse, bytes);
      if (!node.closed) node.addOwn(purse, -bytes);
    }

    private void settle(Node node) {
      if (node.leases.isEmpty()) return;
      Lease lease = node.leases.get(random.nextInt(node.leases.size()));
      var part = lease.split(random.nextLong(lease.bytes() + 1));
      if (!node.closed) node.addOwn(part.purse(), -part.bytes());
      part.close();
      part.close();
    }

    private static void releaseTooMuch(Node node, Purse purse) {
      if (node.closed || node.line) return;
      int bytes = (int) node.account.held(purse) + 1;
      assertThatIllegalStateException().isThrownBy(() -> node.account.release(purse, bytes));
    }

    private void close(Node node) {
      if (node == root) return;
      node.account.close();
      node.close();
    }

    private void trimAll() {
      nodes.reversed().forEach(node -> node.account.trim()); // a line's line gives to the line
    }

    private int amount() {
      return random.nextInt(10) == 0 ? random.nextInt(6_000) : random.nextInt(200);
    }

    @Override
    public String toString() {
      return Census.of(root.account) + "peak " + root.account.peak(DIRECT);
    }
  }
}
