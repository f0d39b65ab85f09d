package io.tidegate.cli;

import io.tidegate.agent.Agent;
import io.tidegate.agent.AgentConfig;
import io.tidegate.agent.AgentListener;
import io.tidegate.demo.SampleApp;
import io.tidegate.edge.Edge;
import io.tidegate.edge.EdgeConfig;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loops;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/// Edge, sample app and agent on the same loops: a whole tunnel in one process.
///
/// @param edge where visitors arrive
/// @param app what is exposed
/// @param agent exposes it as `demo`
record Demo(Edge edge, SampleApp app, Agent agent) implements AutoCloseable {
  static final String NAME = "demo";

  /// Opens all three; the tunnel stands once `listener` says so.
  ///
  /// @throws IOException if an address cannot be bound
  static Demo open(Loops loops, List<InetSocketAddress> listen, AgentListener listener)
      throws IOException {
    var visitors = ListenerConfig.forVisitors(listen.getFirst());
    // the heap that carries connections is shared by every listener and by the app's own
    int each = Math.max(16, visitors.maxConnections() / (listen.size() + 1));
    var config =
        EdgeConfig.onLoopback("localhost", listen.toArray(InetSocketAddress[]::new))
            .withVisitors(visitors.withMaxConnections(each));
    var edge = Edge.open(loops, config);
    try {
      var app = SampleApp.open(loops);
      var agentConfig =
          AgentConfig.of(URI.create("http://127.0.0.1:" + edge.port()), app.port()).withName(NAME);
      return new Demo(edge, app, Agent.start(loops, agentConfig, listener));
    } catch (IOException failed) {
      edge.close();
      throw failed;
    }
  }

  @Override
  public void close() {
    agent.close();
    app.close();
    edge.close();
  }
}
