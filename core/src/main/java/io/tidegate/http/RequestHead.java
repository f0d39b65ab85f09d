package io.tidegate.http;

/// What a request asks for, in any version of HTTP. Immutable.
///
/// @param method as sent, such as `GET`
/// @param target path and query as sent, beginning with `/`; `*` for OPTIONS of the whole server;
///   the authority for CONNECT
/// @param authority host and optional port as sent, in any case, valid for [Authority#parse]: of an
///   absolute target, else of the Host field; empty if an HTTP/1.0 request named none
/// @param fields all fields but Host
public record RequestHead(String method, String target, String authority, Fields fields) {
  /// This object and what its strings hold besides their characters.
  private static final int OBJECT_BYTES = 32 + 2 * 40;

  /// What this object really holds, in bytes, to be charged.
  public int heldBytes() {
    return OBJECT_BYTES + target.length() + authority.length() + fields.heldBytes();
  }

  /// The same request with other fields.
  public RequestHead withFields(Fields others) {
    return new RequestHead(method, target, authority, others);
  }
}
