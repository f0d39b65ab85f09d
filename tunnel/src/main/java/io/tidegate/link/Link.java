package io.tidegate.link;

import io.tidegate.ledger.Account;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import org.jspecify.annotations.Nullable;

/// One yamux session on one wire. Belongs to the wire's loop.
public final class Link implements AutoCloseable {
  /// Who opened the wire.
  public enum Side {
    /// Opens even ids, rising.
    EDGE,
    /// Dialled the wire; opens id 1, the control stream, and nothing else.
    AGENT
  }

  private Link() {}

  /// Starts a session on `wire`, whose reader it becomes. `tunnel` is the parent of the link's own
  /// account.
  ///
  /// @throws io.tidegate.net.PeerException if `tunnel` has no room for the link itself
  public static Link open(
      ByteStream wire, Side side, LinkConfig config, Account tunnel, LinkListener listener) {
    throw new UnsupportedOperationException();
  }

  /// What reads the wire: for bytes that came behind the head of the upgrade.
  public ByteStream.Reader reader() {
    throw new UnsupportedOperationException();
  }

  /// Opens a stream, or returns null if there is no room or the link is going away. Nothing is sent
  /// before its first offer.
  public @Nullable LinkStream openStream(ByteStream.Reader reader) {
    throw new UnsupportedOperationException();
  }

  /// The wire's loop.
  public Loop loop() {
    throw new UnsupportedOperationException();
  }

  /// What the link's streams are charged to.
  public Account account() {
    throw new UnsupportedOperationException();
  }

  /// Who this end is.
  public Side side() {
    throw new UnsupportedOperationException();
  }

  /// The other end, for people.
  public String peer() {
    throw new UnsupportedOperationException();
  }

  /// Streams open now, the control stream included.
  public int streamCount() {
    throw new UnsupportedOperationException();
  }

  /// Whether either side has sent GoAway, or the link is over.
  public boolean isGoingAway() {
    throw new UnsupportedOperationException();
  }

  /// Whether the link is over.
  public boolean isClosed() {
    throw new UnsupportedOperationException();
  }

  /// Round trip of the last ping in nanoseconds, 0 before the first.
  public long roundTripNanos() {
    throw new UnsupportedOperationException();
  }

  /// Payload bytes received so far.
  public long receivedBytes() {
    throw new UnsupportedOperationException();
  }

  /// Payload bytes sent so far.
  public long sentBytes() {
    throw new UnsupportedOperationException();
  }

  /// Says that no new streams are taken; the link closes when the last stream but the control
  /// stream has ended, or after [LinkConfig#drain].
  public void goAway() {
    throw new UnsupportedOperationException();
  }

  /// Ends the link and all its streams at once, with a GoAway where the peer can still hear it.
  public void cut(CutReason reason) {
    throw new UnsupportedOperationException();
  }

  /// As [#cut] for [CutReason#CLOSING].
  @Override
  public void close() {
    cut(CutReason.CLOSING);
  }
}
