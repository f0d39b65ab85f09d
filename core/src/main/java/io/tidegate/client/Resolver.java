package io.tidegate.client;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Looks names up off the loops, by the system's resolver and the JVM's cache of its answers.
///
/// At most [#THREADS] lookups are under way and [#MOST_WAITING] wait, each charged by whoever asks.
/// The threads are the system's, not virtual ones: the system's resolver blocks the thread that
/// carries it, and as many dead name servers as there are cores would stop every handler of the
/// process. They end after a second without work. Any thread.
final class Resolver implements AutoCloseable {
  /// More addresses of one name are not kept: each would have too little of the time to connect.
  static final int MOST_ADDRESSES = 16;

  private static final int THREADS = 16;
  private static final int MOST_WAITING = 1_024;

  private final ThreadPoolExecutor threads;
  private final Lookup lookup;

  /// How a name is looked up; may block.
  @FunctionalInterface
  interface Lookup {
    /// All addresses of `name`, at least one.
    InetAddress[] of(String name) throws UnknownHostException;
  }

  Resolver() {
    this(InetAddress::getAllByName);
  }

  Resolver(Lookup lookup) {
    this.lookup = lookup;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().name("tidegate-resolver-", 0).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /// Looks `name` up and gives its first addresses, none if it has none, to `taker` on a thread of
  /// this; so also at once, and on this thread, where too many wait. Returns what gives it up: a
  /// lookup that runs is not stopped, but its answer is dropped.
  AutoCloseable resolve(String name, Consumer<List<InetAddress>> taker) {
    var task =
        new FutureTask<>(() -> {
          taker.accept(addresses(name));
          return true;
        });
    try {
      threads.execute(task);
    } catch (RejectedExecutionException _) {
      taker.accept(List.of());
    }
    return () -> {
      var _ = threads.remove(task);
    };
  }

  private List<InetAddress> addresses(String name) {
    try {
      var all = lookup.of(name);
      var first = new ArrayList<InetAddress>(all.length);
      for (var address : all) if (first.size() < MOST_ADDRESSES) first.add(unnamed(address));
      return first;
    } catch (UnknownHostException | SecurityException _) {
      return List.of();
    }
  }

  /// An address that has an empty name: one with the name that was looked up would keep it for as
  /// long as its connection lives, and one without any has Netty write it out and keep that.
  private static InetAddress unnamed(InetAddress address) throws UnknownHostException {
    return address instanceof Inet6Address six
        ? Inet6Address.getByAddress("", six.getAddress(), six.getScopeId())
        : InetAddress.getByAddress("", address.getAddress());
  }

  /// Starts no more lookups. One that the system does not let go of keeps its thread, which does
  /// not keep the process.
  @Override
  public void close() {
    var _ = threads.shutdownNow();
  }
}
