package io.tidegate.http.message;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a request asks for, in any version of HTTP. Immutable.
///
/// Made by a scanner or a [HeadBuilder] alone: no part of it can hold what would end a line when it
/// is written.
public final class RequestHead {
  /// This object and what its strings hold besides their characters.
  private static final int OBJECT_BYTES = 32 + 2 * 40;

  private final String method;
  private final String target;
  private final String authority;
  private final Fields fields;

  /// The caller has checked every character.
  RequestHead(String method, String target, String authority, Fields fields) {
    this.method = method;
    this.target = target;
    this.authority = authority;
    this.fields = fields;
  }

  /// The method as sent, such as `GET`.
  public String method() {
    return method;
  }

  /// Path and query as sent, beginning with `/`; `*` for OPTIONS of the whole server; the authority
  /// for CONNECT.
  public String target() {
    return target;
  }

  /// Host and optional port as sent, in any case, valid for [Authority#parse]: of an absolute
  /// target, else of the Host field; empty if an HTTP/1.0 request named none.
  public String authority() {
    return authority;
  }

  /// All fields but Host.
  public Fields fields() {
    return fields;
  }

  /// What this object really holds, in bytes, to be charged.
  public int heldBytes() {
    return OBJECT_BYTES + target.length() + authority.length() + fields.heldBytes();
  }

  /// The same request with other fields.
  public RequestHead withFields(Fields others) {
    return new RequestHead(method, target, authority, others);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RequestHead that
        && method.equals(that.method)
        && target.equals(that.target)
        && authority.equals(that.authority)
        && fields.equals(that.fields);
  }

  @Override
  public int hashCode() {
    return Objects.hash(method, target, authority, fields);
  }

  /// Method, authority, target and fields. May hold what a peer sent: escape it before it reaches a
  /// log.
  @Override
  public String toString() {
    return method + " " + authority + " " + target + "\n" + fields;
  }
}
