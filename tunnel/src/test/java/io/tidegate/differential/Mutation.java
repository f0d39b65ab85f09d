package io.tidegate.differential;

import java.util.Set;
import java.util.function.Consumer;

/// One thing in a request that is spelled otherwise.
///
/// @param kind its class; no request has two of one class
/// @param name what is particular about it
/// @param shapes which requests can have it
/// @param harmless whether a strict reader takes the request all the same; else it must refuse it
/// @param change how it is done
record Mutation(
    String kind, String name, Set<Draft.Shape> shapes, boolean harmless, Consumer<Draft> change) {
  @Override
  public String toString() {
    return kind + " " + name;
  }
}
