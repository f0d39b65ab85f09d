package io.tidegate.proof.torture;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tidegate.testkit.KernelSockets;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// One hostile connection: where it is in its script, and what it was told last. On its mob's
/// thread.
final class Peer {
  /// Enough for a close frame, a GOAWAY, or the status line of a short answer.
  private static final int TAIL_CHARS = 512;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  final SocketChannel channel;
  private final int number;
  private final Script script;
  private final StringBuilder tail = new StringBuilder();
  private ByteBuffer unsent = NOTHING;
  private long openedNanos;
  private String kernelKey = "";
  private int turn;
  private boolean begun;
  private boolean waits;

  Peer(SocketChannel channel, int number, Script script) {
    this.channel = channel;
    this.number = number;
    this.script = script;
  }

  void connected() throws IOException {
    var _ = channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    openedNanos = System.nanoTime();
    kernelKey = KernelSockets.key((InetSocketAddress) channel.getLocalAddress());
    begun = script.awaits().isEmpty();
    say(script.opening().apply(number));
  }

  int number() {
    return number;
  }

  String kernelKey() {
    return kernelKey;
  }

  /// Whether its moves have begun.
  boolean begun() {
    return begun;
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - openedNanos);
  }

  /// The last that came, ISO 8859-1.
  String tail() {
    return tail.toString();
  }

  Script.Move nextMove() {
    return script.moves().apply(turn++);
  }

  /// Whether it sends nothing any more.
  boolean waits() {
    return waits;
  }

  void waitFromNow() {
    waits = true;
  }

  /// Whether the socket has not taken all of what was said.
  boolean busy() {
    return unsent.hasRemaining();
  }

  /// Sends `text`, or as much as the socket takes now; the rest goes with [#sendRest].
  void say(String text) throws IOException {
    unsent = ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    sendRest();
  }

  void sendRest() throws IOException {
    var _ = channel.write(unsent);
  }

  /// Reads what fits into `sink`; returns how many bytes came, -1 at the end.
  int read(ByteBuffer sink) throws IOException {
    int count = channel.read(sink);
    if (count > 0) remember(ISO_8859_1.decode(sink.duplicate().flip()).toString());
    return count;
  }

  private void remember(String came) {
    var _ = tail.append(came);
    if (!begun) begun = tail.indexOf(script.awaits()) >= 0;
    if (tail.length() > TAIL_CHARS) {
      var _ = tail.delete(0, tail.length() - TAIL_CHARS);
    }
  }

  /// Says what the selector is to wait for.
  void want(SelectionKey key) {
    int read = script.appetite() == Script.Appetite.ALL || !begun ? SelectionKey.OP_READ : 0;
    boolean floods = begun && !waits && script.pause().isZero();
    var _ = key.interestOps(read | (floods || busy() ? SelectionKey.OP_WRITE : 0));
  }

  /// Ends by a reset, so that no port waits.
  void abort() {
    try {
      var _ = channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException _) {
      // closed already
    }
    close(channel);
  }

  static void close(Closeable resource) {
    try {
      resource.close();
    } catch (IOException _) {
      // nothing of it remains to be closed
    }
  }
}
