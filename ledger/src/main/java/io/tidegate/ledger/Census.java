package io.tidegate.ledger;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Who holds how much: an immutable snapshot of an account and those below it.
///
/// Accounts are read one after the other while others change them, so that a sum can differ from
/// its parts by what moved meanwhile. When nothing moves it is exact: what an account holds is what
/// was charged to it directly, plus all that its children hold, plus their lines' unused credit.
///
/// @param label the account's label as text
/// @param line whether the account is a credit line
/// @param direct the figures for buffers
/// @param heap the figures for entries
/// @param children the accounts below, newest first
public record Census(
    String label, boolean line, Figures direct, Figures heap, List<Census> children) {
  /// Copies the list of children.
  public Census {
    children = List.copyOf(children);
  }

  /// One purse of one account, in bytes.
  ///
  /// @param held what the account holds ([Account#held])
  /// @param limit the most that it may hold
  /// @param unused credit that lines have taken and not used: the account's own if it is a line,
  ///   and that of all drawn below it
  public record Figures(long held, long limit, long unused) {}

  /// Draws the whole tree from `account` downwards. Its size is that of the tree: for thousands of
  /// accounts take [#largest].
  public static Census of(Account account) {
    return draw(tree(account), true);
  }

  /// Draws the `most` children of `account` that hold the most of `purse`, the largest first, each
  /// without those below it. Credit lines are seen through: their children count as `account`'s
  /// own.
  ///
  /// Looks at every child, and meanwhile none can be opened or closed; keeps only `most` of them.
  ///
  /// @throws IllegalArgumentException if `most` is not positive
  public static List<Census> largest(Account account, int most, Purse purse) {
    if (most < 1) throw new IllegalArgumentException("most not positive: " + most);
    var podium = new Podium(most, purse);
    podium.look(tree(account));
    return podium.ranked().stream().map(child -> draw(child, false)).toList();
  }

  /// The figures of `purse`.
  public Figures of(Purse purse) {
    return switch (purse) {
      case DIRECT -> direct;
      case HEAP -> heap;
    };
  }

  private static TreeAccount tree(Account account) {
    return switch (account) {
      case TreeAccount tree -> tree;
    };
  }

  private static Census draw(TreeAccount account, boolean deep) {
    var below = new ArrayList<TreeAccount>();
    if (deep) account.eachChild(below::add); // labels are drawn after: they may be anyone's code
    var children = below.stream().map(child -> draw(child, true)).toList();
    return new Census(
        account.label().toString(),
        account instanceof CreditLine,
        figures(account, children, Purse.DIRECT),
        figures(account, children, Purse.HEAP),
        children);
  }

  private static Figures figures(TreeAccount account, List<Census> children, Purse purse) {
    long below = children.stream().mapToLong(child -> child.of(purse).unused).sum();
    return new Figures(account.held(purse), account.limit(purse), account.unused(purse) + below);
  }

  /// The tree as text, one account a line, for logs and failed tests.
  @Override
  public String toString() {
    var page = new StringBuilder();
    print(page, "");
    return page.toString();
  }

  private void print(StringBuilder page, String indent) {
    page.append(indent).append(label).append(line ? " (line)" : "");
    page.append(" direct ").append(text(direct)).append(" heap ").append(text(heap)).append('\n');
    for (var child : children) child.print(page, indent + "  ");
  }

  private static String text(Figures figures) {
    String unused = figures.unused == 0 ? "" : " (unused " + figures.unused + ")";
    return figures.held + "/" + figures.limit + unused;
  }

  /// The largest holders seen so far, the smallest of them on top of the heap.
  private static final class Podium {
    private record Place(TreeAccount account, long held) {}

    private final int most;
    private final Purse purse;
    private final PriorityQueue<Place> places =
        new PriorityQueue<>(Comparator.comparingLong(Place::held));

    Podium(int most, Purse purse) {
      this.most = most;
      this.purse = purse;
    }

    void look(TreeAccount parent) {
      parent.eachChild(child -> {
        if (child instanceof CreditLine) look(child);
        else place(child);
      });
    }

    private void place(TreeAccount child) {
      long held = child.held(purse);
      @Nullable Place smallest = places.peek();
      if (places.size() == most && smallest != null) {
        if (held <= smallest.held) return;
        places.remove();
      }
      places.add(new Place(child, held));
    }

    List<TreeAccount> ranked() {
      return places.stream()
          .sorted(Comparator.comparingLong(Place::held).reversed())
          .map(Place::account)
          .toList();
    }
  }
}
