package io.tidegate.http.h2;

/// Numbers of RFC 9113 §6 and RFC 8441 §3, and the shape of a frame.
final class FrameType {
  static final int HEADER_BYTES = 9;

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int ACK = 0x1;
  static final int END_STREAM = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int PRIORITIZED = 0x20;

  static final int HEADER_TABLE_SIZE = 1;
  static final int ENABLE_PUSH = 2;
  static final int MAX_CONCURRENT_STREAMS = 3;
  static final int INITIAL_WINDOW_SIZE = 4;
  static final int MAX_FRAME_SIZE = 5;
  static final int MAX_HEADER_LIST_SIZE = 6;
  static final int ENABLE_CONNECT_PROTOCOL = 8;

  /// Bytes of one entry of SETTINGS.
  static final int SETTING_BYTES = 6;

  /// Longest frame that both sides take unasked, RFC 9113 §4.2; we never ask for longer ones.
  static final int MOST_FRAME = 16 * 1024;

  /// Windows of streams and of the connection before anything is said, RFC 9113 §6.9.2.
  static final int FIRST_WINDOW = 65_535;

  private FrameType() {}
}
