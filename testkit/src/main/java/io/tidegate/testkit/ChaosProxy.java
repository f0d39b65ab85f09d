package io.tidegate.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// A TCP proxy on loopback that spoils what passes, changeable while connections run.
///
/// It holds at most 1 MiB of bytes under way per connection and direction; when that is full it
/// stops reading. At most 4,096 connections; one more is reset. Each has four virtual threads. Safe
/// for any thread.
public final class ChaosProxy implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 4_096;
  private static final int BACKLOG = 1_024;
  private static final int CONNECT_MILLIS = 5_000;
  private static final long ACCEPT_PAUSE_NANOS = 10_000_000;

  private final ServerSocket listener;
  private final Thread acceptor;
  private final InetSocketAddress target;
  private final Set<ChaosPair> pairs = ConcurrentHashMap.newKeySet();
  private final ChaosLane toTarget = new ChaosLane();
  private final ChaosLane toClient = new ChaosLane();

  private ChaosProxy(ServerSocket listener, InetSocketAddress target) {
    this.listener = listener;
    this.target = target;
    this.acceptor = Thread.ofVirtual().name("testkit-chaos-accept").unstarted(this::acceptAll);
  }

  /// Starts a proxy for `target` on a free port of loopback, without toxics.
  public static ChaosProxy open(InetSocketAddress target) throws IOException {
    var proxy =
        new ChaosProxy(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), target);
    proxy.acceptor.start();
    return proxy;
  }

  /// Where clients connect to.
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /// Sets what happens to bytes on their way to the target, from the next read on.
  public void towardTarget(Toxics toxics) {
    toTarget.set(toxics);
  }

  /// Sets what happens to bytes on their way to the client, from the next read on.
  public void towardClient(Toxics toxics) {
    toClient.set(toxics);
  }

  /// Lets nothing pass in either direction, ends included, until [#thaw]; connections stay.
  public void freeze() {
    toTarget.freeze();
    toClient.freeze();
  }

  /// Lets everything pass again, nothing lost.
  public void thaw() {
    toTarget.thaw();
    toClient.thaw();
  }

  /// Resets both sides of every connection.
  public void resetAll() {
    pairs.forEach(ChaosPair::abort);
  }

  /// Closes both sides of every connection, bytes under way being lost.
  public void dropAll() {
    pairs.forEach(ChaosPair::close);
  }

  /// Connections that stand now.
  public int connections() {
    return pairs.size();
  }

  /// Bytes passed on to the target since the start.
  public long bytesTowardTarget() {
    return toTarget.passedBytes();
  }

  /// Bytes passed on to clients since the start.
  public long bytesTowardClient() {
    return toClient.passedBytes();
  }

  /// Stops accepting and drops every connection; afterwards the port refuses.
  @Override
  public void close() {
    Wire.stopAccepting(listener, acceptor);
    dropAll();
  }

  private void acceptAll() {
    while (!listener.isClosed()) {
      try {
        var client = listener.accept();
        var _ = Thread.ofVirtual().name("testkit-chaos-connect").start(() -> join(client));
      } catch (IOException _) {
        LockSupport.parkNanos(ACCEPT_PAUSE_NANOS); // closed, or out of descriptors for a while
      }
    }
  }

  private void join(Socket client) {
    var upstream = new Socket();
    try {
      if (pairs.size() >= MAX_CONNECTIONS) {
        throw new IOException("full");
      }
      upstream.connect(target, CONNECT_MILLIS);
      var pair = new ChaosPair(new Wire(client), new Wire(upstream), pairs::remove);
      var _ = pairs.add(pair);
      pair.start(toTarget, toClient);
      if (listener.isClosed()) {
        pair.close();
      }
    } catch (IOException _) {
      ChaosPair.abort(client);
      ChaosPair.abort(upstream);
    }
  }
}
