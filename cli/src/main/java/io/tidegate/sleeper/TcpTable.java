package io.tidegate.sleeper;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The kernel's table of this machine's TCP connections at one moment: how an end that nobody reads
/// stands, and what waits at it. Linux only.
///
/// Addresses count by their last 32 bits, for a connection to an IPv4 address may stand in either
/// table.
final class TcpTable {
  private static final List<Path> FILES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

  private static final int FROM = 1;
  private static final int TO = 2;
  private static final int STATE = 3;
  private static final int QUEUES = 4;

  /// A word in hexadecimal, a colon, a port.
  private static final int END_CHARS = 13;

  private final Map<String, Row> rows = new HashMap<>();

  /// How an end of a connection stands (Linux, include/net/tcp_states.h).
  enum State {
    /// Both sides may send.
    OPEN,
    /// The other side's FIN has come.
    PEER_ENDED,
    /// Closed on this side: its FIN is on its way, or waits behind bytes that find no room.
    CLOSED_HERE,
    /// Any other.
    OTHER
  }

  /// One end of a connection.
  ///
  /// @param sendQueueBytes written to it, and not acknowledged by the other end
  /// @param receiveQueueBytes arrived, and not read
  record Row(State state, long sendQueueBytes, long receiveQueueBytes) {}

  private TcpTable() {}

  /// Whether there is such a table.
  static boolean isReadable() {
    return Files.isReadable(FILES.getFirst());
  }

  /// Reads the connections one of whose ends is `port`.
  static TcpTable read(int port) throws IOException {
    var table = new TcpTable();
    var end = String.format(Locale.ROOT, ":%04X ", port);
    for (var file : FILES) {
      if (!Files.isReadable(file)) continue;
      try (var lines = Files.newBufferedReader(file, StandardCharsets.US_ASCII)) {
        table.addAll(lines, end);
      }
    }
    return table;
  }

  private void addAll(BufferedReader lines, String end) throws IOException {
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.contains(end)) add(line);
    }
  }

  private void add(String line) {
    var columns = line.strip().split(" +", 6);
    if (columns.length < 6) return;
    var queues = columns[QUEUES].split(":", 2);
    var row =
        new Row(
            state(columns[STATE]), Long.parseLong(queues[0], 16), Long.parseLong(queues[1], 16));
    var _ = rows.put(tail(columns[FROM]) + ">" + tail(columns[TO]), row);
  }

  private static State state(String number) {
    return switch (number) {
      case "01" -> State.OPEN;
      case "08" -> State.PEER_ENDED;
      case "04", "05", "09", "0B" -> State.CLOSED_HERE;
      default -> State.OTHER;
    };
  }

  private static String tail(String end) {
    return end.substring(Math.max(0, end.length() - END_CHARS));
  }

  /// The end at `from` of the connection to `to`, both as [#end] writes them; null if the kernel
  /// has none, or has forgotten it because it was reset.
  @Nullable Row row(String from, String to) {
    return rows.get(from + ">" + to);
  }

  /// What stands in the table for `address`: the last four bytes as one number of this machine's
  /// byte order, and the port.
  static String end(InetSocketAddress address) {
    var bytes = address.getAddress().getAddress();
    boolean little = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
    int word = 0;
    for (int i = 0; i < 4; i++) {
      word |= (bytes[bytes.length - 4 + i] & 0xff) << (8 * (little ? i : 3 - i));
    }
    return String.format(Locale.ROOT, "%08X:%04X", word, address.getPort());
  }
}
