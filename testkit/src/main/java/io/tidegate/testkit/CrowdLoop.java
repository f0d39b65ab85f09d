package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The one thread and selector on which a crowd lives.
final class CrowdLoop implements AutoCloseable {
  /// More connects at once overrun a listener's backlog and wait a second for the next SYN.
  private static final int MAX_CONNECTING = 128;

  private static final long TABLE_SCAN_NANOS = Duration.ofMillis(500).toNanos();
  private static final long LONGEST_WAIT_MILLIS = 50;

  private final Task task;
  private final CrowdTally tally;
  private final Selector selector = Selector.open();
  private final List<Peer> live = new ArrayList<>();
  private final ArrayDeque<Peer> drips = new ArrayDeque<>(); // one interval: already in due order
  private final ByteBuffer sink = ByteBuffer.allocateDirect(Wire.BUFFER_BYTES);
  private final Thread thread;
  private volatile boolean closing;
  private int started;
  private int connecting;
  private long nextScanNanos;

  record Task(
      int count, InetSocketAddress target, List<InetAddress> sources, HostileCrowd.Script script) {}

  private static final class Peer {
    final SocketChannel channel;
    long openedNanos;
    long dripDueNanos;
    int dripped;
    String kernelKey = "";

    Peer(SocketChannel channel) {
      this.channel = channel;
    }
  }

  private CrowdLoop(Task task, CrowdTally tally) throws IOException {
    this.task = task;
    this.tally = tally;
    this.thread = Thread.ofPlatform().daemon().name("testkit-crowd").unstarted(this::run);
  }

  static CrowdLoop start(Task task, CrowdTally tally) throws IOException {
    var loop = new CrowdLoop(task, tally);
    loop.thread.start();
    return loop;
  }

  @Override
  public void close() {
    closing = true;
    var _ = selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    var end = Deadline.in(task.script.lifetime());
    try {
      while (!closing && !end.passed()) {
        connectSome();
        var _ = selector.select(this::ready, waitMillis());
        drip();
        scanUnread();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      selector.keys().forEach(key -> abort((SocketChannel) key.channel()));
      live.forEach(peer -> abort(peer.channel));
      closeQuietly(selector);
    }
  }

  private long waitMillis() {
    if (started < task.count && connecting < MAX_CONNECTING) {
      return 1;
    }
    var due = drips.isEmpty() ? Long.MAX_VALUE : drips.element().dripDueNanos - System.nanoTime();
    return Math.clamp(due / 1_000_000, 1, LONGEST_WAIT_MILLIS);
  }

  private void connectSome() {
    while (started < task.count && connecting < MAX_CONNECTING) {
      var source = task.sources.get(started++ % task.sources.size());
      connecting++;
      try {
        connect(SocketChannel.open(), source);
      } catch (IOException _) {
        refused(); // out of descriptors or ports: part of the report
      }
    }
  }

  private void connect(SocketChannel channel, InetAddress source) throws IOException {
    try {
      var _ = channel.configureBlocking(false);
      var _ = channel.bind(new InetSocketAddress(source, 0));
      var key = channel.register(selector, SelectionKey.OP_CONNECT, new Peer(channel));
      if (channel.connect(task.target)) {
        connected(key);
      }
    } catch (IOException e) {
      closeQuietly(channel);
      throw e;
    }
  }

  private void ready(SelectionKey key) {
    var peer = (Peer) key.attachment();
    if (key.isValid() && key.isConnectable()) {
      finishConnect(key);
    } else if (key.isValid() && key.isReadable()) {
      readAll(peer);
    }
  }

  private void finishConnect(SelectionKey key) {
    try {
      if (((SocketChannel) key.channel()).finishConnect()) {
        connected(key);
      }
    } catch (IOException _) {
      closeQuietly(key.channel());
      refused();
    }
  }

  private void refused() {
    connecting--;
    tally.refused();
  }

  private void connected(SelectionKey key) throws IOException {
    var peer = (Peer) key.attachment();
    var _ = peer.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    peer.openedNanos = System.nanoTime();
    peer.kernelKey = KernelSockets.key((InetSocketAddress) peer.channel.getLocalAddress());
    var _ = key.interestOps(task.script.reads() ? SelectionKey.OP_READ : 0);
    connecting--;
    tally.opened();
    var _ = live.add(peer);
    send(peer, task.script.opening());
    if (!task.script.drip().isEmpty()) {
      enqueue(peer);
    }
  }

  private void enqueue(Peer peer) {
    peer.dripDueNanos = System.nanoTime() + task.script.interval().toNanos();
    var _ = drips.add(peer);
  }

  private void drip() {
    var drip = task.script.drip();
    while (!drips.isEmpty() && drips.element().dripDueNanos <= System.nanoTime()) {
      var peer = drips.remove();
      if (peer.channel.isOpen()) {
        var at = peer.dripped++ % drip.length();
        send(peer, drip.substring(at, at + 1));
        enqueue(peer);
      }
    }
  }

  /// What finds no room in the send buffer is dropped: a hostile peer owes nobody a whole message.
  private void send(Peer peer, String text) {
    if (text.isEmpty()) {
      return;
    }
    try {
      var _ = peer.channel.write(ByteBuffer.wrap(text.getBytes(ISO_8859_1)));
    } catch (IOException _) {
      cut(peer, Cut.End.RESET);
    }
  }

  private void readAll(Peer peer) {
    try {
      if (peer.channel.read(sink.clear()) < 0) {
        cut(peer, Cut.End.FIN);
      }
    } catch (IOException _) {
      cut(peer, Cut.End.RESET);
    }
  }

  private void scanUnread() throws IOException {
    if (task.script.reads() || System.nanoTime() < nextScanNanos || !KernelSockets.readable()) {
      return;
    }
    nextScanNanos = System.nanoTime() + TABLE_SCAN_NANOS;
    var states = KernelSockets.towards(task.target.getPort());
    for (var peer : List.copyOf(live)) {
      var end = KernelSockets.end(states, peer.kernelKey);
      if (end != Cut.End.OPEN) {
        cut(peer, end);
      }
    }
  }

  private void cut(Peer peer, Cut.End end) {
    if (peer.channel.isOpen()) {
      tally.cut(end, Wire.since(peer.openedNanos));
      closeQuietly(peer.channel);
      live.remove(peer);
    }
  }

  private static void abort(SocketChannel channel) {
    try {
      var _ = channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException _) {
      // closed already
    }
    closeQuietly(channel);
  }

  private static void closeQuietly(java.io.Closeable resource) {
    try {
      resource.close();
    } catch (IOException _) {
      // nothing of it remains to be closed
    }
  }
}
