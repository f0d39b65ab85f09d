package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.LoopHandler;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import org.jspecify.annotations.Nullable;

/// What each frame of the peer does, RFC 9113 §5 and §6: one connection's rules. Belongs to its
/// loop.
final class Frames implements FrameReader.Sink {
  private final Http2Server server;
  private final Connection connection;
  private final LoopKit kit;
  private final Admission admission;
  private final Streams streams;
  private final FrameSender sender;
  private final Gathered gathered;
  private final Gathered section;
  private @Nullable Http2Stream receiving;

  /// Bytes of DATA that the connection's window has not been given back for.
  private int taken;

  /// The stream whose section is not complete, 0 if there is none.
  private int sectionOf;

  private boolean sectionEnds;
  private int continuations;
  private boolean greeted;

  /// Frames for streams that are gone; a few of them are in order.
  private int late;

  /// Credit for streams that are gone.
  private long lateCredit;

  /// Bytes of DATA that had been sent when the last PING came.
  private long sentAtPing;

  Frames(Http2Server server, LoopKit kit, LoopHandler handler) {
    this.server = server;
    this.connection = server.connection();
    this.kit = kit;
    this.admission = new Admission(server, kit, handler);
    this.streams = server.streams();
    this.sender = server.sender();
    this.gathered = new Gathered(connection.account());
    this.section = new Gathered(connection.account());
  }

  Gathered gathered() {
    return gathered;
  }

  boolean isBetweenSections() {
    return sectionOf == 0;
  }

  void close() {
    gathered.clear();
    section.clear();
  }

  @Override
  public boolean isOver() {
    return server.isOver();
  }

  @Override
  public boolean isStopped() {
    return server.isOver() || sender.isCongested();
  }

  @Override
  public void violated(Http2Error error, String detail) {
    server.violated(error, detail);
  }

  @Override
  public void refused() {
    server.refused();
  }

  // ---- the head of a frame

  @Override
  public boolean frame(int type, int flags, int stream, int length) {
    if (!greeted && (type != FrameType.SETTINGS || (flags & FrameType.ACK) != 0)) {
      violated(Http2Error.PROTOCOL_ERROR, "begins without SETTINGS");
    } else if (sectionOf != 0 && (type != FrameType.CONTINUATION || stream != sectionOf)) {
      violated(Http2Error.PROTOCOL_ERROR, "frame within a field section");
    } else if (type > FrameType.CONTINUATION) {
      server.glitched();
    } else {
      checkPlace(type, stream);
      if (!isOver()) checkLength(type, flags, length);
    }
    return !isOver();
  }

  private void checkPlace(int type, int stream) {
    boolean ofConnection =
        type == FrameType.SETTINGS || type == FrameType.PING || type == FrameType.GOAWAY;
    if (ofConnection ? stream != 0 : stream == 0 && type != FrameType.WINDOW_UPDATE)
      violated(Http2Error.PROTOCOL_ERROR, "frame on the wrong stream");
    else if (type == FrameType.PUSH_PROMISE)
      violated(Http2Error.PROTOCOL_ERROR, "clients push nothing");
    else if (type == FrameType.CONTINUATION && sectionOf == 0)
      violated(Http2Error.PROTOCOL_ERROR, "nothing to continue");
  }

  private void checkLength(int type, int flags, int length) {
    boolean right =
        switch (type) {
          case FrameType.PRIORITY -> length == 5;
          case FrameType.RST_STREAM, FrameType.WINDOW_UPDATE -> length == 4;
          case FrameType.PING -> length == 8;
          case FrameType.GOAWAY -> length >= 8;
          case FrameType.SETTINGS ->
              (flags & FrameType.ACK) != 0 ? length == 0 : length % FrameType.SETTING_BYTES == 0;
          default -> true;
        };
    if (!right) violated(Http2Error.FRAME_SIZE_ERROR, "frame of a wrong length");
    else if (type == FrameType.SETTINGS
        && length > server.limits().settings() * FrameType.SETTING_BYTES)
      server.flooded("settings");
  }

  // ---- DATA

  @Override
  public boolean data(int id, int length, boolean ends) {
    receiving = null;
    var stream = streams.get(id);
    if (stream == null) {
      dataOfNone(id, length);
      take(length);
      return false;
    }
    var wrong = stream.announced(length, ends);
    if (wrong != null) {
      server.streamViolated(stream, wrong);
      take(length);
      return false;
    }
    take(length);
    receiving = stream;
    return true;
  }

  private void dataOfNone(int id, int length) {
    switch (streams.past(id)) {
      case IDLE -> violated(Http2Error.PROTOCOL_ERROR, "DATA on an idle stream");
      case ENDED, FORGOTTEN -> violated(Http2Error.STREAM_CLOSED, "DATA on a closed stream");
      case RESET -> lateData(length);
    }
  }

  /// What we reset had credit, and what is on its way by that is in order, RFC 9113 §5.1.
  private void lateData(int length) {
    if (!streams.takesLate(length)) server.glitched();
    else if (length < Http2Stream.SMALL && !server.floods().small())
      server.flooded("DATA in crumbs");
  }

  /// The connection's window is given back at once: the stream's has paid for the bytes, or they
  /// are skipped.
  private void take(int length) {
    if (isOver()) return;
    taken += length;
    if (taken > server.limits().connectionWindowBytes()) {
      violated(Http2Error.FLOW_CONTROL_ERROR, "DATA past the connection's window");
    } else if (taken >= server.limits().connectionWindowBytes() / 2) {
      sender.update(0, taken);
      taken = 0;
    }
  }

  @Override
  public void dataBytes(ByteBuf piece) {
    var stream = receiving;
    if (stream == null || stream.isClosed()) piece.release();
    else stream.deliver(piece);
  }

  @Override
  public void dataSkipped(int bytes) {
    var stream = receiving;
    if (stream != null && !stream.isClosed()) stream.skipped(bytes);
  }

  @Override
  public void dataEnd() {
    var stream = receiving;
    receiving = null;
    if (stream != null && !stream.dataEnd()) server.flooded("empty or small DATA");
  }

  // ---- other frames

  @Override
  public void whole(int type, int flags, int id, ByteBuf payload) {
    switch (type) {
      case FrameType.HEADERS -> headers(id, flags, payload);
      case FrameType.CONTINUATION -> continuation(flags, payload);
      case FrameType.PRIORITY -> priority(id, payload);
      case FrameType.RST_STREAM -> reset(id);
      case FrameType.SETTINGS -> settings(flags, payload);
      case FrameType.PING -> ping(flags, payload);
      case FrameType.GOAWAY -> goAway();
      case FrameType.WINDOW_UPDATE -> credit(id, payload.readInt() & Integer.MAX_VALUE);
      default -> throw new IllegalStateException("no frame of type " + type + " comes here");
    }
  }

  private void settings(int flags, ByteBuf payload) {
    if ((flags & FrameType.ACK) != 0) {
      if (!server.acknowledgedByPeer()) server.glitched();
      return;
    }
    if (greeted) server.glitched();
    int before = server.peer().firstWindow();
    var wrong = server.peer().read(payload);
    if (wrong != null) {
      violated(wrong, "setting out of its range");
      return;
    }
    server.heads().peerTable(server.peer().tableBytes());
    long more = (long) server.peer().firstWindow() - before;
    if (more != 0) changeWindows(more);
    if (isOver()) return;
    sender.acknowledgeSettings();
    if (!greeted) server.greeted();
    greeted = true;
  }

  private void changeWindows(long more) {
    for (var stream : streams.all()) {
      if (stream.creditByPeer(more)) continue;
      violated(Http2Error.FLOW_CONTROL_ERROR, "window past 2^31 - 1");
      return;
    }
  }

  private void goAway() {
    if (!server.peerGoesAway()) server.glitched();
  }

  /// A peer may measure what it receives, as gRPC does by a PING for each round trip: one for DATA
  /// that was sent is no glitch.
  private void ping(int flags, ByteBuf payload) {
    boolean acknowledges = (flags & FrameType.ACK) != 0;
    if (acknowledges || sender.sentBytes() == sentAtPing) server.glitched();
    sentAtPing = sender.sentBytes();
    if (!acknowledges && !isOver()) sender.pong(payload.readLong());
  }

  /// Priorities mean nothing any more, RFC 9113 §5.3.2; nonsense is refused all the same.
  private void priority(int id, ByteBuf payload) {
    server.glitched();
    if (!isOver()) checkDependency(id, payload);
  }

  private void checkDependency(int id, ByteBuf payload) {
    int on = payload.readInt() & Integer.MAX_VALUE;
    payload.skipBytes(1);
    if (on == id) violated(Http2Error.PROTOCOL_ERROR, "stream that depends on itself");
  }

  private void reset(int id) {
    var stream = streams.get(id);
    if (stream == null) {
      lateFrame(id);
      return;
    }
    // who leaves an answer that has begun, as a page does with its pictures, has paid for it by
    // waiting
    boolean answered = stream.hasAnswered();
    stream.resetByPeer();
    if (!answered && !server.floods().reset()) server.flooded("resets");
  }

  /// A frame on a stream that is gone: what crossed its end is in order.
  private void lateFrame(int id) {
    if (streams.past(id) == Streams.Past.IDLE)
      violated(Http2Error.PROTOCOL_ERROR, "frame on an idle stream");
    else if (++late > 2 * streams.opened() && !server.floods().glitch())
      server.flooded("frames on closed streams");
  }

  private void credit(int id, int bytes) {
    if (id == 0) {
      creditOfAll(bytes);
      return;
    }
    var stream = streams.get(id);
    if (stream == null) lateCredit(id, bytes);
    else if (bytes == 0) server.streamViolated(stream, Http2Error.PROTOCOL_ERROR);
    else if (!stream.creditByPeer(bytes))
      server.streamViolated(stream, Http2Error.FLOW_CONTROL_ERROR);
    else if (bytes < Http2Stream.SMALL) smallCredit();
  }

  /// Who gives credit for each part of an answer as he takes it, as Go's client does, gives most of
  /// it behind the answer's end: it is no more than was sent.
  private void lateCredit(int id, int bytes) {
    lateCredit += bytes;
    if (streams.past(id) == Streams.Past.IDLE || lateCredit > sender.sentBytes()) lateFrame(id);
    else if (bytes < Http2Stream.SMALL) smallCredit();
  }

  private void creditOfAll(int bytes) {
    if (bytes == 0) violated(Http2Error.PROTOCOL_ERROR, "no credit");
    else if (!sender.creditByPeer(bytes))
      violated(Http2Error.FLOW_CONTROL_ERROR, "window past 2^31 - 1");
    else if (bytes < Http2Stream.SMALL) smallCredit();
  }

  private void smallCredit() {
    if (!server.floods().small()) server.flooded("credit in crumbs");
  }

  // ---- field sections

  private void headers(int id, int flags, ByteBuf payload) {
    if ((id & 1) == 0) {
      violated(Http2Error.PROTOCOL_ERROR, "stream of ours");
      return;
    }
    if (!strip(id, flags, payload)) return;
    sectionEnds = (flags & FrameType.END_STREAM) != 0;
    if ((flags & FrameType.END_HEADERS) != 0) {
      complete(id, payload);
      return;
    }
    sectionOf = id;
    continuations = 0;
    server.sectionPending(true);
    append(payload);
  }

  /// Leaves the fragment alone in `payload`; false if it is not there.
  private boolean strip(int id, int flags, ByteBuf payload) {
    boolean padded = (flags & FrameType.PADDED) != 0;
    boolean prioritized = (flags & FrameType.PRIORITIZED) != 0;
    if (payload.readableBytes() < (padded ? 1 : 0) + (prioritized ? 5 : 0)) {
      violated(Http2Error.FRAME_SIZE_ERROR, "HEADERS too short");
      return false;
    }
    int padding = padded ? payload.readUnsignedByte() : 0;
    if (prioritized) checkDependency(id, payload);
    if (padding > payload.readableBytes())
      violated(Http2Error.PROTOCOL_ERROR, "more padding than HEADERS");
    else payload.writerIndex(payload.writerIndex() - padding);
    return !isOver();
  }

  private void append(ByteBuf fragment) {
    int bytes = fragment.readableBytes();
    if (section.length() + bytes > server.limits().listBytes())
      server.end(Http2Error.ENHANCE_YOUR_CALM, CutReason.TOO_LARGE, "field section too large");
    else if (!section.append(fragment, bytes)) refused();
  }

  private void continuation(int flags, ByteBuf payload) {
    if (++continuations > server.limits().continuations()) {
      server.flooded("continuations");
      return;
    }
    if (!payload.isReadable()) server.glitched();
    if (isOver()) return;
    append(payload);
    if (isOver() || (flags & FrameType.END_HEADERS) == 0) return;
    int id = sectionOf;
    sectionOf = 0;
    server.sectionPending(false);
    complete(id, section.view());
    section.clear();
  }

  /// A whole section has come. It is decoded whatever becomes of it, for the table's sake.
  private void complete(int id, ByteBuf block) {
    var stream = streams.get(id);
    kit.reader().begin();
    var outcome = server.heads().decode(id, block);
    if (outcome == Heads.Outcome.BROKEN)
      violated(Http2Error.COMPRESSION_ERROR, "field section could not be decoded");
    else if (stream != null) trailers(stream, outcome);
    else
      switch (streams.past(id)) {
        case IDLE -> admission.open(id, outcome, sectionEnds);
        case ENDED -> violated(Http2Error.STREAM_CLOSED, "HEADERS on a closed stream");
        case FORGOTTEN -> violated(Http2Error.PROTOCOL_ERROR, "stream id that was passed over");
        case RESET -> server.glitched();
      }
  }

  private void trailers(Http2Stream stream, Heads.Outcome outcome) {
    if (stream.isInputEnded()) {
      server.streamViolated(stream, Http2Error.STREAM_CLOSED);
    } else if (!sectionEnds || stream.isTunnel()) {
      server.streamViolated(stream, Http2Error.PROTOCOL_ERROR);
    } else if (outcome == Heads.Outcome.TOO_LARGE) {
      stream.reset(CutReason.TOO_LARGE);
      server.provoked();
    } else if (kit.reader().trailers(kit.builder()) != null) {
      server.streamViolated(stream, Http2Error.PROTOCOL_ERROR);
    } else {
      stream.trailersByPeer(kit.reader().trailers());
    }
  }
}
