package io.tidegate.http.message;

/// A request's head and what it says about this connection alone.
///
/// @param head the request itself
/// @param minorVersion 0 for HTTP/1.0, else 1
/// @param framing where its body ends; never [Framing#UNTIL_CLOSE]
/// @param keepAlive false if the connection ends after the answer
/// @param upgrade true if Connection and Upgrade both ask to change the protocol, in HTTP/1.1
/// @param expectContinue true if the peer waits for 100 before it sends the body
public record Http1Request(
    RequestHead head,
    int minorVersion,
    Framing framing,
    boolean keepAlive,
    boolean upgrade,
    boolean expectContinue) {
  /// True if the peer asks to change to `protocol`, ignoring case.
  public boolean asksFor(String protocol) {
    return upgrade && head.fields().listHas(FieldName.UPGRADE, protocol);
  }
}
