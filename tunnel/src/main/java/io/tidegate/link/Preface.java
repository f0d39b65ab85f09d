package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The first 8 bytes of every stream that the edge opens: what it is and whose.
///
/// On the wire: version 1 (8 bits), kind (8), claim (16), generation (32), in network order.
///
/// @param kind what follows
/// @param claim place in the agent's own table of apps, 0 to 65,535: nothing that the edge sends
///   names an address
/// @param generation of the claim, compared as 32 bits without sign; a stream of an older one is
///   refused
public record Preface(Kind kind, int claim, int generation) {
  /// Length on the wire.
  public static final int BYTES = 8;

  private static final int VERSION = 1;

  /// What the bytes behind a preface are. The order is the numbers on the wire, from 1.
  public enum Kind {
    /// HTTP/1.1, from an edge that parsed it.
    HTTP,
    /// Whatever a visitor of a TCP tunnel sends.
    TCP,
    /// Between two edges.
    RELAY
  }

  private static final Kind[] KINDS = Kind.values();

  /// @throws IllegalArgumentException if `claim` is not in 0 to 65,535
  public Preface {
    if (claim < 0 || claim > 0xFFFF) throw new IllegalArgumentException("claim: " + claim);
  }

  /// Writes the 8 bytes.
  public void write(ByteBuf out) {
    out.writeByte(VERSION).writeByte(kind.ordinal() + 1).writeShort(claim).writeInt(generation);
  }

  /// Reads 8 bytes, which must be there. Null if version or kind is unknown: the stream is to be
  /// reset.
  public static @Nullable Preface parse(ByteBuf in) {
    int version = in.readUnsignedByte();
    int number = in.readUnsignedByte();
    int claim = in.readUnsignedShort();
    int generation = in.readInt();
    if (version != VERSION || number < 1 || number > KINDS.length) return null;
    return new Preface(KINDS[number - 1], claim, generation);
  }
}
