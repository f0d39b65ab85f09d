package io.tidegate.server;

import java.util.Locale;

/// A handler and what it is for.
///
/// @param method such as GET, or [#ANY]
/// @param pattern of its paths
/// @param handler with the server's filters around it
record Route(String method, PathPattern pattern, Handler handler) {
  /// Stands for every method.
  static final String ANY = "*";

  /// @throws IllegalArgumentException if `method` has a lower-case letter: methods are told apart
  ///   by case, and no peer sends one
  Route {
    if (!method.equals(method.toUpperCase(Locale.ROOT)))
      throw new IllegalArgumentException("a method is in upper case: " + method);
  }

  /// A handler that its author promises never to block.
  record OnLoop(Handler own) implements Handler {
    @Override
    public Object answer(Call call) throws Exception {
      return own.answer(call);
    }
  }

  /// Whether it runs on the event loop.
  boolean isOnLoop() {
    return handler instanceof OnLoop;
  }
}
