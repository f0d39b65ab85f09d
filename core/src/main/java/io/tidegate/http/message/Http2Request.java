package io.tidegate.http.message;

/// A request as an HTTP/2 stream carries it: its head and what it says of its own stream.
///
/// @param head the request itself. One that opens a WebSocket (RFC 8441) is told as HTTP/1.1 would
///   tell it: GET with an Upgrade field and a key, so that nobody above need know the version
/// @param framing NONE if the head ended the stream and no length was named, LENGTH if one was,
///   else CHUNKED
/// @param expectContinue true if the peer waits for 100 before it sends the body
/// @param key what the answer's Sec-WebSocket-Accept must prove; empty if no WebSocket is asked for
public record Http2Request(RequestHead head, Framing framing, boolean expectContinue, String key) {
  /// True if the stream is to become a WebSocket's.
  public boolean opensWebSocket() {
    return !key.isEmpty();
  }
}
