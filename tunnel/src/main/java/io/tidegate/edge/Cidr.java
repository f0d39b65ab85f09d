package io.tidegate.edge;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// A block of addresses, such as `10.0.0.0/8` or `::1/128`.
public final class Cidr {
  private final byte[] prefix;
  private final int bits;

  private Cidr(byte[] prefix, int bits) {
    this.prefix = prefix;
    this.bits = bits;
  }

  /// Reads `ADDRESS/BITS`, or an address alone.
  ///
  /// @throws IllegalArgumentException if it is neither
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    var literal = slash < 0 ? text : text.substring(0, slash);
    if (!literal.matches("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*"))
      throw new IllegalArgumentException("not an address block: " + text);
    try {
      var address = InetAddress.getByName(literal).getAddress();
      int bits = slash < 0 ? address.length * 8 : Integer.parseInt(text.substring(slash + 1));
      if (bits < 0 || bits > address.length * 8)
        throw new IllegalArgumentException("not an address block: " + text);
      return new Cidr(address, bits);
    } catch (UnknownHostException | NumberFormatException wrong) {
      throw new IllegalArgumentException("not an address block: " + text, wrong);
    }
  }

  /// Whether `address` lies in this block.
  public boolean contains(InetAddress address) {
    var other = address.getAddress();
    if (other.length != prefix.length) return false;
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> (i & 7);
      if (((prefix[i >> 3] ^ other[i >> 3]) & mask) != 0) return false;
    }
    return true;
  }
}
