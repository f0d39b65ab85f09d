package io.tidegate.net.tls;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads the name out of a client's first words (RFC 8446 §4.1.2, RFC 6066 §3), before anything
/// else is done about them. Pure.
final class ClientHello {
  private static final int HANDSHAKE_TYPE = 22;
  private static final int RECORD_HEADER = 5;
  private static final int MESSAGE_HEADER = 4;
  private static final int MOST_RECORD = 16_384;
  private static final int VERSION_AND_RANDOM = 34;
  private static final int SERVER_NAME = 0;
  private static final int LONGEST_NAME = 253;

  private final byte[] message;
  private int at;
  private final int end;

  private ClientHello(byte[] message, int end) {
    this.message = message;
    this.end = end;
  }

  /// What was found.
  sealed interface Outcome {
    /// It is not all there.
    record More() implements Outcome {}

    /// These are no records of TLS.
    record NotTls() implements Outcome {}

    /// It breaks its own lengths, or is longer than may be.
    record Malformed(String why) implements Outcome {}

    /// It is all there; `serverName` is in lower case, empty if the client named none.
    record Complete(String serverName) implements Outcome {}
  }

  /// Reads the first `length` bytes of a connection, which `bytes` holds and this changes:
  /// fragments are put together in place.
  static Outcome read(byte[] bytes, int length, int mostBytes) {
    int gathered = 0;
    int at = 0;
    while (true) {
      if (length - at >= 1 && bytes[at] != HANDSHAKE_TYPE) return new Outcome.NotTls();
      if (length - at >= 2 && bytes[at + 1] != 3) return new Outcome.NotTls();
      if (length - at < RECORD_HEADER) return new Outcome.More();
      int body = unsignedShort(bytes, at + 3);
      if (body == 0 || body > MOST_RECORD) return new Outcome.Malformed("record of " + body);
      int here = Math.min(body, length - at - RECORD_HEADER);
      System.arraycopy(bytes, at + RECORD_HEADER, bytes, gathered, here);
      gathered += here;
      if (gathered >= 1 && bytes[0] != 1) return new Outcome.Malformed("not a ClientHello");
      if (gathered >= MESSAGE_HEADER) {
        int message = ((bytes[1] & 0xff) << 16) | unsignedShort(bytes, 2);
        if (message > mostBytes) return new Outcome.Malformed("ClientHello of " + message);
        if (gathered >= MESSAGE_HEADER + message) return whole(bytes, MESSAGE_HEADER + message);
      }
      if (here < body) return new Outcome.More();
      at += RECORD_HEADER + body;
    }
  }

  private static int unsignedShort(byte[] bytes, int at) {
    return ((bytes[at] & 0xff) << 8) | (bytes[at + 1] & 0xff);
  }

  private static Outcome whole(byte[] message, int end) {
    var hello = new ClientHello(message, end);
    var name = hello.serverName();
    return name == null ? new Outcome.Malformed("lengths") : new Outcome.Complete(name);
  }

  /// Null if the lengths do not add up.
  private @Nullable String serverName() {
    at = MESSAGE_HEADER + VERSION_AND_RANDOM;
    if (!skip(1) || !skip(2) || !skip(1)) return null;
    if (at == end) return "";
    int extensions = length(2);
    if (extensions < 0 || extensions != end - at) return null;
    while (at < end) {
      int type = number(2);
      int size = length(2);
      if (type < 0 || size < 0) return null;
      if (type == SERVER_NAME) return name(at + size);
      at += size;
    }
    return "";
  }

  private @Nullable String name(int until) {
    int list = length(2);
    int type = number(1);
    int size = length(2);
    if (list < 0 || type != 0 || size < 1 || size > LONGEST_NAME || at + size > until) return null;
    var name = new String(message, at, size, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    return name.chars().allMatch(ClientHello::mayBeInName) ? name : null;
  }

  private static boolean mayBeInName(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  }

  /// Passes over a vector whose length takes `bytes`.
  private boolean skip(int bytes) {
    int length = length(bytes);
    if (length < 0) return false;
    at += length;
    return true;
  }

  /// A length of `bytes` of which all is there; else -1.
  private int length(int bytes) {
    int length = number(bytes);
    return length > end - at ? -1 : length;
  }

  private int number(int bytes) {
    if (end - at < bytes) return -1;
    int number = 0;
    for (int i = 0; i < bytes; i++) number = (number << 8) | (message[at++] & 0xff);
    return number;
  }
}
