package io.tidegate.net.tls;

import java.io.ByteArrayOutputStream;

/// Puts the older forms of private keys into the one that Java reads: PKCS #1 (RFC 8017) and SEC 1
/// (RFC 5915) into PKCS #8 (RFC 5958). Pure.
final class Pkcs8 {
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xA0;
  private static final byte[] VERSION = {2, 1, 0};

  /// rsaEncryption, NULL.
  private static final byte[] RSA = {
    0x30, 13, 6, 9, 0x2A, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xF7, 0x0D, 1, 1, 1, 5, 0
  };

  /// id-ecPublicKey.
  private static final byte[] EC = {6, 7, 0x2A, (byte) 0x86, 0x48, (byte) 0xCE, 0x3D, 2, 1};

  private Pkcs8() {}

  static byte[] ofRsa(byte[] pkcs1) {
    return wrapped(SEQUENCE, VERSION, RSA, wrapped(OCTETS, pkcs1));
  }

  /// The curve is named inside; without it the result is one that no reader takes.
  static byte[] ofEc(byte[] sec1) {
    return wrapped(SEQUENCE, VERSION, wrapped(SEQUENCE, EC, curve(sec1)), wrapped(OCTETS, sec1));
  }

  /// Sequence of: version, octets of the key, [0] the curve.
  private static byte[] curve(byte[] sec1) {
    try {
      int at = contentAt(sec1, 0);
      at = endAt(sec1, at);
      at = endAt(sec1, at);
      if ((sec1[at] & 0xFF) != PARAMETERS) return new byte[0];
      return java.util.Arrays.copyOfRange(sec1, contentAt(sec1, at), endAt(sec1, at));
    } catch (IndexOutOfBoundsException malformed) {
      return new byte[0];
    }
  }

  private static int contentAt(byte[] der, int at) {
    int first = der[at + 1] & 0xFF;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7F);
  }

  private static int endAt(byte[] der, int at) {
    int first = der[at + 1] & 0xFF;
    if (first < 0x80) return at + 2 + first;
    int length = 0;
    for (int i = 0; i < (first & 0x7F); i++) length = (length << 8) | (der[at + 2 + i] & 0xFF);
    return Math.addExact(contentAt(der, at), length);
  }

  private static byte[] wrapped(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (var part : parts) content.writeBytes(part);
    var whole = new ByteArrayOutputStream();
    whole.write(tag);
    writeLength(whole, content.size());
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }

  private static void writeLength(ByteArrayOutputStream to, int length) {
    if (length < 0x80) {
      to.write(length);
      return;
    }
    int bytes = (39 - Integer.numberOfLeadingZeros(length)) / 8;
    to.write(0x80 | bytes);
    for (int i = bytes - 1; i >= 0; i--) to.write(length >> (8 * i));
  }
}
