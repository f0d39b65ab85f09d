package io.tidegate.link;

import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import org.jspecify.annotations.Nullable;

/// The control stream of a link: bounded lines of JSON both ways. On the link's loop.
public final class ControlLines {
  /// Who hears the lines.
  public interface Handler {
    /// The peer has sent `line`.
    void line(Control line);

    /// The control stream is over; its link ends with it.
    void closed(@Nullable CutReason reason);
  }

  private ControlLines() {}

  /// Opens the control stream, on the agent's side.
  ///
  /// @throws IllegalStateException if the link is over or has one
  public static ControlLines open(Link link, Handler handler) {
    throw new UnsupportedOperationException();
  }

  /// Takes the control stream that the agent has opened, on the edge's side; [#reader] is what
  /// [LinkListener#opened] returns.
  public static ControlLines accept(LinkStream stream, Handler handler) {
    throw new UnsupportedOperationException();
  }

  /// What reads the stream.
  public ByteStream.Reader reader() {
    throw new UnsupportedOperationException();
  }

  /// Sends `line`; false if there was no room for it, which is counted, or the link is over.
  public boolean send(Control line) {
    throw new UnsupportedOperationException();
  }

  /// Lines that found no room.
  public long dropped() {
    throw new UnsupportedOperationException();
  }
}
