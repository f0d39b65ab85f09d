package io.tidegate.fuzz;

import io.tidegate.files.SafePathFuzz;
import io.tidegate.http.form.MultipartFuzz;
import io.tidegate.http.form.PairsFuzz;
import io.tidegate.http.h2.Http2Fuzz;
import io.tidegate.http.message.Http1Fuzz;
import io.tidegate.server.RouterFuzz;
import io.tidegate.websocket.HandshakeFuzz;
import io.tidegate.websocket.frame.FramesFuzz;
import io.tidegate.websocket.handshake.DeflateOfferFuzz;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;

/// What reads bytes of peers, each under the name of its corpus: the folder below `src/test/fuzz`.
enum FuzzTarget {
  /// Heads and bodies of HTTP/1.
  HTTP1(Http1Fuzz::fuzz),
  /// Frames, messages and their compression.
  WEBSOCKET_FRAMES(FramesFuzz::fuzz),
  /// Both sides of an opening handshake.
  WEBSOCKET_HANDSHAKE(HandshakeFuzz::fuzz),
  /// What is agreed about permessage-deflate.
  WEBSOCKET_DEFLATE(DeflateOfferFuzz::fuzz),
  /// Paths of static files.
  PATH(SafePathFuzz::fuzz),
  /// Patterns of routes, and paths that look for one.
  ROUTE(RouterFuzz::fuzz),
  /// Queries and forms.
  QUERY(PairsFuzz::fuzz),
  /// Bodies in parts.
  MULTIPART(MultipartFuzz::fuzz),
  /// Frames of HTTP/2, one after the other.
  HTTP2(Http2Fuzz::fuzz);

  private final Consumer<byte[]> target;

  FuzzTarget(Consumer<byte[]> target) {
    this.target = target;
  }

  /// The target of this label.
  ///
  /// @throws IllegalArgumentException if there is none
  static FuzzTarget of(String label) {
    for (var target : values()) if (target.label().equals(label)) return target;
    var labels = Arrays.stream(values()).map(FuzzTarget::label).toList();
    throw new IllegalArgumentException("no target " + label + "; there are " + labels);
  }

  /// Its name on the command line, and of its folder.
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Reads `input` as a peer's.
  ///
  /// @throws Finding if something that we promise does not hold
  void fuzz(byte[] input) {
    target.accept(input);
  }
}
