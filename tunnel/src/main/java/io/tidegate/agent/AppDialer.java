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

  /// Connects from `loop`: to the address that worked last, then to the others; each refusal is
  /// tried once more before it is believed, since a connect that never completed has sent no byte.
  void dial(Loop loop, Dialer.Outcome outcome) {
    next(loop, preferred, addresses.size() * 2, outcome);
  }

  private void next(Loop loop, int index, int left, Dialer.Outcome outcome) {
    int at = index % addresses.size();
    var _ =
        dialer.dial(
            loop,
            addresses.get(at),
            new Dialer.Outcome() {
              @Override
              public ByteStream.Reader connected(Connection connection) {
                preferred = at;
                return outcome.connected(connection);
              }

              @Override
              public void failed(CutReason reason) {
                if (left > 1 && reason == CutReason.APP_REFUSED)
                  next(loop, at + 1, left - 1, outcome);
                else outcome.failed(reason);
              }
            });
  }
}
