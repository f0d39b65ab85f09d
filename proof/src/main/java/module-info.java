/// Programs that prove what the documentation says: they start Tidegate and its peers as processes
/// and measure them.
@org.jspecify.annotations.NullMarked
module io.tidegate.proof {
  requires static transitive org.jspecify;
  requires io.tidegate;
  requires io.tidegate.cli;
  requires io.tidegate.testkit;
  requires com.fasterxml.jackson.core;
  requires info.picocli;
  requires java.management;
  requires java.net.http;

  // servers of other stacks, for io.tidegate.proof.peers alone
  requires io.helidon.webserver;
  requires io.helidon.webserver.websocket;
  requires io.netty.codec;
  requires io.netty.codec.http;
  requires io.netty.handler;
  requires io.netty.transport.classes.epoll;
  requires static io.vertx.codegen.api; // its annotations alone
  requires io.vertx.core;
  requires org.apache.tomcat.embed.core;
  requires org.apache.tomcat.embed.websocket;
  requires org.eclipse.jetty.server;
  requires org.eclipse.jetty.websocket.server;
  requires org.java_websocket;
  requires undertow.core;
  requires xnio.api;

  opens io.tidegate.proof to
      info.picocli;
  opens io.tidegate.proof.hub to
      info.picocli;
  opens io.tidegate.proof.server to
      info.picocli;
  opens io.tidegate.proof.sleepers to
      info.picocli;
  opens io.tidegate.proof.torture to
      info.picocli;
}
