package io.tidegate.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/// The key of an opening handshake and what answers it, RFC 6455 §4.2.2. Any thread.
public final class HandshakeKey {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;
  private static final int KEY_CHARS = 24;

  private HandshakeKey() {}

  /// Returns a fresh key of 16 random bytes, in base64.
  public static String random() {
    var bytes = new byte[KEY_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getEncoder().encodeToString(bytes);
  }

  /// Whether `key` is base64 of exactly 16 bytes, padded.
  public static boolean isValid(String key) {
    if (key.length() != KEY_CHARS) return false;
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /// Returns the value of Sec-WebSocket-Accept for `key`.
  public static String accept(String key) {
    var digest = sha1().digest((key + SUFFIX).getBytes(StandardCharsets.ISO_8859_1));
    return Base64.getEncoder().encodeToString(digest);
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
