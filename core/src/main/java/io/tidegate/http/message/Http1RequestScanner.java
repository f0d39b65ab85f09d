package io.tidegate.http.message;

import org.jspecify.annotations.Nullable;

/// Scans the head of an HTTP/1.1 or 1.0 request, strictly and each byte once, RFC 9112.
///
/// Refuses at the first byte that cannot stand where it is: bare CR or LF, folded lines, space
/// before a colon, control bytes, any doubt about where the body ends, a missing, doubled or
/// invalid Host. One empty line before the request is let pass. Never throws on what a peer sent.
///
/// It keeps no bytes: call [#scan] with the same message again when more has come. A loop uses one
/// scanner for all connections whose heads come whole; a connection that got [Scan#NEED_MORE] keeps
/// its scanner, charged at [#heldBytes()], until its head ends. Not safe for several threads.
public final class Http1RequestScanner {
  private static final int START = 0;
  private static final int LEADING_LINE_FEED = 1;
  private static final int METHOD = 2;
  private static final int TARGET_START = 3;
  private static final int TARGET = 4;
  private static final int VERSION = 5;
  private static final int LINE_FEED = 6;
  private static final int FIELDS = 7;
  private static final int REFUSED = 8;

  private static final String VERSION_START = "HTTP/1.";
  private static final int MAX_METHOD_BYTES = 32;
  private static final int OBJECT_BYTES = 320;

  private final HeadLimits limits;
  private final FieldLines lines;
  private final HopFields hop = new HopFields();

  private int state;
  private int at;
  private int methodFrom;
  private int methodTo;
  private int targetTo;
  private int minorVersion;
  private int consumed;
  private @Nullable Http1Request request;
  private @Nullable BadMessage bad;

  /// A scanner that holds peers to `limits`.
  public Http1RequestScanner(HeadLimits limits) {
    this.limits = limits;
    this.lines = new FieldLines(limits.fields());
  }

  /// Scans on in the message whose first byte is `bytes[from]`, as far as `to` (exclusive).
  ///
  /// Until the head is complete each call gets the same message from its first byte on, perhaps in
  /// another array at another place, and only the bytes not seen yet are looked at. After
  /// [Scan#HEAD] the next call begins the next message; after [Scan#BAD] every call is BAD until
  /// [#reset()].
  public Scan scan(byte[] bytes, int from, int to) {
    request = null;
    int end = Math.min(to, from + limits.headBytes());
    if (state < FIELDS) {
      startLine(bytes, from, Math.min(end, from + limits.lineBytes()));
    }
    if (state == FIELDS && fields(bytes, from, end)) {
      return Scan.HEAD;
    }
    if (state == REFUSED) {
      return Scan.BAD;
    }
    return Scan.NEED_MORE;
  }

  private void startLine(byte[] bytes, int base, int end) {
    int p = base + at;
    while (p < end && state < FIELDS) {
      switch (state) {
        case START -> {
          if (bytes[p] == '\r' && p == base) {
            state = LEADING_LINE_FEED;
            p++;
          } else {
            methodFrom = p - base;
            state = METHOD;
          }
        }
        case LEADING_LINE_FEED -> {
          if (bytes[p] != '\n') {
            refuse(400, "carriage return without line feed");
            return;
          }
          state = START;
          p++;
        }
        case METHOD -> {
          int most = Math.min(end, base + methodFrom + MAX_METHOD_BYTES + 1);
          while (p < most && Octets.isMethod(bytes[p])) {
            p++;
          }
          if (p < most) {
            methodTo = p - base;
            if (bytes[p] != ' ' || methodTo == methodFrom) {
              refuseMethod(bytes[p]);
              return;
            }
            state = TARGET_START;
            p++;
          } else if (p - base - methodFrom > MAX_METHOD_BYTES) {
            refuse(501, "method longer than 32 bytes");
            return;
          }
        }
        case TARGET_START -> {
          if (!mayBeginTarget(bytes, base, bytes[p])) {
            refuse(400, "request target of no known form");
            return;
          }
          state = TARGET;
        }
        case TARGET -> {
          while (p < end && Octets.isTarget(bytes[p])) {
            p++;
          }
          if (p < end) {
            targetTo = p - base;
            if (bytes[p] != ' ') {
              refuse(400, "byte not allowed in a request target");
              return;
            }
            state = VERSION;
            p++;
          }
        }
        case VERSION -> {
          int done = p - base - targetTo - 1;
          if (!versionByte(bytes[p], done)) {
            return;
          }
          if (done > VERSION_START.length()) {
            state = LINE_FEED;
          }
          p++;
        }
        default -> {
          if (bytes[p] != '\n') {
            refuse(400, "carriage return without line feed");
            return;
          }
          p++;
          lines.begin(p - base);
          state = FIELDS;
        }
      }
    }
    at = p - base;
    if (state < FIELDS && at >= Math.min(limits.lineBytes(), limits.headBytes())) {
      refuse(414, "request line too long");
    }
  }

  private void refuseMethod(byte b) {
    if (Octets.isToken(b)) {
      refuse(501, "method with a lower-case letter");
    } else {
      refuse(400, "method is not a token followed by a space");
    }
  }

  /// `done` bytes of the version were right; what follows it is a carriage return.
  private boolean versionByte(byte b, int done) {
    if (done < VERSION_START.length()) {
      if (b == VERSION_START.charAt(done)) {
        return true;
      }
      if (done == 5 && Octets.isDigit(b)) {
        refuse(505, "version other than HTTP/1");
      } else {
        refuse(400, "malformed HTTP version");
      }
      return false;
    }
    if (done == VERSION_START.length()) {
      minorVersion = b == '0' ? 0 : 1;
      if (Octets.isDigit(b)) {
        return true;
      }
    } else if (b == '\r') {
      return true;
    }
    refuse(400, "malformed HTTP version");
    return false;
  }

  /// A path; `*` for OPTIONS; else the first letter of a scheme or, for CONNECT, of a host.
  private boolean mayBeginTarget(byte[] bytes, int base, byte b) {
    if (RequestLine.is(bytes, base + methodFrom, base + methodTo, "CONNECT")) {
      return Octets.isTarget(b) && b != '/' && b != '*';
    }
    return b == '/'
        || Octets.lower(b) == 'h'
        || (b == '*' && RequestLine.is(bytes, base + methodFrom, base + methodTo, "OPTIONS"));
  }

  /// Returns true when the head is complete and good.
  private boolean fields(byte[] bytes, int base, int end) {
    switch (lines.scan(bytes, base, end)) {
      case NEED_MORE -> {
        if (lines.at() >= limits.headBytes()) {
          refuse(431, "head too long");
        }
        return false;
      }
      case BAD -> bad = lines.bad();
      case HEAD -> bad = complete(bytes, base);
    }
    if (bad != null) {
      state = REFUSED;
      return false;
    }
    consumed = lines.at();
    state = START;
    at = 0;
    return true;
  }

  private @Nullable BadMessage complete(byte[] bytes, int base) {
    BadMessage wrong = hop.read(lines, bytes, base);
    if (wrong != null) {
      return wrong;
    }
    if (hop.host() < 0 && minorVersion > 0) {
      return new BadMessage(400, "no Host");
    }
    if (hop.isChunked() && minorVersion == 0) {
      return new BadMessage(400, "Transfer-Encoding in HTTP/1.0");
    }
    String method = RequestLine.method(bytes, base + methodFrom, base + methodTo);
    RequestHead head = head(method, bytes, base);
    if (head == null) {
      return new BadMessage(400, "invalid request target");
    }
    Framing framing = hop.framing(Framing.NONE);
    if (method.equals("CONNECT") && !framing.isEmpty()) {
      return new BadMessage(400, "CONNECT with a body");
    }
    request =
        new Http1Request(
            head,
            minorVersion,
            framing,
            hop.keepAlive(minorVersion),
            hop.upgrade() && minorVersion > 0,
            hop.expectContinue() && minorVersion > 0);
    return null;
  }

  private @Nullable RequestHead head(String method, byte[] bytes, int base) {
    int from = base + methodTo + 1;
    int to = base + targetTo;
    if (method.equals("CONNECT")) {
      return connectHead(method, bytes, base);
    }
    if (bytes[from] == '/' || bytes[from] == '*') {
      boolean whole = bytes[from] == '/' || to - from == 1;
      String target = RequestLine.text(bytes, from, to);
      return whole ? new RequestHead(method, target, host(bytes, base), rest(bytes, base)) : null;
    }
    int authority = RequestLine.authorityOf(bytes, from, to);
    if (authority < 0) {
      return null;
    }
    int path = RequestLine.pathOf(bytes, authority, to);
    if (!Authority.isValid(bytes, authority, path)) {
      return null;
    }
    String asSent = RequestLine.text(bytes, path, to);
    String target = path < to && bytes[path] == '/' ? asSent : "/" + asSent;
    return new RequestHead(
        method, target, RequestLine.text(bytes, authority, path), rest(bytes, base));
  }

  private @Nullable RequestHead connectHead(String method, byte[] bytes, int base) {
    String target = RequestLine.text(bytes, base + methodTo + 1, base + targetTo);
    Authority authority = Authority.parse(target);
    if (authority == null || authority.portOr(0) == 0) {
      return null;
    }
    return new RequestHead(method, target, target, rest(bytes, base));
  }

  private String host(byte[] bytes, int base) {
    int i = hop.host();
    return i < 0 ? "" : RequestLine.text(bytes, base + lines.valueFrom(i), base + lines.valueTo(i));
  }

  private Fields rest(byte[] bytes, int base) {
    return lines.toFields(bytes, base, hop.host());
  }

  private void refuse(int status, String reason) {
    bad = new BadMessage(status, reason);
    state = REFUSED;
  }

  /// How many bytes the head had, its empty line included; the body begins behind them.
  public int consumed() {
    return consumed;
  }

  /// The request that the last call of [#scan] completed.
  ///
  /// @throws IllegalStateException if it completed none
  public Http1Request request() {
    if (request == null) {
      throw new IllegalStateException("no complete request");
    }
    return request;
  }

  /// Why the message was refused.
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
    state = START;
    at = 0;
    request = null;
    bad = null;
  }

  /// True if no byte of a message has been looked at since the last one ended.
  public boolean isIdle() {
    return state == START && at == 0;
  }

  /// What this scanner holds at most, in bytes, to be charged while a connection keeps it: the same
  /// from its first byte on.
  public int heldBytes() {
    return OBJECT_BYTES + lines.heldBytes();
  }
}
