package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.agent.AgentConfig;
import io.tidegate.edge.keys.LoopbackKey;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChaosProxy;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.ExtendWith;

/// Links that break all at once, as when a network goes away or a process was stopped.
@ExtendWith(Balanced.class)
class LostLinksSystemTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /// The first lost link is replaced while the session still lives; by the time the replacement
  /// stands the session may be another.
  ///
  /// Each round has its own agent: one that is cut again and again pauses for longer each time.
  @RepeatedTest(5)
  void anAgentWhoseLinksAllBreakAtOnceComesBackAndDoesNotSupersedeItself() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 2);
        var proxy = ChaosProxy.open(rig.address())) {
      var key = LoopbackKey.read(rig.edge.port());
      var through = URI.create("http://127.0.0.1:" + proxy.address().getPort());
      var _ = rig.expose("demo", agent -> through(agent, through, String.valueOf(key)));
      Eventually.await(SOON, () -> "links: " + rig.heard.ends, () -> linkCount(rig) >= 2);

      proxy.resetAll();
      Eventually.await(
          SOON,
          () -> "the tunnel: " + rig.heard.waits + rig.heard.ends,
          () -> !rig.heard.ends.isEmpty() || (proxy.connections() >= 2 && isAnswered(rig)));

      assertThat(rig.heard.ends).isEmpty();
    }
  }

  private static boolean isAnswered(TunnelRig rig) {
    try (var visitor = rig.visit()) {
      return visitor.get(rig.host(), "/bytes/13").status() == 200;
    } catch (IOException _) {
      return false; // by a link that has ended under it
    }
  }

  private static AgentConfig through(AgentConfig agent, URI edge, String token) {
    return new AgentConfig(
        edge,
        token,
        agent.name(),
        agent.app(),
        agent.hostHeader(),
        agent.upgrades(),
        agent.insecure(),
        agent.wire(),
        agent.connectTimeout(),
        agent.authorities());
  }

  private static int linkCount(TunnelRig rig) {
    int count = 0;
    for (var session : rig.edge.sessions()) count += session.linkCount();
    return count;
  }
}
