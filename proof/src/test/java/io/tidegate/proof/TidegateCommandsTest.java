package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class TidegateCommandsTest {
  private static final Path HOME = Path.of("/home/of/both");

  private final TidegateCommands commands =
      new TidegateCommands("80m", "70m", 1, List.of("-Da=b"), List.of("--e"), List.of("--a"));

  @Test
  void theEdgeListensOnLoopbackWithTheLaunchersFlags() {
    assertThat(commands.edge(8080, HOME))
        .contains("-XX:+UseSerialGC", "-Xmx80m", "-XX:MaxDirectMemorySize=70m", "-Da=b")
        .endsWith(
            "io.tidegate.cli.Main",
            "edge",
            "--listen",
            "127.0.0.1:8080",
            "--domain",
            "localhost",
            "--e");
  }

  @Test
  void theAgentExposesTheOriginAtTheEdge() {
    assertThat(commands.agent(Variant.TIDEGATE, 3000, 8080, HOME))
        .doesNotContain("-Dtidegate.link=websocket")
        .endsWith(
            "io.tidegate.cli.Main",
            "expose",
            "3000",
            "--name",
            "bench",
            "--edge",
            "http://127.0.0.1:8080",
            "--a");
  }

  @Test
  void theWebSocketIsForcedByAPropertyOfTheAgentsJvm() {
    var command = commands.agent(Variant.TIDEGATE_WEBSOCKET, 3000, 8080, HOME);

    assertThat(command.indexOf("-Dtidegate.link=websocket"))
        .isBetween(0, command.indexOf("io.tidegate.cli.Main"));
    assertThat(command.subList(command.indexOf("-cp"), command.size()))
        .isEqualTo(
            commands.agent(Variant.TIDEGATE, 3000, 8080, HOME).stream()
                .dropWhile(word -> !word.equals("-cp"))
                .toList());
  }

  @Test
  void edgeAndAgentHaveTheSameHome() {
    assertThat(commands.edge(8080, HOME)).contains("-Duser.home=/home/of/both");
    assertThat(commands.agent(Variant.TIDEGATE, 1, 2, HOME)).contains("-Duser.home=/home/of/both");
  }
}
