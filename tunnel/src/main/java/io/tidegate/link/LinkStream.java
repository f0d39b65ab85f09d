package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;

/// One stream of a [Link].
public final class LinkStream implements ByteStream {
  private LinkStream() {}

  /// Its number on the link; 0 until the first offer of a stream that we opened.
  public int id() {
    throw new UnsupportedOperationException();
  }

  /// The link that carries it.
  public Link link() {
    throw new UnsupportedOperationException();
  }

  /// Bytes that the peer has sent on it.
  public long receivedBytes() {
    throw new UnsupportedOperationException();
  }

  /// Bytes offered to it and not discarded unsent.
  public long sentBytes() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Loop loop() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Account account() {
    throw new UnsupportedOperationException();
  }

  @Override
  public String peer() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void read(Reader reader) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long queuedBytes() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void end() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void reset(CutReason reason) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isClosed() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void released(int bytes) {
    throw new UnsupportedOperationException();
  }
}
