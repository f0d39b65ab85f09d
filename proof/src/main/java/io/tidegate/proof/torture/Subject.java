package io.tidegate.proof.torture;

import io.tidegate.proof.Children;
import io.tidegate.proof.ServerProcess;
import io.tidegate.proof.peers.Stack;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A server that is started to be attacked: our testbed, or another stack's.
///
/// @param key as `--against` names it
/// @param title how tables call it
/// @param topic what polite clients ask it for
/// @param program starts it
record Subject(String key, String title, Conversation.Topic topic, Program program) {
  static final String ALL_KEYS = "all";
  static final Subject TIDEGATE =
      new Subject("tidegate", "Tidegate", Conversation.Topic.PAGE, Subject::testbed);
  static final List<Subject> ALL =
      Stream.concat(Stream.of(TIDEGATE), Arrays.stream(Stack.values()).map(Subject::of)).toList();

  /// Starts a server on a free port of 127.0.0.1.
  interface Program {
    ServerProcess start(Children children, List<String> jvmOptions) throws IOException;
  }

  private static Subject of(Stack stack) {
    var topic = stack.speaksHttp() ? Conversation.Topic.PAGE : Conversation.Topic.ECHO;
    return new Subject(stack.key(), stack.title(), topic, stack::start);
  }

  private static ServerProcess testbed(Children children, List<String> jvmOptions)
      throws IOException {
    return ServerProcess.java(
        children,
        jvmOptions,
        List.of(
            "io.tidegate.cli.Main", "testbed", "--default-limits", "--listen", "127.0.0.1:0"));
  }

  /// Those that `names` tell; `all` stands for all.
  ///
  /// @throws IllegalArgumentException naming what is none
  static List<Subject> named(List<String> names) {
    if (names.contains(ALL_KEYS)) return ALL;
    var chosen = new ArrayList<Subject>();
    for (var name : names) chosen.add(named(name));
    return List.copyOf(chosen);
  }

  private static Subject named(String name) {
    return ALL.stream()
        .filter(subject -> subject.key.equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("'" + name + "' is none of " + keys() + ", " + ALL_KEYS));
  }

  static String keys() {
    return ALL.stream().map(Subject::key).collect(Collectors.joining(", "));
  }

  /// Where `server`, one of these, is attacked.
  Ground ground(ServerProcess server) {
    var ground = Ground.of(URI.create("http://127.0.0.1:" + server.port() + "/"));
    return topic == Conversation.Topic.PAGE ? ground : ground.withNothingButWebSockets();
  }
}
