package io.tidegate.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What the kernel's tables say of TCP connections: how a peer that must not read learns of its
/// end.
///
/// Linux only; a FIN behind bytes that find no room in a full receive buffer is not seen.
public final class KernelSockets {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final String CLOSE_WAIT = "08";
  private static final String TIME_WAIT = "06";
  private static final String LISTEN = "0A";

  private KernelSockets() {}

  /// Whether there are such tables.
  public static boolean readable() {
    return Files.isReadable(TABLES.getFirst());
  }

  /// The states of all connections to `remotePort`, as the kernel's two digits, by [#key].
  public static Map<String, String> towards(int remotePort) throws IOException {
    var states = new HashMap<String, String>();
    var remote = String.format(Locale.ROOT, ":%04X", remotePort);
    for (var table : TABLES) {
      if (Files.isReadable(table)) {
        for (var row : Files.readAllLines(table)) {
          var columns = row.strip().split(" +", 5);
          if (columns.length == 5 && columns[2].endsWith(remote)) {
            var _ = states.put(tail(columns[1]), columns[3]);
          }
        }
      }
    }
    return states;
  }

  /// The connections one of whose ends is `port`: how many, and the bytes in their queues.
  static KernelMemory.OfPort ofPort(int port) throws IOException {
    var end = String.format(Locale.ROOT, ":%04X", port);
    long sockets = 0;
    long bytes = 0;
    for (var table : TABLES) {
      if (Files.isReadable(table)) {
        for (var row : Files.readAllLines(table)) {
          var columns = row.strip().split(" +", 6);
          if (columns.length == 6
              && (columns[1].endsWith(end) || columns[2].endsWith(end))
              && !columns[3].equals(TIME_WAIT)
              && !columns[3].equals(LISTEN)) {
            sockets++;
            bytes += Long.parseLong(columns[4].substring(0, 8), 16);
            bytes += Long.parseLong(columns[4].substring(9), 16);
          }
        }
      }
    }
    return new KernelMemory.OfPort(sockets, bytes);
  }

  /// How a connection stands whose state is `state`, absent when the kernel has forgotten it.
  public static Cut.End end(Map<String, String> states, String key) {
    var state = states.get(key);
    if (state == null) {
      return Cut.End.RESET;
    }
    return state.equals(CLOSE_WAIT) ? Cut.End.FIN : Cut.End.OPEN;
  }

  /// The key of the connection whose own end is `local`.
  public static String key(InetSocketAddress local) {
    var bytes = local.getAddress().getAddress();
    var word = 0;
    for (int i = 0; i < 4; i++) { // the kernel prints the last four bytes as one host-order word
      word |= (bytes[bytes.length - 4 + i] & 0xff) << (8 * i);
    }
    return String.format(Locale.ROOT, "%08X:%04X", word, local.getPort());
  }

  private static String tail(String address) {
    return address.substring(Math.max(0, address.length() - 13));
  }
}
