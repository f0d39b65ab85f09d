package io.tidegate.http.message;

import org.jspecify.annotations.Nullable;

/// What a head's fields say about its body and its connection, RFC 9112 §6 to §9, strictly.
///
/// One per scanner, read anew for each head.
final class HopFields {
  private static final long READ =
      FieldName.bits(
          FieldName.HOST,
          FieldName.CONTENT_LENGTH,
          FieldName.TRANSFER_ENCODING,
          FieldName.CONNECTION,
          FieldName.UPGRADE,
          FieldName.EXPECT);

  /// Fields that Connection must not name: the next hop would act without them.
  private static final long NEVER_NAMED =
      FieldName.bits(
          FieldName.HOST,
          FieldName.CONTENT_LENGTH,
          FieldName.TRANSFER_ENCODING,
          FieldName.FORWARDED,
          FieldName.X_FORWARDED_FOR,
          FieldName.X_FORWARDED_HOST,
          FieldName.X_FORWARDED_PORT,
          FieldName.X_FORWARDED_PROTO);

  private static final long NO_LENGTH = -1;

  private final TokenList list = new TokenList();
  private int host;
  private long length;
  private boolean chunked;
  private boolean close;
  private boolean keepAlive;
  private boolean upgradeNamed;
  private boolean upgradeField;
  private boolean expect;

  /// Reads `lines`; null if all is well.
  @Nullable BadMessage read(FieldLines lines, byte[] bytes, int base) {
    host = -1;
    length = NO_LENGTH;
    chunked = false;
    close = false;
    keepAlive = false;
    upgradeNamed = false;
    upgradeField = false;
    expect = false;
    if (!lines.hasAny(READ)) {
      return null;
    }
    for (int i = 0; i < lines.size(); i++) {
      if (lines.id(i) != FieldName.OTHER && ((READ >>> lines.id(i)) & 1) != 0) {
        BadMessage bad = readOne(lines, i, bytes, base);
        if (bad != null) {
          return bad;
        }
      }
    }
    return chunked && length != NO_LENGTH ? bad("both Content-Length and Transfer-Encoding") : null;
  }

  private @Nullable BadMessage readOne(FieldLines lines, int i, byte[] bytes, int base) {
    int from = base + lines.valueFrom(i);
    int to = base + lines.valueTo(i);
    return switch (FieldName.of(lines.id(i))) {
      case HOST -> readHost(i, bytes, from, to);
      case CONTENT_LENGTH -> readLength(bytes, from, to);
      case TRANSFER_ENCODING -> readCoding(bytes, from, to);
      case CONNECTION -> readConnection(bytes, from, to);
      case EXPECT -> readExpect(bytes, from, to);
      default -> {
        upgradeField = true;
        yield null;
      }
    };
  }

  private @Nullable BadMessage readHost(int i, byte[] bytes, int from, int to) {
    if (host >= 0) {
      return bad("more than one Host");
    }
    host = i;
    return Authority.isValid(bytes, from, to) ? null : bad("invalid Host");
  }

  private @Nullable BadMessage readLength(byte[] bytes, int from, int to) {
    if (length != NO_LENGTH) {
      return bad("more than one Content-Length");
    }
    long value = 0;
    for (int p = from; p < to; p++) {
      int digit = bytes[p] - '0';
      if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
        return bad("invalid Content-Length");
      }
      value = value * 10 + digit;
    }
    length = value;
    return from == to ? bad("empty Content-Length") : null;
  }

  private @Nullable BadMessage readCoding(byte[] bytes, int from, int to) {
    if (chunked) {
      return bad("more than one Transfer-Encoding");
    }
    chunked = Octets.equalsIgnoreCase(bytes, from, to - from, "chunked");
    if (chunked) {
      return null;
    }
    list.over(bytes, from, to);
    boolean foreign = list.next() && !list.is("chunked");
    return foreign
        ? new BadMessage(501, "transfer coding other than chunked")
        : bad("invalid Transfer-Encoding");
  }

  private @Nullable BadMessage readConnection(byte[] bytes, int from, int to) {
    for (list.over(bytes, from, to); list.next(); ) {
      int id = FieldName.idOf(bytes, list.start(), list.length());
      if (id == FieldName.UPGRADE.id()) {
        upgradeNamed = true;
      } else if (id == FieldName.KEEP_ALIVE.id()) {
        keepAlive = true;
      } else if (id == FieldName.OTHER) {
        close |= list.is("close");
      } else if (((NEVER_NAMED >>> id) & 1) != 0) {
        return bad("Connection names a field that is not its hop's");
      }
    }
    return list.isBroken() ? bad("invalid Connection") : null;
  }

  private @Nullable BadMessage readExpect(byte[] bytes, int from, int to) {
    expect = Octets.equalsIgnoreCase(bytes, from, to - from, "100-continue");
    return expect ? null : new BadMessage(417, "expectation other than 100-continue");
  }

  private static BadMessage bad(String reason) {
    return new BadMessage(400, reason);
  }

  /// Number of the Host field, or -1.
  int host() {
    return host;
  }

  boolean isChunked() {
    return chunked;
  }

  boolean hasLength() {
    return length != NO_LENGTH;
  }

  /// What the fields say of the body, or `otherwise` if they say nothing.
  Framing framing(Framing otherwise) {
    if (chunked) {
      return Framing.CHUNKED;
    }
    return length == NO_LENGTH ? otherwise : Framing.length(length);
  }

  boolean keepAlive(int minorVersion) {
    return !close && (minorVersion > 0 || keepAlive);
  }

  boolean upgrade() {
    return upgradeNamed && upgradeField;
  }

  boolean expectContinue() {
    return expect;
  }
}
