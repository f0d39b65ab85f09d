package io.tidegate.fuzz;

/// What a fuzz target throws: something that we promise does not hold for its input.
public final class Finding extends AssertionError {
  private static final long serialVersionUID = 1;

  private Finding(String promise, Object seen) {
    super(promise + ", but: " + seen);
  }

  /// Throws unless `holds`; `seen` is shown with it.
  ///
  /// @throws Finding if it does not
  public static void unless(boolean holds, String promise, Object seen) {
    if (!holds) throw new Finding(promise, seen);
  }

  /// Throws unless both are equal.
  ///
  /// @throws Finding if they are not
  public static void unlessEqual(Object one, Object other, String promise) {
    if (!one.equals(other)) throw new Finding(promise, one + "\n--- and ---\n" + other);
  }
}
