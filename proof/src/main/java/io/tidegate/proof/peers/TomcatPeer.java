package io.tidegate.proof.peers;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Set;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

/// Tomcat, embedded: one servlet and one endpoint, on its pool of threads.
public final class TomcatPeer {
  private static final byte[] TEXT = Contract.text();

  private TomcatPeer() {}

  /// Serves until it is ended.
  public static void main(String... arguments) throws IOException, LifecycleException {
    var address = Contract.address(arguments);
    var home = Files.createTempDirectory("tidegate-tomcat");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(home)));
    var tomcat = new Tomcat();
    tomcat.setBaseDir(home.toString());
    tomcat.setPort(address.getPort());
    var _ = tomcat.getConnector().setProperty("address", address.getHostString());
    var context = tomcat.addContext("", home.toString());
    var _ = Tomcat.addServlet(context, "hello", new Hello());
    context.addServletMappingDecoded("/*", "hello");
    context.addServletContainerInitializer(new WsSci(), Set.of());
    context.addServletContainerInitializer((_, services) -> addEcho(services), Set.of());
    tomcat.start();
    Contract.ready("tomcat", tomcat.getConnector().getLocalPort());
    tomcat.getServer().await();
  }

  private static void addEcho(ServletContext services) throws ServletException {
    var container = (ServerContainer) services.getAttribute(ServerContainer.class.getName());
    try {
      container.addEndpoint(
          ServerEndpointConfig.Builder.create(Echo.class, Contract.SOCKET).build());
    } catch (DeploymentException wrong) {
      throw new ServletException(wrong);
    }
  }

  private static void remove(Path directory) {
    try (var all = Files.walk(directory)) {
      for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
        var _ = Files.deleteIfExists(path);
      }
    } catch (IOException _) {
      // what is still written to stays, in the system's directory for such files
    }
  }

  private static final class Hello extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      var path = request.getRequestURI();
      if (path.startsWith(Contract.BYTES)) {
        long count = Contract.count(path);
        response.setContentLengthLong(count);
        Contract.write(response.getOutputStream(), count);
        return;
      }
      var _ = request.getInputStream().transferTo(OutputStream.nullOutputStream());
      response.setContentType(Contract.TEXT_TYPE);
      response.setContentLength(TEXT.length);
      response.getOutputStream().write(TEXT);
    }
  }

  /// One WebSocket; public, since Tomcat makes it.
  public static final class Echo extends Endpoint {
    /// For Tomcat.
    public Echo() {}

    @Override
    public void onOpen(Session session, EndpointConfig config) {
      session.addMessageHandler(String.class, text -> reply(session, text));
      session.addMessageHandler(ByteBuffer.class, bytes -> reply(session, bytes));
    }

    private static void reply(Session session, String text) {
      try {
        session.getBasicRemote().sendText(text);
      } catch (IOException _) {
        // the peer has gone
      }
    }

    private static void reply(Session session, ByteBuffer bytes) {
      try {
        session.getBasicRemote().sendBinary(bytes);
      } catch (IOException _) {
        // the peer has gone
      }
    }
  }
}
