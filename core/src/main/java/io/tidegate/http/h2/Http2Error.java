package io.tidegate.http.h2;

import io.tidegate.net.CutReason;

/// The error codes of RFC 9113 §7, in the order of their numbers.
enum Http2Error {
  NO_ERROR,
  PROTOCOL_ERROR,
  INTERNAL_ERROR,
  FLOW_CONTROL_ERROR,
  SETTINGS_TIMEOUT,
  STREAM_CLOSED,
  FRAME_SIZE_ERROR,
  REFUSED_STREAM,
  CANCEL,
  COMPRESSION_ERROR,
  CONNECT_ERROR,
  ENHANCE_YOUR_CALM,
  INADEQUATE_SECURITY,
  HTTP_1_1_REQUIRED;

  /// What goes over the wire.
  @SuppressWarnings("EnumOrdinal")
  int code() {
    return ordinal();
  }

  /// What a peer is told of a stream that was cut for `reason` in the middle of its answer.
  static Http2Error of(CutReason reason) {
    return switch (reason) {
      case BAD_MESSAGE -> PROTOCOL_ERROR;
      case FLOOD, TOO_LARGE, WRITE_STALLED, WRITE_TOO_SLOW, BODY_TOO_SLOW, OVERLOAD_LARGEST ->
          ENHANCE_YOUR_CALM;
      case STREAM_LIMIT, MEMORY_REFUSED, OVERLOADED -> REFUSED_STREAM;
      case PEER_GONE, OTHER_SIDE_GONE, OPERATOR, CLOSING, IDLE, SUPERSEDED -> CANCEL;
      default -> INTERNAL_ERROR;
    };
  }
}
