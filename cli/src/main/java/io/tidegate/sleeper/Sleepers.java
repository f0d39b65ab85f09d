package io.tidegate.sleeper;

import io.tidegate.net.tls.PemFile;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Connections to one server whose clients do not read: opened at once, looked at from outside, and
/// read again at the end.
///
/// All methods but those of the openings are called by one thread.
public final class Sleepers implements AutoCloseable {
  /// Each holds a descriptor, a few KiB here and its receive buffer in the kernel.
  public static final int MOST = 5_000;

  /// So many are being opened at once.
  private static final int OPENING = 64;

  private final SleeperConfig config;
  private final int wanted;
  private final Queue<Sleeper> open = new ConcurrentLinkedQueue<>();
  private final AtomicInteger tried = new AtomicInteger();
  private final Semaphore opening = new Semaphore(OPENING);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile @Nullable String lastFailure;
  private long serverAtMost;
  private long ownAtMost;

  private Sleepers(SleeperConfig config, int wanted) {
    this.config = config;
    this.wanted = wanted;
  }

  /// Begins to open `count` connections, and returns at once.
  ///
  /// @throws IllegalArgumentException if `count` is not in 1..[#MOST]
  /// @throws IOException if the authorities cannot be read
  public static Sleepers open(SleeperConfig config, int count) throws IOException {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("--connections not in 1.." + MOST + ": " + count);
    }
    var sleepers = new Sleepers(config, count);
    sleepers.begin(new Opening(config, trust(config.authorities())));
    return sleepers;
  }

  private static SSLSocketFactory trust(@Nullable Path authorities) throws IOException {
    if (authorities == null) return (SSLSocketFactory) SSLSocketFactory.getDefault();
    try {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (var certificate : PemFile.certificates(authorities))
        store.setCertificateEntry("authority " + store.size(), certificate);
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      var tls = SSLContext.getInstance("TLS");
      tls.init(null, trust.getTrustManagers(), null);
      return tls.getSocketFactory();
    } catch (GeneralSecurityException wrong) {
      throw new IOException(authorities + ": " + wrong.getMessage(), wrong);
    }
  }

  private void begin(Opening door) {
    for (int i = 1; i <= wanted; i++) {
      int number = i;
      threads.execute(() -> open(door, number));
    }
  }

  private void open(Opening door, int number) {
    try {
      opening.acquire();
      try {
        open.add(door.open(number));
      } finally {
        opening.release();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (IOException failed) {
      lastFailure = why(failed);
    } finally {
      var _ = tried.incrementAndGet();
    }
  }

  private String why(IOException failed) {
    var target = config.target();
    var place = target.host() + " port " + target.port();
    return switch (failed) {
      case UnknownHostException _ -> "no such host: " + target.host();
      case ConnectException refused -> place + ": " + refused.getMessage();
      case SSLHandshakeException tls -> "no TLS with " + place + ": " + tls.getMessage();
      case SocketTimeoutException _ -> "no answer from " + place + " in time";
      default -> String.valueOf(failed.getMessage());
    };
  }

  /// How many are open.
  public int opened() {
    return open.size();
  }

  /// How many could not be opened.
  public int failed() {
    return tried.get() - open.size();
  }

  /// Why the last one that could not be opened was not; may hold what the server said.
  public @Nullable String lastFailure() {
    return lastFailure;
  }

  /// Whether this machine tells how an end stands that nobody reads.
  public static boolean seesCuts() {
    return TcpTable.isReadable();
  }

  /// Looks at all once; with a thousand it takes a few milliseconds.
  ///
  /// @throws IOException if the kernel's table cannot be read
  public void look() throws IOException {
    if (TcpTable.isReadable()) {
      long now = System.nanoTime();
      var table = TcpTable.read(config.target().port());
      open.forEach(sleeper -> sleeper.look(table, now));
    } else {
      open.forEach(Sleeper::lookHere);
    }
    serverAtMost = Math.max(serverAtMost, serverNowBytes());
    ownAtMost = Math.max(ownAtMost, ownNowBytes());
  }

  /// Whether all that could be opened have slept for `nap`, or were cut before.
  public boolean areOver(Duration nap) {
    long now = System.nanoTime();
    return tried.get() == wanted && open.stream().allMatch(sleeper -> sleeper.isOver(nap, now));
  }

  /// How many were cut.
  public int cut() {
    return (int) open.stream().filter(Sleeper::isCut).count();
  }

  /// Whether the server's ends can be seen, for it is on this machine.
  public boolean seesServer() {
    return open.stream().anyMatch(Sleeper::isServerSeen);
  }

  /// What the server's kernel held at the last look, if it can be seen.
  public long serverNowBytes() {
    return open.stream().mapToLong(Sleeper::serverNowBytes).sum();
  }

  /// The most that the server's kernel held at any look, all together.
  public long serverAtMostBytes() {
    return serverAtMost;
  }

  /// What this kernel held unread at the last look.
  public long ownNowBytes() {
    return open.stream().mapToLong(Sleeper::ownNowBytes).sum();
  }

  /// The most that this kernel held unread at any look, all together.
  public long ownAtMostBytes() {
    return ownAtMost;
  }

  /// The longest answer that has an end, empty if none has: nobody can sleep through more of it.
  public OptionalLong longestAnswerBytes() {
    return open.stream().map(Sleeper::lengthBytes).flatMapToLong(OptionalLong::stream).max();
  }

  /// Reads all of them on, for at most `atMost`; blocks until that is over.
  public void wake(Duration atMost) {
    onEach(sleeper -> sleeper.wake(atMost));
  }

  private void onEach(Consumer<Sleeper> action) {
    try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
      open.forEach(sleeper -> readers.execute(() -> action.accept(sleeper)));
    }
  }

  /// How each fared, in the order of asking.
  public List<Nap> naps() {
    return open.stream().map(Sleeper::nap).sorted(Comparator.comparingInt(Nap::number)).toList();
  }

  @Override
  public void close() {
    var _ = threads.shutdownNow();
    open.forEach(Sleeper::close);
    threads.close();
    open.forEach(Sleeper::close); // those that came in between
  }
}
