package io.tidegate.hub.mercure;

import io.tidegate.hub.dialects.HubRig;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHead;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// A subscriber that sees what is on the wire.
final class EventLines implements AutoCloseable {
  private final RawHttp http;
  private final RawHead head;
  private final RawBody body;
  private final StringBuilder arrived = new StringBuilder();

  /// Subscribes with this query; `fields` are lines of the head.
  EventLines(HubRig rig, String query, String... fields) throws IOException {
    http = rig.raw();
    var request = new StringBuilder("GET " + Mercure.PATH + "?" + query + " HTTP/1.1\r\n");
    request.append("Host: ").append(rig.host()).append("\r\n");
    for (var field : fields) request.append(field).append("\r\n");
    http.send(request.append("\r\n").toString());
    head = http.finalHead();
    body = http.body(head, "GET");
    if (head.status() == 200) {
      var first = block(); // the stream is open
      if (!first.startsWith("id: ")) throw new AssertionError("it began with " + first);
    }
  }

  RawHead head() {
    return head;
  }

  /// The next event, without the empty line behind it.
  String next() throws IOException {
    while (true) {
      var block = block();
      if (!block.startsWith(":")) return block;
    }
  }

  private String block() throws IOException {
    var piece = new byte[8_192];
    for (int end = arrived.indexOf("\n\n"); ; end = arrived.indexOf("\n\n")) {
      if (end >= 0) {
        var block = arrived.substring(0, end);
        arrived.delete(0, end + 2);
        return block;
      }
      int read = body.read(piece);
      if (read < 0) throw new AssertionError("the stream ended behind " + arrived);
      arrived.append(new String(piece, 0, read, StandardCharsets.UTF_8));
    }
  }

  @Override
  public void close() throws IOException {
    http.close();
  }
}
