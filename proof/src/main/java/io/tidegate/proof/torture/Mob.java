package io.tidegate.proof.torture;

import io.tidegate.proof.torture.Script.Appetite;
import io.tidegate.proof.torture.Script.Move;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.KernelSockets;
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
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The one thread on which the peers of an attack live, each playing the same script and coming
/// back when it was cut.
///
/// Bounded by its number of peers; all are reset when it is closed. They call from 127.0.1.1 to
/// 127.0.59.200 if the target is on this machine, so that limits that count per address do not
/// spare the rest.
final class Mob implements AutoCloseable {
  /// More connects at once overrun a listener's backlog and wait a second for the next SYN.
  private static final int MOST_CONNECTING = 128;

  private static final int SMALLEST_BUFFER = 2_048;
  private static final int SIP_BYTES = 64;
  private static final int SUBNETS = 59;
  private static final long SCAN_NANOS = Duration.ofMillis(500).toNanos();
  private static final long LONGEST_WAIT_MILLIS = 50;

  private final Script script;
  private final InetSocketAddress target;
  private final Tally tally;
  private final Selector selector = Selector.open();
  private final ByteBuffer sink = ByteBuffer.allocate(64 * 1024);
  private final ByteBuffer sip = ByteBuffer.allocate(SIP_BYTES);
  private final Set<SelectionKey> live = new HashSet<>();
  private final ArrayDeque<Due> turns = new ArrayDeque<>(); // one pause: already in due order
  private final ArrayDeque<Slot> slots = new ArrayDeque<>(); // one comeback: the same
  private final Thread thread;
  private volatile boolean closing;
  private int connecting;
  private long nextScanNanos;

  private record Due(SelectionKey key, long nanos) {}

  private record Slot(int number, long nanos) {}

  private Mob(Script script, InetSocketAddress target, Tally tally) throws IOException {
    this.script = script;
    this.target = target;
    this.tally = tally;
    this.thread = Thread.ofPlatform().daemon().name("torture-mob").unstarted(this::run);
  }

  /// Lets `count` peers loose on `target`.
  static Mob start(int count, Script script, InetSocketAddress target, Tally tally)
      throws IOException {
    var mob = new Mob(script, target, tally);
    for (int i = 0; i < count; i++) mob.slots.add(new Slot(i, System.nanoTime()));
    mob.thread.start();
    return mob;
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
    try {
      while (!closing) {
        connectSome();
        var _ = selector.select(this::ready, waitMillis());
        takeTurns();
        scan();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      tally.stillOpen(live.size());
      selector.keys().forEach(key -> ((Peer) key.attachment()).abort());
      Peer.close(selector);
    }
  }

  private long waitMillis() {
    long next = Long.MAX_VALUE;
    if (!turns.isEmpty()) next = turns.element().nanos - System.nanoTime();
    if (!slots.isEmpty() && connecting < MOST_CONNECTING)
      next = Math.min(next, slots.element().nanos - System.nanoTime());
    return Math.clamp(next / 1_000_000, 1, LONGEST_WAIT_MILLIS);
  }

  // ---- opening

  private void connectSome() {
    while (connecting < MOST_CONNECTING
        && !slots.isEmpty()
        && slots.element().nanos <= System.nanoTime()) {
      int number = slots.remove().number;
      connecting++;
      try {
        connect(SocketChannel.open(), number);
      } catch (IOException _) {
        refused(number); // out of descriptors or ports: part of the report
      }
    }
  }

  private void connect(SocketChannel channel, int number) throws IOException {
    try {
      var _ = channel.configureBlocking(false);
      if (script.appetite() != Appetite.ALL) {
        var _ = channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALLEST_BUFFER);
      }
      if (target.getAddress().isLoopbackAddress() && target.getAddress().getAddress().length == 4) {
        var _ = channel.bind(new InetSocketAddress(source(number), 0));
      }
      var peer = new Peer(channel, number, script);
      var key = channel.register(selector, SelectionKey.OP_CONNECT, peer);
      if (channel.connect(target)) connected(key);
    } catch (IOException e) {
      Peer.close(channel);
      throw e;
    }
  }

  private static InetAddress source(int number) throws IOException {
    byte third = (byte) (1 + number % SUBNETS);
    byte fourth = (byte) (1 + number / SUBNETS % 200);
    return InetAddress.getByAddress(new byte[] {127, 0, third, fourth});
  }

  private void refused(int number) {
    connecting--;
    tally.refused();
    comeBack(number);
  }

  private void comeBack(int number) {
    slots.add(new Slot(number, System.nanoTime() + script.comeback().toNanos()));
  }

  private void connected(SelectionKey key) {
    connecting--;
    tally.opened();
    var _ = live.add(key);
    var peer = peer(key);
    try {
      peer.connected();
    } catch (IOException _) {
      cut(key, Cut.End.RESET);
      return;
    }
    peer.want(key);
    if (peer.begun()) enqueue(key);
  }

  private void enqueue(SelectionKey key) {
    if (!script.pause().isZero())
      turns.add(new Due(key, System.nanoTime() + script.pause().toNanos()));
  }

  // ---- living

  private void ready(SelectionKey key) {
    try {
      if (key.isValid() && key.isConnectable()) finishConnect(key);
      else serve(key);
    } catch (IOException _) {
      cut(key, Cut.End.RESET);
    }
  }

  private void finishConnect(SelectionKey key) throws IOException {
    try {
      if (!((SocketChannel) key.channel()).finishConnect()) return;
    } catch (IOException _) {
      Peer.close(key.channel());
      refused(peer(key).number());
      return;
    }
    connected(key);
  }

  private void serve(SelectionKey key) throws IOException {
    var peer = peer(key);
    if (key.isValid() && key.isReadable()) read(key, peer);
    if (key.isValid() && key.isWritable()) {
      if (peer.busy()) peer.sendRest();
      else if (peer.begun() && script.pause().isZero()) move(key, peer);
      if (key.isValid()) peer.want(key);
    }
  }

  private void read(SelectionKey key, Peer peer) throws IOException {
    boolean begun = peer.begun();
    if (peer.read(sink.clear()) < 0) {
      cut(key, Cut.End.FIN);
    } else if (!begun && peer.begun()) {
      peer.want(key);
      enqueue(key);
    }
  }

  private void takeTurns() {
    while (!turns.isEmpty() && turns.element().nanos <= System.nanoTime()) {
      var key = turns.remove().key;
      if (!key.isValid()) continue;
      try {
        turn(key, peer(key));
      } catch (IOException _) {
        cut(key, Cut.End.RESET);
      }
    }
  }

  private void turn(SelectionKey key, Peer peer) throws IOException {
    if (script.appetite() == Appetite.SIPS && peer.read(sip.clear()) < 0) {
      cut(key, Cut.End.FIN);
      return;
    }
    if (!peer.busy()) move(key, peer);
    if (!key.isValid() || peer.waits()) return;
    peer.want(key);
    enqueue(key);
  }

  private void move(SelectionKey key, Peer peer) throws IOException {
    switch (peer.nextMove()) {
      case Move.Send(var text) -> peer.say(text);
      case Move.Rest() -> {}
      case Move.Wait() -> peer.waitFromNow();
      case Move.Leave() -> leave(key, peer);
    }
  }

  // ---- ending

  /// A peer that does not read learns of its end from the kernel's table.
  private void scan() throws IOException {
    if (script.appetite() == Appetite.ALL || System.nanoTime() < nextScanNanos) return;
    nextScanNanos = System.nanoTime() + SCAN_NANOS;
    if (!KernelSockets.readable()) return;
    var states = KernelSockets.towards(target.getPort());
    for (var key : List.copyOf(live)) {
      var end = KernelSockets.end(states, peer(key).kernelKey());
      if (end != Cut.End.OPEN) cut(key, end);
    }
  }

  private void leave(SelectionKey key, Peer peer) {
    if (!live.remove(key)) return;
    tally.left();
    peer.abort();
    comeBack(peer.number());
  }

  private void cut(SelectionKey key, Cut.End end) {
    if (!live.remove(key)) return;
    var peer = peer(key);
    tally.cut(peer.age(), Told.by(peer.tail(), end));
    Peer.close(peer.channel);
    comeBack(peer.number());
  }

  private static Peer peer(SelectionKey key) {
    return (Peer) key.attachment();
  }
}
