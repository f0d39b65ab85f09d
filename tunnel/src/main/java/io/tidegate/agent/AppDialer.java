package io.tidegate.agent;

import io.tidegate.ledger.Account;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Dialer;
import io.tidegate.net.Loop;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.WriteLimits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Connects to the one configured app and to nothing else: no byte from the link ever names an
/// address. Safe for any thread.
final class AppDialer {
  /// The app may be stopped in a debugger: what waits for it is bounded by windows, so it has as
  /// long as a keepalive needs to fail.
  private static final WriteLimits PATIENT =
      new WriteLimits(Duration.ofMinutes(10), 1, Duration.ofMinutes(10));

  private final List<InetSocketAddress> addresses;
  private final Dialer dialer;
  private volatile int preferred;

  AppDialer(List<InetSocketAddress> addresses, Account account, Duration timeout) {
    this.addresses = addresses;
    this.dialer = new Dialer(account, SocketOptions.APP, PATIENT, timeout);
  }

  /// Connects from `loop`: to the address that worked last, then to the others; each failure is
  /// tried once more before it is believed, since a connect that never completed has sent no byte.
  /// What is reported is what the first address said last: that nobody listens on the others is no
  /// news.
  void dial(Loop loop, Dialer.Outcome outcome) {
    new Call(loop, outcome, preferred).next();
  }

  /// The attempts for one connection, one after the other.
  private final class Call implements Dialer.Outcome {
    private final Loop loop;
    private final Dialer.Outcome outcome;
    private final int first;
    private int tries;
    private Dialer.@Nullable Failure ofFirst;

    Call(Loop loop, Dialer.Outcome outcome, int first) {
      this.loop = loop;
      this.outcome = outcome;
      this.first = first;
    }

    private int at() {
      return (first + tries - 1) % addresses.size();
    }

    void next() {
      tries++;
      var _ = dialer.dial(loop, addresses.get(at()), this);
    }

    @Override
    public ByteStream.Reader connected(Connection connection) {
      preferred = at();
      return outcome.connected(connection);
    }

    @Override
    public void failed(Dialer.Failure failure) {
      if (at() == first) ofFirst = failure;
      if (tries < addresses.size() * 2 && mayPass(failure.reason())) next();
      else outcome.failed(ofFirst == null ? failure : ofFirst);
    }
  }

  private static boolean mayPass(CutReason reason) {
    return switch (reason) {
      case APP_REFUSED, APP_UNREACHABLE, NO_LOCAL_PORT -> true;
      default -> false;
    };
  }
}
