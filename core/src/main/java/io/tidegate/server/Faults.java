package io.tidegate.server;

import io.tidegate.http.semantics.HttpError;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is answered for what handlers throw: by the handler for the nearest class, else plainly.
/// Immutable once the server runs.
final class Faults {
  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

  private final Map<Class<?>, ErrorHandler<?>> handlers = new LinkedHashMap<>();

  <E extends Throwable> void add(Class<E> type, ErrorHandler<E> handler) {
    if (handlers.putIfAbsent(type, handler) != null)
      throw new IllegalArgumentException("two handlers for " + type.getName());
  }

  /// The answer for `fault`, which is logged if nobody is there for it.
  Answer answer(Throwable fault, Call call) {
    var handler = nearest(fault.getClass());
    try {
      return handler == null ? unhandled(fault) : handled(handler, fault, call);
    } catch (Throwable second) {
      second.addSuppressed(fault);
      return unhandled(second);
    }
  }

  /// Whether somebody is there for `fault`.
  boolean hasHandler(Throwable fault) {
    return nearest(fault.getClass()) != null;
  }

  private @Nullable ErrorHandler<?> nearest(Class<?> type) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      var handler = handlers.get(at);
      if (handler != null) return handler;
    }
    return null;
  }

  private static <E extends Throwable> Answer handled(
      ErrorHandler<E> handler, Throwable fault, Call call) throws Exception {
    @SuppressWarnings("unchecked") // `add` ties the two together
    var error = (E) fault;
    return call.ready(handler.answer(error, call));
  }

  /// The plain answer for `fault`, which is logged unless it is a word to the peer.
  static Answer unhandled(Throwable fault) {
    if (fault instanceof HttpError error) return plain(error);
    LOG.error("A handler failed.", fault);
    return plain(new HttpError(500));
  }

  /// The line of `error` as text, with its fields.
  static Answer plain(HttpError error) {
    var answer = Answer.text(error.text() + "\n").withStatus(error.status());
    for (var field : error.fields().entrySet())
      answer = answer.withField(field.getKey(), field.getValue());
    return answer;
  }
}
