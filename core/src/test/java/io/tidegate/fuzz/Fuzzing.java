package io.tidegate.fuzz;

/// Where Jazzer comes in: it calls these methods by their names.
public final class Fuzzing {
  private static FuzzTarget target = FuzzTarget.HTTP1;

  private Fuzzing() {}

  /// Chooses the target that `labels` names first.
  public static void fuzzerInitialize(String[] labels) {
    target = FuzzTarget.of(labels[0]);
  }

  /// Runs one input.
  public static void fuzzerTestOneInput(byte[] input) {
    target.fuzz(input);
  }
}
