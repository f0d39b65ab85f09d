package io.tidegate.server;

/// Turns what a handler threw into an answer, by the rules of [Handler].
///
/// @param <E> what is caught
@FunctionalInterface
public interface ErrorHandler<E extends Throwable> {
  /// The answer to `call`, whose handler threw `error`. Not called once an answer has begun.
  Object answer(E error, Call call) throws Exception;
}
