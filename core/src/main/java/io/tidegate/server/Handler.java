package io.tidegate.server;

/// Answers one request with blocking code, on a virtual thread of its own.
///
/// What is returned becomes the answer: an [Answer] as it is; a `String` as text; a `byte[]` as
/// bytes; a `Path` as a file; an `InputStream` as a stream, closed afterwards; anything else as
/// JSON, by the server's [JsonMapper]. What is thrown, by the mapper too, goes to the server's
/// error handlers; an [io.tidegate.http.semantics.HttpError] without one becomes the answer that it
/// names, anything else a 500 that tells nothing of its cause.
///
/// Reading the body and writing the answer block, never for longer than the peer may take by the
/// server's limits; if it goes, they throw [PeerGoneException].
@FunctionalInterface
public interface Handler {
  /// The answer to `call`, never null: [Answer#NO_CONTENT] says nothing.
  Object answer(Call call) throws Exception;

  /// `handler` run on the event loop: for answers that never block and are ready at once. It costs
  /// half the CPU of a thread of its own, and while it runs, nobody else on its loop is served.
  ///
  /// Its answer is text, bytes or JSON; the body of its request is not to be read. The answer is
  /// sent whole, so it must fit what its connection may hold, beside those of other streams: the
  /// peer of one that does not is told so by a 503, or cut. An error handler for what it throws has
  /// a thread; in a server with filters, so has the handler.
  static Handler onLoop(Handler handler) {
    return new Route.OnLoop(handler);
  }
}
