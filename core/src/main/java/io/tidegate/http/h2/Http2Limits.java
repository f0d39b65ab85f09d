package io.tidegate.http.h2;

import io.tidegate.ledger.Rate;
import io.tidegate.net.WriteLimits;
import java.time.Duration;

/// What one HTTP/2 connection may cost beyond what [io.tidegate.http.HttpLimits] bounds for all
/// versions (time for a head, a body's rate, idle time, age). Every guard against a peer of this
/// protocol stands here.
///
/// A peer that passes a bound of its connection is told GOAWAY with ENHANCE_YOUR_CALM (or what RFC
/// 9113 demands) and the connection ends; one that passes a bound of a stream has that stream
/// reset. Both are counted under a [io.tidegate.net.CutReason].
///
/// @param streams open at once, advertised and enforced; a handler at work off the loop counts
///   until it has ended, though its stream was reset. More are refused (REFUSED_STREAM,
///   `stream_limit`)
/// @param lifetimeStreams of one connection; then GOAWAY with NO_ERROR, and those open go on. Ids
///   end at 2^30 streams in any case
/// @param listBytes largest head or trailer section, as HPACK counts it after decoding (32 B a
///   field added), and as it travels; a larger one is answered 431, or is a connection's error if
///   it could not be decoded without keeping more
/// @param fields most fields in a section, pseudo-fields included, a cookie in crumbs as one; more
///   are answered 431
/// @param tableBytes of the decoder's HPACK table, as HPACK counts them, a multiple of 32, at least
///   4 KiB; charged at what they really hold
/// @param continuations most CONTINUATION frames of one section
/// @param resets streams that the peer resets before their answer has begun, and that it makes us
///   reset: those too that are refused because as many as may be are open
/// @param glitches frames that carry nothing forward: SETTINGS, PING where no DATA was sent since
///   the last, GOAWAY, PRIORITY, unknown types, credit for no stream beyond what was sent, streams
///   that are refused for want of memory; an empty one where bytes belong counts as ten
/// @param smallFrames DATA of under 128 B that does not end its stream and belongs to no WebSocket,
///   credit of under 128 B, and DATA that its window forces us to cut as small
/// @param settings most entries of one SETTINGS frame
/// @param controlBytes of acknowledgements, resets and credit that may wait for a peer that does
///   not read them
/// @param flow how slowly a peer may give credit for what waits; the clock runs while bytes wait
///   for credit alone, and control frames do not turn it back
/// @param settingsTimeout until our SETTINGS are acknowledged
/// @param firstWindowBytes what a stream may send at first, charged when it opens (less if its
///   content-length is smaller): a hundred such streams fit into a connection's 2 MiB
/// @param mostWindowBytes what a stream's window grows to by doubling, each time charged before
/// @param connectionWindowBytes what all streams together may have on its way; it is no promise of
///   memory, for each byte of it is one of a stream's window too
/// @param drain longest time that streams go on after GOAWAY
public record Http2Limits(
    int streams,
    int lifetimeStreams,
    int listBytes,
    int fields,
    int tableBytes,
    int continuations,
    Rate resets,
    Rate glitches,
    Rate smallFrames,
    int settings,
    int controlBytes,
    WriteLimits flow,
    Duration settingsTimeout,
    int firstWindowBytes,
    int mostWindowBytes,
    int connectionWindowBytes,
    Duration drain) {
  /// For servers open to anyone.
  public static final Http2Limits DEFAULT =
      new Http2Limits(
          100,
          100_000,
          16 * 1024,
          100,
          4 * 1024,
          8,
          new Rate(200, Duration.ofSeconds(30)),
          new Rate(1_000, Duration.ofSeconds(10)),
          new Rate(10_000, Duration.ofSeconds(10)),
          32,
          32 * 1024,
          WriteLimits.DEFAULT,
          Duration.ofSeconds(10),
          16 * 1024,
          1024 * 1024,
          1024 * 1024,
          Duration.ofMinutes(10));

  /// Session, its maps and deadlines, and the HPACK coders without their tables.
  private static final int OBJECT_BYTES = 3 * 1024;

  /// Closed streams that are told apart, beyond twice as many as may be open: what is on its way
  /// when they end is for one of them.
  private static final int REMEMBERED_BESIDES = 56;

  /// Entries of the encoder's table: 16 slots in Netty's, which then keeps 1 KiB by HPACK's count.
  static final int ENCODER_SLOTS = 16;

  private static final int ENCODER_BYTES = 6 * 1024;

  /// What a peer may use before it has our SETTINGS (RFC 9113 §6.5.2): Netty's decoder takes its
  /// first request for broken where the table is smaller.
  private static final int LEAST_TABLE_BYTES = 4 * 1024;

  /// @throws IllegalArgumentException if a bound is not in its range
  public Http2Limits {
    within("streams", streams, 1, 1_000);
    within("lifetimeStreams", lifetimeStreams, streams, 1 << 30);
    within("listBytes", listBytes, 1024, 48 * 1024);
    within("fields", fields, 8, 1_000);
    within("tableBytes", tableBytes, LEAST_TABLE_BYTES, 64 * 1024);
    if (tableBytes % 32 != 0)
      throw new IllegalArgumentException("tableBytes no multiple of 32: " + tableBytes);
    within("continuations", continuations, 0, 1_000);
    within("settings", settings, 8, 1_000);
    within("controlBytes", controlBytes, 1024, 1024 * 1024);
    within("firstWindowBytes", firstWindowBytes, 1024, FrameType.FIRST_WINDOW);
    within("mostWindowBytes", mostWindowBytes, firstWindowBytes, 1 << 24);
    within("connectionWindowBytes", connectionWindowBytes, FrameType.FIRST_WINDOW, 1 << 24);
    positive("settingsTimeout", settingsTimeout);
    positive("drain", drain);
  }

  private static void within(String name, int value, int least, int most) {
    if (value < least || value > most)
      throw new IllegalArgumentException(name + " not in " + least + ".." + most + ": " + value);
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) throw new IllegalArgumentException(name + " not positive: " + value);
  }

  /// What a connection costs the heap purse besides [io.tidegate.net.Connection#HEAP_PRICE]. An
  /// entry that HPACK counts as 32 B holds 136 (two strings, two arrays and itself), so the
  /// decoder's table is charged at four and a half times its size.
  public int heapPriceBytes() {
    return OBJECT_BYTES + rememberedStreams() * Integer.BYTES + tableBytes / 2 * 9 + ENCODER_BYTES;
  }

  int rememberedStreams() {
    return 2 * streams + REMEMBERED_BESIDES;
  }

  /// These limits with another number of streams.
  public Http2Limits withStreams(int streams) {
    return new Http2Limits(
        streams,
        lifetimeStreams,
        listBytes,
        fields,
        tableBytes,
        continuations,
        resets,
        glitches,
        smallFrames,
        settings,
        controlBytes,
        flow,
        settingsTimeout,
        firstWindowBytes,
        mostWindowBytes,
        connectionWindowBytes,
        drain);
  }

  /// These limits with other patience for credit.
  public Http2Limits withFlow(WriteLimits flow) {
    return new Http2Limits(
        streams,
        lifetimeStreams,
        listBytes,
        fields,
        tableBytes,
        continuations,
        resets,
        glitches,
        smallFrames,
        settings,
        controlBytes,
        flow,
        settingsTimeout,
        firstWindowBytes,
        mostWindowBytes,
        connectionWindowBytes,
        drain);
  }

  /// These limits with another time for the acknowledgement of our SETTINGS.
  public Http2Limits withSettingsTimeout(Duration settingsTimeout) {
    return new Http2Limits(
        streams,
        lifetimeStreams,
        listBytes,
        fields,
        tableBytes,
        continuations,
        resets,
        glitches,
        smallFrames,
        settings,
        controlBytes,
        flow,
        settingsTimeout,
        firstWindowBytes,
        mostWindowBytes,
        connectionWindowBytes,
        drain);
  }

  /// These limits with another number of streams in a connection's life.
  public Http2Limits withLifetimeStreams(int lifetimeStreams) {
    return new Http2Limits(
        streams,
        lifetimeStreams,
        listBytes,
        fields,
        tableBytes,
        continuations,
        resets,
        glitches,
        smallFrames,
        settings,
        controlBytes,
        flow,
        settingsTimeout,
        firstWindowBytes,
        mostWindowBytes,
        connectionWindowBytes,
        drain);
  }
}
