package io.tidegate.proof.peers;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;
import static io.netty.handler.codec.http.HttpHeaderValues.CLOSE;
import static io.netty.handler.codec.http.HttpHeaderValues.WEBSOCKET;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.stream.ChunkedStream;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// One connection: answers each request behind its body, and flushes once a read. On its loop.
final class NettyHello extends ChannelInboundHandlerAdapter {
  private static final ByteBuf TEXT =
      Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(Contract.text()).asReadOnly());

  private @Nullable HttpRequest request;
  private @Nullable WebSocketServerHandshaker handshaker;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof HttpRequest head) begin(ctx, head);
      if (message instanceof LastHttpContent) end(ctx);
      if (message instanceof WebSocketFrame frame) echo(ctx, frame);
    } finally {
      var _ = ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    var _ = ctx.flush();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = ctx.close();
  }

  private void begin(ChannelHandlerContext ctx, HttpRequest head) {
    request = head;
    if (HttpUtil.is100ContinueExpected(head)) {
      var _ = ctx.writeAndFlush(answer(HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
    if (head.headers().contains(UPGRADE, WEBSOCKET, true)) upgrade(ctx, head);
  }

  private void end(ChannelHandlerContext ctx) {
    var head = request;
    request = null;
    if (head == null) return; // it became a WebSocket
    if (head.decoderResult().isFailure()) {
      var refusal = answer(HttpResponseStatus.BAD_REQUEST, Unpooled.EMPTY_BUFFER);
      var _ = ctx.write(refusal).addListener(ChannelFutureListener.CLOSE);
    } else if (head.uri().startsWith(Contract.BYTES)) {
      bytes(ctx, Contract.count(head.uri()));
    } else {
      hello(ctx, HttpUtil.isKeepAlive(head));
    }
  }

  private static void hello(ChannelHandlerContext ctx, boolean keeps) {
    var answer = answer(HttpResponseStatus.OK, TEXT.duplicate());
    var _ = answer.headers().set(CONTENT_TYPE, Contract.TEXT_TYPE);
    if (keeps) {
      var _ = ctx.write(answer);
    } else {
      var _ = answer.headers().set(CONNECTION, CLOSE);
      var _ = ctx.write(answer).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private static DefaultFullHttpResponse answer(HttpResponseStatus status, ByteBuf body) {
    var answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    if (!status.equals(HttpResponseStatus.CONTINUE)) {
      var _ = answer.headers().setInt(CONTENT_LENGTH, body.readableBytes());
    }
    return answer;
  }

  private static void bytes(ChannelHandlerContext ctx, long count) {
    if (ctx.pipeline().get(ChunkedWriteHandler.class) == null) {
      var _ = ctx.pipeline().addBefore(ctx.name(), "pieces", new ChunkedWriteHandler());
    }
    var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    HttpUtil.setContentLength(head, count);
    var _ = ctx.write(head);
    var _ = ctx.writeAndFlush(new HttpChunkedInput(new ChunkedStream(Contract.stream(count))));
  }

  // ---- WebSockets

  private void upgrade(ChannelHandlerContext ctx, HttpRequest head) {
    var opening = new WebSocketServerHandshakerFactory(head.uri(), null, false).newHandshaker(head);
    if (opening == null) {
      var _ = WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(ctx.channel());
      return;
    }
    request = null;
    handshaker = opening;
    var whole =
        new DefaultFullHttpRequest(
            head.protocolVersion(),
            head.method(),
            head.uri(),
            Unpooled.EMPTY_BUFFER,
            head.headers(),
            EmptyHttpHeaders.INSTANCE);
    var _ = opening.handshake(ctx.channel(), whole);
  }

  private void echo(ChannelHandlerContext ctx, WebSocketFrame frame) {
    switch (frame) {
      case CloseWebSocketFrame close -> {
        var opened = handshaker;
        if (opened != null) {
          var _ = opened.close(ctx, close.retain());
        }
      }
      case PingWebSocketFrame ping -> {
        var _ = ctx.write(new PongWebSocketFrame(ping.content().retain()));
      }
      case PongWebSocketFrame _ -> {}
      default -> {
        var _ = ctx.write(frame.retain());
      }
    }
  }
}
