package io.tidegate.proof.peers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;

/// What every peer serves, and the line by which it says that it does.
///
/// `/bytes/N` answers N bytes; `/ws` sends the messages of a WebSocket back; any other path answers
/// any method with 13 bytes of text, once the whole body has come and was thrown away. All else is
/// as each stack has it by default.
final class Contract {
  static final String TEXT = "Hello, world!";
  static final String TEXT_TYPE = "text/plain";
  static final String BYTES = "/bytes/";
  static final String SOCKET = "/ws";

  private static final byte[] TEXT_BYTES = TEXT.getBytes(US_ASCII);
  private static final byte[] PIECE = new byte[16 * 1024];

  private Contract() {}

  /// Port 0 takes a free one.
  ///
  /// @param arguments of the program: a port, or none
  static InetSocketAddress address(String... arguments) {
    return new InetSocketAddress(
        "127.0.0.1", arguments.length == 0 ? 0 : Integer.parseInt(arguments[0]));
  }

  /// Says that `name` serves at `port`.
  static void ready(String name, int port) {
    System.out.println(name + " ready at http://127.0.0.1:" + port + "/");
    System.out.flush();
  }

  static byte[] text() {
    return TEXT_BYTES.clone();
  }

  /// The N of `/bytes/N`.
  ///
  /// @throws NumberFormatException if it is no number
  static long count(String path) {
    return Long.parseLong(path.substring(BYTES.length()));
  }

  /// Writes `count` bytes, a piece at a time.
  static void write(OutputStream out, long count) throws IOException {
    for (long left = count; left > 0; left -= PIECE.length)
      out.write(PIECE, 0, (int) Math.min(left, PIECE.length));
  }

  /// Reads `count` bytes.
  static InputStream stream(long count) {
    return new Zeros(count);
  }

  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long count) {
      left = count;
    }

    @Override
    public int read() {
      if (left == 0) return -1;
      left--;
      return 0;
    }

    @Override
    public int available() {
      return (int) Math.min(left, Integer.MAX_VALUE);
    }

    @Override
    public int read(byte[] into, int from, int length) {
      if (left == 0) return -1;
      int count = (int) Math.min(left, length);
      java.util.Arrays.fill(into, from, from + count, (byte) 0);
      left -= count;
      return count;
    }
  }
}
