package io.tidegate.server;

/// A handler that its author promises never to block.
record OnLoop(Handler handler) implements Handler {
  @Override
  public Object answer(Call call) throws Exception {
    return handler.answer(call);
  }
}
