package io.tidegate.link;

import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;

/// What the owner of a link hears of it, on the link's loop.
public interface LinkListener {
  /// The peer has opened `stream`, which is charged and may be written to at once; what it reads
  /// goes to the returned reader. On the edge this is the control stream, once.
  ByteStream.Reader opened(LinkStream stream);

  /// The link is over, and every stream of it has been told so before. Exactly once, last.
  void closed(CutReason reason);

  /// The peer has acknowledged a stream while as many as may be were not: another may be opened.
  default void hasRoom() {}

  /// The peer takes no new streams from now on; those that are open may run for [LinkConfig#drain].
  /// `code` is 0 for an orderly end.
  default void goingAway(int code) {}
}
