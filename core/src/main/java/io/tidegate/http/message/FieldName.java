package io.tidegate.http.message;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The field names that this library acts on, so that a comparison of names is one of numbers.
///
/// Every other name travels as the bytes that came. At most 63 constants: [Fields] keeps a bit for
/// each.
public enum FieldName {
  ACCEPT("Accept"),
  ACCEPT_ENCODING("Accept-Encoding"),
  ACCEPT_RANGES("Accept-Ranges"),
  ALLOW("Allow"),
  AUTHORIZATION("Authorization"),
  CACHE_CONTROL("Cache-Control"),
  CONNECTION("Connection"),
  CONTENT_ENCODING("Content-Encoding"),
  CONTENT_LENGTH("Content-Length"),
  CONTENT_RANGE("Content-Range"),
  CONTENT_TYPE("Content-Type"),
  COOKIE("Cookie"),
  DATE("Date"),
  ETAG("ETag"),
  EXPECT("Expect"),
  FORWARDED("Forwarded"),
  HOST("Host"),
  HTTP2_SETTINGS("HTTP2-Settings"),
  IF_MODIFIED_SINCE("If-Modified-Since"),
  IF_NONE_MATCH("If-None-Match"),
  IF_RANGE("If-Range"),
  KEEP_ALIVE("Keep-Alive"),
  LAST_EVENT_ID("Last-Event-ID"),
  LAST_MODIFIED("Last-Modified"),
  LOCATION("Location"),
  ORIGIN("Origin"),
  PROXY_AUTHENTICATE("Proxy-Authenticate"),
  PROXY_AUTHENTICATION_INFO("Proxy-Authentication-Info"),
  PROXY_AUTHORIZATION("Proxy-Authorization"),
  PROXY_CONNECTION("Proxy-Connection"),
  RANGE("Range"),
  REFERER("Referer"),
  RETRY_AFTER("Retry-After"),
  SEC_WEBSOCKET_ACCEPT("Sec-WebSocket-Accept"),
  SEC_WEBSOCKET_EXTENSIONS("Sec-WebSocket-Extensions"),
  SEC_WEBSOCKET_KEY("Sec-WebSocket-Key"),
  SEC_WEBSOCKET_PROTOCOL("Sec-WebSocket-Protocol"),
  SEC_WEBSOCKET_VERSION("Sec-WebSocket-Version"),
  SERVER("Server"),
  SET_COOKIE("Set-Cookie"),
  TE("TE"),
  TRAILER("Trailer"),
  TRANSFER_ENCODING("Transfer-Encoding"),
  UPGRADE("Upgrade"),
  USER_AGENT("User-Agent"),
  VARY("Vary"),
  VIA("Via"),
  WWW_AUTHENTICATE("WWW-Authenticate"),
  X_FORWARDED_FOR("X-Forwarded-For"),
  X_FORWARDED_HOST("X-Forwarded-Host"),
  X_FORWARDED_PORT("X-Forwarded-Port"),
  X_FORWARDED_PROTO("X-Forwarded-Proto"),
  X_REAL_IP("X-Real-IP");

  /// Stands for every name that is not in this enum.
  static final int OTHER = 63;

  private static final FieldName[] ALL = values();
  private static final int SLOTS = 256;
  private static final byte[][] BYTES = bytesOfAll();
  private static final byte[] TABLE = table();

  private final String text;

  FieldName(String text) {
    this.text = text;
  }

  /// The name as we write it.
  public String text() {
    return text;
  }

  byte[] bytes() {
    return BYTES[id()];
  }

  /// This name's number, below 63; it indexes tables and bits within one run of the process.
  @SuppressWarnings("EnumOrdinal")
  int id() {
    return ordinal();
  }

  /// A word with this name's bit alone.
  long bit() {
    return 1L << id();
  }

  static long bits(FieldName... names) {
    long bits = 0;
    for (FieldName name : names) {
      bits |= name.bit();
    }
    return bits;
  }

  static FieldName of(int id) {
    return ALL[id];
  }

  /// The [#id()] of the name in `bytes`, which must be a token, or [#OTHER].
  static int idOf(byte[] bytes, int from, int length) {
    for (int slot = slot(bytes, from, length);
        TABLE[slot] != OTHER;
        slot = (slot + 1) & (SLOTS - 1)) {
      byte[] known = BYTES[TABLE[slot]];
      if (known.length == length && Octets.equalsIgnoreCase(bytes, from, known, 0, length)) {
        return TABLE[slot];
      }
    }
    return OTHER;
  }

  private static int slot(byte[] bytes, int from, int length) {
    int first = Octets.lower(bytes[from]);
    int middle = Octets.lower(bytes[from + (length >> 1)]);
    int last = Octets.lower(bytes[from + length - 1]);
    return (first * 3 + middle * 7 + last * 29 + length * 11) & (SLOTS - 1);
  }

  private static byte[][] bytesOfAll() {
    byte[][] all = new byte[ALL.length][];
    for (FieldName name : ALL) {
      all[name.id()] = name.text.getBytes(StandardCharsets.US_ASCII);
    }
    return all;
  }

  private static byte[] table() {
    byte[] table = new byte[SLOTS];
    Arrays.fill(table, (byte) OTHER);
    for (FieldName name : ALL) {
      int slot = slot(name.bytes(), 0, name.text.length());
      while (table[slot] != OTHER) {
        slot = (slot + 1) & (SLOTS - 1);
      }
      table[slot] = (byte) name.id();
    }
    return table;
  }
}
