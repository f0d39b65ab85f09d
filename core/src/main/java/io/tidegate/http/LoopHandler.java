package io.tidegate.http;

/// Answers requests on the event loop: never blocks, and calls nobody's code that might.
@FunctionalInterface
public interface LoopHandler {
  /// A request's head is complete. The answer may begin now or later, from this loop.
  void handle(Exchange exchange);
}
