package io.tidegate.http.message;

import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads what a decompressed field section of HTTP/2 says, strictly, RFC 9113 §8.
///
/// Fields go in one by one, as they were decoded; then [#request] or [#trailers] looks at all of
/// them. Nothing passes that HTTP/1.1 could not say in one way only: names are lower-case tokens,
/// values hold no control byte and no space around them, pseudo-fields come first and once, nothing
/// speaks of a connection. Keeps nothing between sections. One per loop; not safe for several
/// threads. Never throws on what a peer sent.
public final class Http2RequestReader {
  private static final String METHOD = ":method";
  private static final String SCHEME = ":scheme";
  private static final String AUTHORITY = ":authority";
  private static final String PATH = ":path";
  private static final String PROTOCOL = ":protocol";
  private static final AsciiString COOKIE = AsciiString.cached("cookie");
  private static final int MAX_METHOD_BYTES = 32;

  /// Fields that speak of one connection, RFC 9113 §8.2.2.
  private static final long OF_A_CONNECTION =
      FieldName.bits(
          FieldName.CONNECTION,
          FieldName.PROXY_CONNECTION,
          FieldName.KEEP_ALIVE,
          FieldName.TRANSFER_ENCODING,
          FieldName.UPGRADE);

  private final List<AsciiString> names = new ArrayList<>();
  private final List<AsciiString> values = new ArrayList<>();
  private final int maxFields;
  private boolean tooMany;
  private int fields;
  private boolean hasCookie;
  private @Nullable String method;
  private @Nullable String scheme;
  private @Nullable String authority;
  private @Nullable String path;
  private @Nullable String protocol;
  private @Nullable String host;
  private long length;
  private boolean expect;
  private @Nullable String wrong;
  private @Nullable Http2Request request;
  private @Nullable Fields trailers;

  /// A reader of sections of at most `maxFields` fields.
  public Http2RequestReader(int maxFields) {
    this.maxFields = maxFields;
  }

  /// Begins a section.
  public void begin() {
    names.clear();
    values.clear();
    tooMany = false;
    fields = 0;
    hasCookie = false;
  }

  /// Takes the next field; those beyond the most are dropped, and the section is refused. All
  /// cookies are one, which browsers send in crumbs, RFC 9113 §8.2.3.
  public void add(AsciiString name, AsciiString value) {
    boolean isCookie = name.equals(COOKIE);
    if (!isCookie || !hasCookie) {
      tooMany = fields == maxFields;
      if (tooMany) return;
      fields++;
    }
    hasCookie |= isCookie;
    names.add(name);
    values.add(value);
  }

  /// Reads the section as a request's head. `ends` tells that no body follows; `key` is a fresh
  /// WebSocket key, for a request that opens one. Returns what was wrong, or null: then
  /// [#request()] has it.
  public @Nullable BadMessage request(boolean ends, String key, HeadBuilder builder) {
    reset();
    if (tooMany) return new BadMessage(431, "too many fields");
    readAll(true);
    if (wrong == null) checkPseudoFields();
    if (wrong == null && ends && length > 0) bad("body shorter than its content-length");
    if (wrong != null) return new BadMessage(400, wrong);
    boolean webSocket = "websocket".equals(protocol);
    if (protocol != null && !webSocket) return new BadMessage(501, "protocol other than websocket");
    if (webSocket && ends) return new BadMessage(400, "a WebSocket that has ended");
    if (expect && ends) expect = false;
    var head = head(webSocket, key, builder);
    var framing = webSocket ? Framing.NONE : framing(ends);
    request = new Http2Request(head, framing, expect, webSocket ? key : "");
    return null;
  }

  /// Reads the section as trailers. Returns what was wrong, or null: then [#trailers()] has them.
  public @Nullable BadMessage trailers(HeadBuilder builder) {
    reset();
    if (tooMany) return new BadMessage(431, "too many fields");
    readAll(false);
    if (wrong != null) return new BadMessage(400, wrong);
    builder.fields();
    for (int i = 0; i < names.size(); i++) append(builder, i);
    trailers = builder.buildFields();
    return null;
  }

  /// What the last call of [#request] read.
  ///
  /// @throws IllegalStateException if it found something wrong
  public Http2Request request() {
    if (request == null) throw new IllegalStateException("no request");
    return request;
  }

  /// What the last call of [#trailers] read.
  ///
  /// @throws IllegalStateException if it found something wrong
  public Fields trailers() {
    if (trailers == null) throw new IllegalStateException("no trailers");
    return trailers;
  }

  private void reset() {
    method = null;
    scheme = null;
    authority = null;
    path = null;
    protocol = null;
    host = null;
    length = -1;
    expect = false;
    wrong = null;
    request = null;
    trailers = null;
  }

  private void bad(String reason) {
    if (wrong == null) wrong = reason;
  }

  private void readAll(boolean head) {
    boolean regular = !head;
    for (int i = 0; i < names.size() && wrong == null; i++) {
      var name = names.get(i);
      if (name.isEmpty()) {
        bad("empty field name");
      } else if (name.byteAt(0) == ':') {
        if (regular) bad("pseudo-field behind a field");
        else pseudo(name.toString(), values.get(i));
      } else {
        regular = true;
        field(name, values.get(i), head);
      }
    }
  }

  private void pseudo(String name, AsciiString value) {
    var text = value.toString();
    switch (name) {
      case METHOD -> method = once(method, text);
      case SCHEME -> scheme = once(scheme, text);
      case AUTHORITY -> authority = once(authority, text);
      case PATH -> path = once(path, text);
      case PROTOCOL -> protocol = once(protocol, text);
      default -> bad("unknown pseudo-field");
    }
  }

  private String once(@Nullable String before, String value) {
    if (before != null) bad("pseudo-field twice");
    return value;
  }

  private void field(AsciiString name, AsciiString value, boolean head) {
    if (!isLowerToken(name)) {
      bad("field name is not a lower-case token");
      return;
    }
    if (!isValue(value)) {
      bad("byte not allowed in a field value");
      return;
    }
    int id = idOf(name);
    if (id == FieldName.OTHER) return;
    if (((OF_A_CONNECTION >>> id) & 1) != 0) bad("field of a connection");
    else if (!head && ((BodyReader.NEVER_TRAILERS >>> id) & 1) != 0)
      bad("field not allowed in trailers");
    else if (head) read(FieldName.of(id), value);
  }

  private void read(FieldName name, AsciiString value) {
    switch (name) {
      case TE -> {
        if (!value.contentEqualsIgnoreCase("trailers")) bad("te other than trailers");
      }
      case HOST -> {
        if (host != null) bad("more than one host");
        host = value.toString();
      }
      case CONTENT_LENGTH -> {
        if (length >= 0) bad("more than one content-length");
        length = number(value);
      }
      case EXPECT -> {
        expect = value.contentEqualsIgnoreCase("100-continue");
        if (!expect) bad("expectation other than 100-continue");
      }
      default -> {}
    }
  }

  private long number(AsciiString value) {
    long number = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.byteAt(i) - '0';
      if (digit < 0 || digit > 9 || number > (Long.MAX_VALUE - digit) / 10) {
        bad("invalid content-length");
        return 0;
      }
      number = number * 10 + digit;
    }
    if (value.isEmpty()) bad("empty content-length");
    return number;
  }

  private static boolean isLowerToken(AsciiString name) {
    for (int i = 0; i < name.length(); i++) {
      byte b = name.byteAt(i);
      if (!Octets.isToken(b) || Octets.lower(b) != b) return false;
    }
    return true;
  }

  /// No control byte, and no space at either end, RFC 9113 §8.2.1.
  private static boolean isValue(AsciiString value) {
    int size = value.length();
    for (int i = 0; i < size; i++) {
      if (!Octets.isValue(value.byteAt(i))) return false;
    }
    return size == 0
        || (!Octets.isSpace(value.byteAt(0)) && !Octets.isSpace(value.byteAt(size - 1)));
  }

  private void checkPseudoFields() {
    var asked = method;
    if (asked == null || asked.isEmpty() || asked.length() > MAX_METHOD_BYTES) {
      bad("no method, or a long one");
      return;
    }
    if (!asked.chars().allMatch(Octets::isMethod)) bad("method is not an upper-case token");
    boolean connect = asked.equals("CONNECT");
    if (protocol != null && !connect) bad(":protocol without CONNECT");
    else if (connect && protocol == null) checkConnect();
    else checkTarget(asked);
    checkAuthority(connect && protocol == null);
  }

  private void checkConnect() {
    if (scheme != null || path != null) bad("CONNECT with :scheme or :path");
    if (authority == null) bad("CONNECT without :authority");
    if (length > 0) bad("CONNECT with a body");
  }

  private void checkTarget(String asked) {
    var target = path;
    if (scheme == null || target == null || target.isEmpty()) {
      bad("no :scheme or no :path");
      return;
    }
    if (!scheme.equals("http") && !scheme.equals("https")) bad("scheme other than http and https");
    boolean ofServer = target.equals("*") && asked.equals("OPTIONS");
    if (target.charAt(0) != '/' && !ofServer) bad("path of no known form");
    if (!target.chars().allMatch(Octets::isTarget)) bad("byte not allowed in a path");
  }

  private void checkAuthority(boolean withPort) {
    var named = authority == null ? host : authority;
    if (named == null) {
      bad("neither :authority nor host");
      return;
    }
    var parsed = Authority.parse(named);
    if (parsed == null || (withPort && parsed.portOr(0) == 0)) bad("invalid authority");
    else if (host != null && !host.equalsIgnoreCase(named)) bad("host and :authority differ");
    authority = named;
  }

  private Framing framing(boolean ends) {
    if (length >= 0) return Framing.length(length);
    return ends ? Framing.NONE : Framing.CHUNKED;
  }

  private RequestHead head(boolean webSocket, String key, HeadBuilder builder) {
    var asked = java.util.Objects.requireNonNull(method);
    var named = java.util.Objects.requireNonNull(authority);
    var target = path == null ? named : path;
    builder.request(webSocket ? "GET" : asked, target, named);
    int cookies = 0;
    for (int i = 0; i < names.size(); i++) {
      int id = names.get(i).byteAt(0) == ':' ? FieldName.HOST.id() : idOf(names.get(i));
      if (id == FieldName.COOKIE.id()) cookies++;
      else if (id != FieldName.HOST.id() && !(webSocket && isMadeAnew(id))) append(builder, i);
    }
    if (cookies > 0) builder.field(FieldName.COOKIE, joinedCookies());
    if (webSocket) {
      builder.field(FieldName.UPGRADE, "websocket").field(FieldName.SEC_WEBSOCKET_KEY, key);
    }
    return builder.buildRequest();
  }

  private static boolean isMadeAnew(int id) {
    return id == FieldName.SEC_WEBSOCKET_KEY.id() || id == FieldName.CONTENT_LENGTH.id();
  }

  /// One field again of what was split for compression, RFC 9113 §8.2.3.
  private String joinedCookies() {
    var joined = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).byteAt(0) == ':' || idOf(names.get(i)) != FieldName.COOKIE.id()) continue;
      if (!joined.isEmpty()) joined.append("; ");
      joined.append(values.get(i));
    }
    return joined.toString();
  }

  private void append(HeadBuilder builder, int i) {
    builder.field(names.get(i).toString(), values.get(i).toString());
  }

  private static int idOf(AsciiString name) {
    return FieldName.idOf(name.array(), name.arrayOffset(), name.length());
  }
}
