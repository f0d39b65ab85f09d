package io.tidegate.proof.hub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/// One subscriber: its WebSocket, and the last message that it has seen. One thread, its
/// audience's.
final class Seat {
  private static final byte[] NOTHING = {};

  /// The least that the kernel gives: who sleeps is to be felt soon.
  private static final int SLEEPER_BUFFER_BYTES = 4_096;

  private final Audience audience;
  private final boolean sleeps;
  private byte[] rest = NOTHING;
  private @Nullable SelectionKey key;
  private boolean isOpen;
  private String epoch = "";
  private long last;
  private long reachedNanos;

  Seat(Audience audience, boolean sleeps) {
    this.audience = audience;
    this.sleeps = sleeps;
  }

  // ---- its connection

  void connect(Selector selector, int port) throws IOException {
    var channel = SocketChannel.open();
    try {
      var _ = channel.configureBlocking(false);
      var _ = channel.setOption(StandardSocketOptions.SO_LINGER, 0); // no port waits behind it
      if (sleeps) channel.setOption(StandardSocketOptions.SO_RCVBUF, SLEEPER_BUFFER_BYTES);
      key = channel.register(selector, SelectionKey.OP_CONNECT, this);
      if (channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
        ask(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /// Its channel can connect or be read; `bytes` is empty and everybody's.
  void ready(SelectionKey ready, ByteBuffer bytes) throws IOException {
    var channel = (SocketChannel) ready.channel();
    if (ready.isConnectable()) {
      if (channel.finishConnect()) ask(channel);
      return;
    }
    var _ = bytes.put(rest);
    rest = NOTHING;
    if (channel.read(bytes) < 0) throw new IOException("ended by the server");
    var _ = bytes.flip();
    if (isOpen || isSwitched(bytes)) {
      if (!sleeps) Frames.readAll(bytes, this::take);
    }
    if (bytes.hasRemaining() && !(sleeps && isOpen)) {
      rest = new byte[bytes.remaining()];
      var _ = bytes.get(rest);
    }
  }

  private void ask(SocketChannel channel) throws IOException {
    channelKey().interestOps(SelectionKey.OP_READ);
    var _ = channel.write(Dialect.request(audience.port(), audience.target(this)));
  }

  /// Whether the answer's head is there, and says that it is a WebSocket.
  private boolean isSwitched(ByteBuffer bytes) throws IOException {
    var text = ISO_8859_1.decode(bytes.duplicate()).toString();
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) return false;
    if (!text.startsWith("HTTP/1.1 101"))
      throw new IOException("not a WebSocket: " + text.lines().findFirst().orElse(""));
    var _ = bytes.position(bytes.position() + end + 4);
    isOpen = true;
    say(audience.dialect().greeting());
    if (sleeps) channelKey().interestOps(0);
    audience.opened();
    return true;
  }

  private SelectionKey channelKey() {
    if (key == null) throw new IllegalStateException("not connected");
    return key;
  }

  boolean isOpen() {
    return isOpen;
  }

  boolean sleeps() {
    return sleeps;
  }

  /// Sends a few bytes; a server that has no room for them is far behind anyway.
  void say(ByteBuffer bytes) throws IOException {
    if (bytes.hasRemaining()) {
      var _ = ((SocketChannel) channelKey().channel()).write(bytes);
    }
  }

  /// Resets the connection.
  void leave() {
    isOpen = false;
    rest = NOTHING;
    if (key == null) return;
    try {
      key.channel().close();
    } catch (IOException _) {
      // nothing of it remains to be closed
    }
    key = null;
  }

  // ---- what it hears

  private void take(Frames.Frame frame) throws IOException {
    switch (frame.opcode()) {
      case Frames.TEXT, Frames.BINARY -> audience.dialect().frame(frame, this);
      case Frames.PING -> say(Frames.client(Frames.PONG, frame.text(frame.from(), frame.to())));
      case Frames.PONG -> {}
      default -> throw new IOException("a frame of kind " + frame.opcode());
    }
  }

  /// A message came, which its publisher has numbered.
  void message(Stamp stamp) {
    message(stamp.number(), stamp.nanos());
  }

  /// A message came, which its topic has numbered.
  void message(String position, Stamp stamp) {
    message(offset(position), stamp.nanos());
  }

  private void message(long number, long stampNanos) {
    var tally = audience.tally();
    long now = audience.nowNanos();
    tally.heard(now - stampNanos);
    if (number <= last) tally.repeated();
    else if (last > 0) tally.missed(number - last - 1);
    last = Math.max(last, number);
    if (reachedNanos == 0 && last >= audience.goal()) reachedNanos = now;
  }

  /// It stands at `position`: behind what it has seen, if it resumes.
  void begin(String position) {
    epoch = position.substring(0, position.indexOf('-'));
    last = offset(position);
  }

  /// It was told that messages before `next` are lost; they are counted once the next one comes.
  void gap(String next) {
    audience.tally().gapTold();
    if (!next.startsWith(epoch)) last = offset(next);
  }

  private static long offset(String position) {
    return Long.parseLong(position, position.indexOf('-') + 1, position.length(), 10);
  }

  /// The number of the last message that it has seen; 0 before any.
  long last() {
    return last;
  }

  /// Where it would go on; empty before it knows.
  String position() {
    return epoch.isEmpty() ? "" : epoch + "-" + last;
  }

  /// Whether a message has come to it that is the audience's goal, or behind that.
  boolean hasReached() {
    return reachedNanos != 0;
  }

  /// When it had seen the audience's goal, 0 before it has.
  long reachedNanos() {
    return reachedNanos;
  }

  void forgetReached() {
    reachedNanos = 0;
  }
}
