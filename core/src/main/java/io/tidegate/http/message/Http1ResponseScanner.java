package io.tidegate.http.message;

import org.jspecify.annotations.Nullable;

/// Scans the head of an HTTP/1.1 or 1.0 answer, strictly and each byte once, RFC 9112.
///
/// As strict as [Http1RequestScanner] about lines and framing, and used like it; every refusal is
/// 502, as whoever asked cannot help it. A reason phrase may be missing or hold any text; it is
/// dropped. An answer with status 1xx is followed by another to the same request.
public final class Http1ResponseScanner {
  private static final int VERSION = 0;
  private static final int MINOR = 1;
  private static final int SPACE = 2;
  private static final int STATUS = 3;
  private static final int BEFORE_REASON = 4;
  private static final int REASON = 5;
  private static final int LINE_FEED = 6;
  private static final int FIELDS = 7;
  private static final int REFUSED = 8;

  private static final String VERSION_START = "HTTP/1.";
  private static final int OBJECT_BYTES = 320;

  private final HeadLimits limits;
  private final FieldLines lines;
  private final HopFields hop = new HopFields();

  private int state;
  private int at;
  private int status;
  private int minorVersion;
  private int consumed;
  private @Nullable Http1Response response;
  private @Nullable BadMessage bad;

  /// A scanner that holds peers to `limits`.
  public Http1ResponseScanner(HeadLimits limits) {
    this.limits = limits;
    this.lines = new FieldLines(limits.fields());
  }

  /// Scans on in the answer to a request with `method`, as [Http1RequestScanner#scan] does.
  public Scan scan(String method, byte[] bytes, int from, int to) {
    response = null;
    int end = Math.min(to, from + limits.headBytes());
    if (state < FIELDS) {
      statusLine(bytes, from, Math.min(end, from + limits.lineBytes()));
    }
    if (state == FIELDS && fields(method, bytes, from, end)) {
      return Scan.HEAD;
    }
    return state == REFUSED ? Scan.BAD : Scan.NEED_MORE;
  }

  private void statusLine(byte[] bytes, int base, int end) {
    int p = base + at;
    while (p < end && state < FIELDS) {
      byte b = bytes[p];
      switch (state) {
        case VERSION -> {
          if (b != VERSION_START.charAt(p - base)) {
            refuse("malformed or unknown version in the answer");
            return;
          }
          state = p - base == VERSION_START.length() - 1 ? MINOR : VERSION;
        }
        case MINOR -> {
          if (!Octets.isDigit(b)) {
            refuse("malformed version in the answer");
            return;
          }
          minorVersion = b == '0' ? 0 : 1;
          state = SPACE;
        }
        case SPACE -> {
          if (b != ' ') {
            refuse("malformed version in the answer");
            return;
          }
          status = 0;
          state = STATUS;
        }
        case STATUS -> {
          int digit = b - '0';
          if (digit < 0 || digit > 9 || (status == 0 && (digit < 1 || digit > 5))) {
            refuse("status is not a number from 100 to 599");
            return;
          }
          status = status * 10 + digit;
          state = status >= 100 ? BEFORE_REASON : STATUS;
        }
        case BEFORE_REASON -> {
          if (b != ' ' && b != '\r') {
            refuse("malformed status");
            return;
          }
          state = b == ' ' ? REASON : LINE_FEED;
        }
        case REASON -> {
          if (b == '\r') {
            state = LINE_FEED;
          } else if (!Octets.isValue(b)) {
            refuse("control byte in the reason phrase");
            return;
          }
        }
        default -> {
          if (b != '\n') {
            refuse("carriage return without line feed");
            return;
          }
          lines.begin(p + 1 - base);
          state = FIELDS;
        }
      }
      p++;
    }
    at = p - base;
    if (state < FIELDS && at >= Math.min(limits.lineBytes(), limits.headBytes())) {
      refuse("status line too long");
    }
  }

  /// Returns true when the head is complete and good.
  private boolean fields(String method, byte[] bytes, int base, int end) {
    BadMessage wrong =
        switch (lines.scan(bytes, base, end)) {
          case NEED_MORE -> null;
          case BAD -> lines.bad();
          case HEAD -> {
            consumed = lines.at();
            yield complete(method, bytes, base);
          }
        };
    if (wrong != null) {
      refuse(wrong.reason());
    } else if (response == null && lines.at() >= limits.headBytes()) {
      refuse("head of the answer too long");
    }
    if (response == null) {
      return false;
    }
    state = VERSION;
    at = 0;
    return true;
  }

  private @Nullable BadMessage complete(String method, byte[] bytes, int base) {
    BadMessage wrong = hop.read(lines, bytes, base);
    if (wrong != null) {
      return wrong;
    }
    if (hop.isChunked() && minorVersion == 0) {
      return new BadMessage(502, "Transfer-Encoding in HTTP/1.0");
    }
    Framing framing = framing(method);
    boolean reusable =
        hop.keepAlive(minorVersion)
            && framing.kind() != Framing.Kind.UNTIL_CLOSE
            && !announcesWhatCannotCome();
    response =
        new Http1Response(
            new ResponseHead(status, lines.toFields(bytes, base, -1)),
            minorVersion,
            framing,
            reusable,
            status == 101 && hop.upgrade());
    return null;
  }

  /// RFC 9112 §6.3.
  private Framing framing(String method) {
    boolean bodiless = status < 200 || status == 204 || status == 304;
    if (bodiless || method.equals("HEAD") || (method.equals("CONNECT") && status < 300)) {
      return Framing.NONE;
    }
    return hop.framing(Framing.UNTIL_CLOSE);
  }

  /// A 1xx or 204 that speaks of a body, RFC 9112 §6.1: its bytes, if they come, are nobody's.
  private boolean announcesWhatCannotCome() {
    boolean never = status < 200 || status == 204;
    return never && (hop.isChunked() || (hop.hasLength() && !hop.framing(Framing.NONE).isEmpty()));
  }

  private void refuse(String reason) {
    bad = new BadMessage(502, reason);
    state = REFUSED;
  }

  /// How many bytes the head had, its empty line included; the body begins behind them.
  public int consumed() {
    return consumed;
  }

  /// The answer that the last call of [#scan] completed.
  ///
  /// @throws IllegalStateException if it completed none
  public Http1Response response() {
    if (response == null) {
      throw new IllegalStateException("no complete answer");
    }
    return response;
  }

  /// Why the answer was refused; always 502.
  ///
  /// @throws IllegalStateException if it was not
  public BadMessage bad() {
    if (bad == null) {
      throw new IllegalStateException("no bad message");
    }
    return bad;
  }

  /// Forgets the message begun, as for use by another connection.
  public void reset() {
    state = VERSION;
    at = 0;
    response = null;
    bad = null;
  }

  /// True if no byte of a message has been looked at since the last one ended.
  public boolean isIdle() {
    return state == VERSION && at == 0;
  }

  /// What this scanner holds at most, in bytes, to be charged while a connection keeps it: the same
  /// from its first byte on.
  public int heldBytes() {
    return OBJECT_BYTES + lines.heldBytes();
  }
}
