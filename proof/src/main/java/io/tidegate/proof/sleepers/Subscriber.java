package io.tidegate.proof.sleepers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// One subscriber, which comes back as soon as it was cut and goes on where it was. All of it
/// belongs to its crowd's loop but what is said to be seen by any thread.
///
/// One that sleeps reads until the hub has told it where it stands, and then nothing; the kernel
/// tells of a reset all the same, and what had come before that is then read for its book.
final class Subscriber {
  private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};

  private final Crowd crowd;
  private final Door door;
  private final Policy policy;
  private final Book book;
  private @Nullable Channel channel;
  private boolean isAwake;
  private boolean isStanding;
  private boolean hasLeft;
  private long goal = Long.MAX_VALUE;
  private int cuts;
  private volatile boolean isDone;
  private volatile boolean wasEnded;

  Subscriber(Crowd crowd, Door door, Policy policy, boolean isAwake) {
    this.crowd = crowd;
    this.door = door;
    this.policy = policy;
    this.isAwake = isAwake;
    this.book = new Book(crowd);
  }

  Door door() {
    return door;
  }

  Policy policy() {
    return policy;
  }

  /// Read it once its crowd has been closed, or on the loop.
  Book book() {
    return book;
  }

  /// How often the hub has ended it. As [#book].
  int cuts() {
    return cuts;
  }

  /// Whether it was cut, or told what it has missed, and only as its policy says. As [#book].
  boolean wasTold() {
    boolean fits = policy == Policy.LIVE || book.behind() == 0;
    return fits && (cuts > 0 || book.gaps() > 0);
  }

  // ---- waking and leaving

  /// Reads from now on, until it has reached message `upTo` or was ended.
  void wake(long upTo) {
    isAwake = true;
    goal = upTo;
    if (channel != null) {
      var _ = channel.read();
    }
    look();
  }

  /// Whether it has reached what it was woken for, or was ended since. Any thread.
  boolean isDone() {
    return isDone;
  }

  /// Whether the hub ended it once it was awake. Any thread.
  boolean wasEnded() {
    return wasEnded;
  }

  /// Resets its connection, for good.
  void leave() {
    hasLeft = true;
    if (channel != null) {
      var _ = channel.close();
    }
  }

  private void look() {
    if (goal <= book.last()) isDone = true;
  }

  // ---- its connection

  /// What becomes of the next connection.
  ChannelInboundHandlerAdapter line() {
    return new Line();
  }

  private final class Line extends ChannelInboundHandlerAdapter {
    private final ByteBuf bytes = Unpooled.buffer(0);
    private final int openingsBefore = book.openings();
    private @Nullable Reading reading;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      channel = context.channel();
      if (hasLeft) {
        var _ = context.close();
        return;
      }
      say(context, door.request(crowd.port(), crowd.topic(), policy, book));
      var _ = context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
      var read = (ByteBuf) message;
      try {
        bytes.writeBytes(read);
      } finally {
        read.release();
      }
      crowd.reads();
      if (reading == null && hasHead()) reading = door.read(book);
      if (reading == null) return;
      try {
        reading.read(bytes, back -> say(context, back));
      } finally {
        bytes.discardReadBytes();
        if (!isStanding && book.openings() > openingsBefore) stands();
        look();
      }
    }

    private boolean hasHead() throws IOException {
      int end = io.netty.buffer.ByteBufUtil.indexOf(Unpooled.wrappedBuffer(END_OF_HEAD), bytes);
      if (end < 0) return false;
      var head = bytes.readCharSequence(end + END_OF_HEAD.length, ISO_8859_1).toString();
      if (head.startsWith("HTTP/1.1 101 ") || head.startsWith("HTTP/1.1 200 ")) return true;
      throw new IOException("refused: " + head.lines().findFirst().orElse(""));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      if (isAwake || !isStanding) {
        var _ = context.read();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (!isStanding) crowd.refused(cause);
      var _ = context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      channel = null;
      boolean stood = isStanding;
      isStanding = false;
      if (stood) crowd.ended();
      if (hasLeft) return;
      if (stood) wasCut();
      if (goal < Long.MAX_VALUE) {
        wasEnded = true;
        isDone = true;
      } else if (stood) {
        crowd.connect(Subscriber.this);
      } else {
        crowd.connectLater(Subscriber.this);
      }
    }
  }

  private void wasCut() {
    cuts++;
    crowd.cut(isAwake);
  }

  private void stands() {
    isStanding = true;
    crowd.stands();
  }

  private static void say(ChannelHandlerContext context, byte[] bytes) {
    var _ = context.writeAndFlush(Unpooled.wrappedBuffer(bytes));
  }
}
