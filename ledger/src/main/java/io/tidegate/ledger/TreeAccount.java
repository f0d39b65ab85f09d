package io.tidegate.ledger;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The one implementation of [Account]: a counter per purse, and the list of children.
///
/// Why no byte is lost or given back twice, whatever races:
/// - A charge is added from the root downwards, a release is subtracted from the leaf upwards. So
///   an account's counter is never below the sum of its open children's.
/// - Closing swaps the counter for [#CLOSED] in one step and gives the parent what was in it. A
///   charge that got as far as the parent then finds CLOSED here and returns its bytes to the
///   parent itself; one that was added before is in the swapped amount. A release that finds CLOSED
///   stops: its bytes went up with the rest.
/// - Closing then closes the children, which give what they hold to a closed parent: nothing. A
///   child is linked and looks at its parent under one lock, so none escapes.
///
/// Locks are only ever taken from the root downwards.
abstract sealed class TreeAccount implements Account permits RootAccount, BranchAccount {
  private static final long CLOSED = Long.MIN_VALUE;
  private static final VarHandle DIRECT = counter("direct");
  private static final VarHandle HEAP = counter("heap");

  private final Object label;
  private final Budget limits;
  private volatile long direct;
  private volatile long heap;
  private @Nullable BranchAccount newest; // guarded by this

  TreeAccount(Object label, Budget limits) {
    this.label = label;
    this.limits = limits;
  }

  @Override
  public final Object label() {
    return label;
  }

  @Override
  public final boolean charge(Purse purse, int bytes) {
    return take(purse, requireNatural(bytes)) == null;
  }

  @Override
  public final void release(Purse purse, int bytes) {
    give(purse, requireNatural(bytes));
  }

  @Override
  public final Verdict reserve(Purse purse, long bytes) {
    TreeAccount full = take(purse, requireNatural(bytes));
    return full == null
        ? new Verdict.Granted(new HeldLease(this, purse, bytes))
        : new Verdict.Refused(full, full.missing(purse, bytes));
  }

  @Override
  public long held(Purse purse) {
    return Math.max(0, counted(purse)); // CLOSED is negative
  }

  @Override
  public long limit(Purse purse) {
    return limits.of(purse);
  }

  @Override
  public final Account open(Object childLabel, Budget childLimits) {
    return link(new BranchAccount(this, childLabel, childLimits));
  }

  @Override
  public final Account line(Object lineLabel) {
    return link(new CreditLine(this, lineLabel));
  }

  @Override
  public void trim() {}

  @Override
  public final boolean isClosed() {
    return counted(Purse.DIRECT) < 0;
  }

  /// Takes `bytes` here and in every ancestor, or nowhere.
  ///
  /// @return the account that refused, or null if the bytes are taken
  abstract @Nullable TreeAccount take(Purse purse, long bytes);

  /// Gives `bytes` back here and in every ancestor, up to one that is closed.
  abstract void give(Purse purse, long bytes);

  /// The smallest limit from here to the root.
  abstract long bindingLimit(Purse purse);

  @Override
  public long unused(Purse purse) {
    return 0;
  }

  /// Shows every child to `visitor`, newest first. The list stays locked meanwhile: a visitor must
  /// be short, and call nobody's code but ours.
  final synchronized void eachChild(Consumer<TreeAccount> visitor) {
    for (var child = newest; child != null; child = child.older) visitor.accept(child);
  }

  final synchronized void unlink(BranchAccount child) {
    if (child.newer != null) child.newer.older = child.older;
    else newest = child.older;
    if (child.older != null) child.older.newer = child.newer;
  }

  private synchronized BranchAccount link(BranchAccount child) {
    child.older = newest;
    if (newest != null) newest.newer = child;
    newest = child;
    if (isClosed()) child.close();
    return child;
  }

  /// Whether `bytes` would fit here now; false if closed.
  final boolean hasRoom(Purse purse, long bytes) {
    long now = counted(purse);
    return now >= 0 && bytes <= limits.of(purse) - now;
  }

  /// Adds `bytes` to this counter alone.
  ///
  /// @return the new total, or -1 if it does not fit or the counter is closed
  final long add(Purse purse, long bytes) {
    while (true) {
      long now = counted(purse);
      if (now < 0 || bytes > limits.of(purse) - now) return -1;
      if (swap(purse, now, now + bytes)) return now + bytes;
    }
  }

  /// Subtracts `bytes` from this counter alone.
  ///
  /// @return false if the counter is closed, and nothing was done
  /// @throws IllegalStateException if fewer bytes are held
  final boolean subtract(Purse purse, long bytes) {
    while (true) {
      long now = counted(purse);
      if (now < 0) return false;
      if (bytes > now) {
        throw new IllegalStateException(
            "released " + bytes + " bytes of " + purse + " where " + now + " are held: " + label);
      }
      if (swap(purse, now, now - bytes)) return true;
    }
  }

  /// Closes this counter alone.
  ///
  /// @return what it held, or -1 if it was closed before
  final long shut(Purse purse) {
    long before =
        switch (purse) {
          case DIRECT -> (long) DIRECT.getAndSet(this, CLOSED);
          case HEAP -> (long) HEAP.getAndSet(this, CLOSED);
        };
    return Math.max(-1, before);
  }

  /// This counter as it is, negative if closed.
  final long counted(Purse purse) {
    return switch (purse) {
      case DIRECT -> direct;
      case HEAP -> heap;
    };
  }

  // Each handle stands in its own branch: only a constant VarHandle compiles to a plain
  // instruction.
  private boolean swap(Purse purse, long from, long to) {
    return switch (purse) {
      case DIRECT -> DIRECT.compareAndSet(this, from, to);
      case HEAP -> HEAP.compareAndSet(this, from, to);
    };
  }

  private long missing(Purse purse, long bytes) {
    long now = counted(purse);
    return now < 0 ? bytes : Math.max(1, bytes - (limits.of(purse) - now));
  }

  private static long requireNatural(long bytes) {
    if (bytes < 0) throw new IllegalArgumentException("bytes negative: " + bytes);
    return bytes;
  }

  private static VarHandle counter(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(TreeAccount.class, field, long.class);
    } catch (ReflectiveOperationException missing) {
      throw new ExceptionInInitializerError(missing);
    }
  }

  @Override
  public String toString() {
    return label + " " + held(Purse.DIRECT) + "/" + held(Purse.HEAP);
  }
}
