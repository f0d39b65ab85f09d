package io.tidegate.proof;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/// Visitors with an 8 kB receive buffer that ask for the largest body and never read.
final class StalledCrowd implements AutoCloseable {
  static final int VISITORS = 64;

  private static final int RECEIVE_BUFFER_BYTES = 8 * 1024;
  private static final int SILENCE_MILLIS = 2_000;

  private final List<Socket> visitors = new ArrayList<>();

  /// Connects all of them and sends their requests.
  static StalledCrowd open(Way way) throws IOException {
    var crowd = new StalledCrowd();
    try {
      for (int i = 0; i < VISITORS; i++) {
        crowd.enter(way);
      }
      return crowd;
    } catch (IOException e) {
      crowd.close();
      throw e;
    }
  }

  private void enter(Way way) throws IOException {
    var visitor = new Socket();
    visitors.add(visitor);
    visitor.setReceiveBufferSize(
        RECEIVE_BUFFER_BYTES); // before the connect, or the window is larger
    visitor.connect(way.address());
    var request = "GET " + Row.BULK_16.target() + " HTTP/1.1\r\nHost: " + way.host() + "\r\n\r\n";
    visitor.getOutputStream().write(request.getBytes(ISO_8859_1));
  }

  /// Reads what is left and returns how many had been cut before the body's end.
  int countCut() {
    return (int) visitors.stream().filter(visitor -> !readsWholeBody(visitor)).count();
  }

  private static boolean readsWholeBody(Socket visitor) {
    var buffer = new byte[64 * 1024];
    try {
      visitor.setSoTimeout(SILENCE_MILLIS);
      var input = visitor.getInputStream();
      for (long received = 0; received < Row.BULK_16.bodyBytes(); ) {
        var count = input.read(buffer);
        if (count < 0) {
          return false;
        }
        received += count;
      }
      return true;
    } catch (IOException _) {
      return false; // a reset, or silence where bytes were due
    }
  }

  @Override
  public void close() {
    for (var visitor : visitors) {
      try {
        visitor.close();
      } catch (IOException _) {
        // closed all the same
      }
    }
  }
}
