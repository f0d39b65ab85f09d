/// HTTP and WebSocket on connections whose memory is bounded by construction.
@org.jspecify.annotations.NullMarked
module io.tidegate {
  requires static transitive org.jspecify;
  requires transitive io.tidegate.ledger;
  requires transitive io.netty.buffer;
  requires transitive io.netty.common;
  requires transitive io.netty.transport;
  requires io.netty.codec;
  requires io.netty.codec.http2;
  requires io.netty.handler;
  requires io.netty.transport.unix.common;
  requires io.netty.transport.classes.epoll;
  requires jdk.jfr;
  requires org.slf4j;

  exports io.tidegate.client;
  exports io.tidegate.client.pool;
  exports io.tidegate.files;
  exports io.tidegate.http;
  exports io.tidegate.http.form;
  exports io.tidegate.http.h2;
  exports io.tidegate.http.message;
  exports io.tidegate.http.semantics;
  exports io.tidegate.hub;
  exports io.tidegate.hub.outlet;
  exports io.tidegate.net;
  exports io.tidegate.net.tls;
  exports io.tidegate.observe;
  exports io.tidegate.outbound;
  exports io.tidegate.server;
  exports io.tidegate.stream;
  exports io.tidegate.websocket;
  exports io.tidegate.websocket.frame;
}
