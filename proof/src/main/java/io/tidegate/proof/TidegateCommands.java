package io.tidegate.proof;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The commands that start edge and agent, from this program's own class path and JDK.
///
/// The JVM's flags are those of the `tidegate` launcher; only its AOT cache is left out, which
/// saves time at the start and nothing after.
///
/// @param heap of each process, as `-Xmx` takes it
/// @param direct direct memory of each process, as `-XX:MaxDirectMemorySize` takes it
/// @param loops event loops of each process, as if the machine had so many processors
/// @param jvmOptions more options for both JVMs, last
/// @param edgeOptions more options of `tidegate edge`
/// @param agentOptions more options of `tidegate expose`
record TidegateCommands(
    String heap,
    String direct,
    int loops,
    List<String> jvmOptions,
    List<String> edgeOptions,
    List<String> agentOptions) {

  static final String TUNNEL_NAME = "bench";

  /// Of the launcher too: a smaller young generation leaves room for what connections hold.
  private static final String YOUNG = "-XX:NewRatio=4";

  TidegateCommands {
    jvmOptions = List.copyOf(jvmOptions);
    edgeOptions = List.copyOf(edgeOptions);
    agentOptions = List.copyOf(agentOptions);
  }

  /// An edge that listens on `port` and keeps its files under `home`.
  List<String> edge(int port, Path home) {
    var command = java(home);
    command.addAll(List.of("edge", "--listen", "127.0.0.1:" + port, "--domain", "localhost"));
    command.addAll(edgeOptions);
    return command;
  }

  /// An agent that exposes `originPort` through the edge at `edgePort`, which runs with the same
  /// `home`.
  List<String> agent(Variant variant, int originPort, int edgePort, Path home) {
    var command = java(home);
    if (variant == Variant.TIDEGATE_WEBSOCKET) {
      command.add(command.indexOf("-cp"), "-Dtidegate.link=websocket");
    }
    command.addAll(List.of("expose", Integer.toString(originPort)));
    command.addAll(List.of("--name", TUNNEL_NAME, "--edge", "http://127.0.0.1:" + edgePort));
    command.addAll(agentOptions);
    return command;
  }

  /// The flags as a sentence for the report.
  String described() {
    var flags = new ArrayList<>(ServerProcess.LAUNCHER_FLAGS);
    flags.add(YOUNG);
    flags.addAll(limits());
    flags.addAll(jvmOptions);
    return String.join(" ", flags);
  }

  private List<String> java(Path home) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ServerProcess.LAUNCHER_FLAGS);
    command.add(YOUNG);
    command.addAll(limits());
    command.add("-Duser.home=" + home); // the key that edge and agent share lies there
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.tidegate.cli.Main");
    return command;
  }

  private List<String> limits() {
    return List.of(
        "-Xmx" + heap, "-XX:MaxDirectMemorySize=" + direct, "-XX:ActiveProcessorCount=" + loops);
  }
}
