package io.tidegate.proof;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// A variant that runs: where its load goes, and the proxies whose figures are taken.
///
/// @param proxies empty for the direct way
record Way(Variant variant, int port, String host, List<ChildProcess> proxies) {

  /// Where to connect.
  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  String url(Row row) {
    return "http://127.0.0.1:" + port + row.target();
  }

  /// What its proxies have used up to now, children included.
  ///
  /// @throws IllegalStateException if one of them has ended; the message is its output
  Usage usage() throws IOException {
    for (var proxy : proxies) {
      if (!proxy.alive()) {
        throw new IllegalStateException(
            variant.title() + " has ended: " + String.join("\n", proxy.tail()));
      }
    }
    return Usage.of(proxies.stream().map(ChildProcess::pid).toList());
  }
}
