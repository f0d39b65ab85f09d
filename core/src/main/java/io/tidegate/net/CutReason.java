package io.tidegate.net;

/// Why a peer was refused or cut: the one place that decides status, close code, text and metric
/// label.
///
/// A reason is counted where it happens ([Loop#count]) and told to the peer wherever the protocol
/// still has room for it. `status` is the HTTP answer while none has begun, `closeCode` the
/// WebSocket close code of RFC 6455 §7.4.
public enum CutReason {
  /// The account of this peer, or one above it, had no room.
  MEMORY_REFUSED(503, 1013, "memory refused"),
  /// Overload ladder: the purse is 85 % granted, no new connection.
  OVERLOADED(503, 1013, "overloaded"),
  /// Overload ladder at 90 %: the slowest holder of buffers.
  OVERLOAD_SLOWEST(503, 1013, "overloaded, slowest peer"),
  /// Overload ladder at 95 %: the largest holder of buffers.
  OVERLOAD_LARGEST(503, 1013, "overloaded, largest holder"),
  /// More connections from one address than its share.
  ADDRESS_LIMIT(503, 1013, "too many connections from this address"),
  /// As many connections as the budget carries.
  CONNECTION_LIMIT(503, 1013, "too many connections"),
  /// The share of connections without a complete request was full and this was the oldest of them.
  OLDEST_INCOMPLETE(408, 1008, "oldest connection without a request"),
  /// As many blocking handlers run as may.
  HANDLER_LIMIT(503, 1013, "too many requests at work"),
  /// More streams or exchanges at once than one connection may have.
  STREAM_LIMIT(503, 1013, "too many streams"),
  /// No file descriptor was left.
  NO_DESCRIPTOR(503, 1013, "out of file descriptors"),
  /// No local port was left to dial from.
  NO_LOCAL_PORT(503, 1013, "out of local ports"),
  /// The request head did not end within its absolute deadline.
  HEAD_TIMEOUT(408, 1008, "request head too slow"),
  /// The body came slower than its least rate.
  BODY_TOO_SLOW(408, 1008, "request body too slow"),
  /// Bytes waited and the peer took none until the stall deadline.
  WRITE_STALLED(408, 1008, "reader stalled"),
  /// The peer took bytes slower than the least rate.
  WRITE_TOO_SLOW(408, 1008, "reader too slow"),
  /// As much waited for the peer as may, and its sender had it cut for that.
  OUTBOUND_FULL(503, 1008, "reader fell behind"),
  /// A keep-alive connection without a request for too long; not a fault.
  IDLE(408, 1001, "idle"),
  /// As many requests, or as old, as one connection may grow.
  WORN(503, 1001, "connection retired"),
  /// A named proxy did not begin with a valid PROXY header.
  BAD_PROXY_HEADER(400, 1002, "malformed PROXY header"),
  /// The message broke its protocol.
  BAD_MESSAGE(400, 1002, "malformed message"),
  /// The message was longer than its bound.
  TOO_LARGE(413, 1009, "message too large"),
  /// The handshake did not end within its deadline.
  HANDSHAKE_TIMEOUT(408, 1008, "handshake too slow"),
  /// A client that does not speak TLS, at a port that does.
  NOT_TLS(400, 1002, "not TLS; this port speaks https"),
  /// TLS failed: nothing in common, a certificate refused, a malformed record, a renegotiation.
  TLS_FAILED(400, 1002, "TLS failed"),
  /// As many TLS handshakes as may be under way at once, and this was the oldest of them.
  HANDSHAKE_LIMIT(503, 1013, "too many TLS handshakes at once"),
  /// A frame or message did not end within its deadline.
  MESSAGE_TIMEOUT(408, 1008, "message too slow"),
  /// No byte of any kind for longer than the liveness deadline.
  SILENT(504, 1001, "peer silent"),
  /// More pings, resets or other control messages than the peer's rate.
  FLOOD(429, 1008, "control flood"),
  /// The peer reset or vanished.
  PEER_GONE(502, 1006, "peer gone"),
  /// The other end of a splice or a tunnel went first.
  OTHER_SIDE_GONE(502, 1001, "other side gone"),
  /// The local app refused the connection.
  APP_REFUSED(502, 1014, "the app refused the connection"),
  /// The local app could not be reached: no route, or the attempt was broken off.
  APP_UNREACHABLE(502, 1014, "the app could not be reached"),
  /// The local app answered nothing, or no connection, in time.
  APP_SILENT(504, 1014, "the app did not answer in time"),
  /// The local app's answer could not be understood.
  APP_BAD_ANSWER(502, 1014, "the app's answer was malformed"),
  /// The link to the agent ended.
  LINK_LOST(502, 1014, "the tunnel's link was lost"),
  /// The name has no live agent.
  NO_AGENT(503, 1013, "no agent is connected for this name"),
  /// The host of the request is not the one that the TLS connection was made for.
  MISDIRECTED(421, 1008, "host and TLS server name differ"),
  /// Nobody holds that name.
  UNKNOWN_NAME(404, 1008, "no such tunnel"),
  /// The tunnel's share of the purse, or its streams, are used up.
  TUNNEL_FULL(503, 1013, "tunnel_full"),
  /// A request that came back to the edge it had left.
  LOOP_DETECTED(508, 1008, "request loop"),
  /// A token that is missing, unknown or wrong.
  UNAUTHORIZED(401, 1008, "unauthorized"),
  /// A newer session of the same key took the name.
  SUPERSEDED(409, 1001, "superseded by a newer session"),
  /// An operator cut it.
  OPERATOR(503, 1001, "cut by the operator"),
  /// The server drains or closes.
  CLOSING(503, 1001, "closing"),
  /// A fault of ours; logged with its trace.
  INTERNAL(500, 1011, "internal fault");

  private final int status;
  private final int closeCode;
  private final String text;

  CutReason(int status, int closeCode, String text) {
    this.status = status;
    this.closeCode = closeCode;
    this.text = text;
  }

  /// HTTP status while no answer has begun.
  public int status() {
    return status;
  }

  /// WebSocket close code, RFC 6455 §7.4.
  public int closeCode() {
    return closeCode;
  }

  /// What the peer and the log are told; ASCII, under 64 characters.
  public String text() {
    return text;
  }

  /// Label in metrics and in the `Tidegate-Error` field: the name in lower case.
  public String label() {
    return LABELS[ordinal()];
  }

  private static final String[] LABELS = labels();

  private static String[] labels() {
    var all = values();
    var labels = new String[all.length];
    for (int i = 0; i < all.length; i++)
      labels[i] = all[i].name().toLowerCase(java.util.Locale.ROOT);
    return labels;
  }
}
