package io.tidegate.server;

/// Stands around handlers: may look at the call, answer in their place, or change what they answer.
///
/// Filters run in the order in which they were added, on the handler's thread. A route whose
/// handler is [Handler#onLoop] runs on a thread of its own if it has a filter.
@FunctionalInterface
public interface Filter {
  /// The answer to `call`; `next` gives that of the rest.
  Object answer(Call call, Handler next) throws Exception;
}
