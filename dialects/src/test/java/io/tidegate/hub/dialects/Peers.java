package io.tidegate.hub.dialects;

import io.tidegate.testkit.ChildProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// Programs that tests talk to. A missing one fails the test where `TIDEGATE_PEERS=required`, and
/// skips it elsewhere.
public final class Peers {
  private Peers() {}

  public static Path program(String name) {
    return find(name, entries("PATH").map(place -> Path.of(place, name)));
  }

  private static Path find(String what, Stream<Path> places) {
    var found = places.filter(Files::exists).findFirst();
    if (found.isEmpty() && "required".equals(System.getenv("TIDEGATE_PEERS")))
      Assertions.fail(what + " is required and not there; ./check installs it");
    Assumptions.assumeTrue(found.isPresent(), what + " is not installed; ./check installs it");
    return found.orElseThrow();
  }

  private static Stream<String> entries(String variable) {
    var value = System.getenv(variable);
    return Arrays.stream((value == null ? "" : value).split(File.pathSeparator, -1))
        .filter(entry -> !entry.isEmpty());
  }

  /// Runs `script` in Node, which finds the npm package `name`, with `arguments`.
  public static ChildProcess node(Path folder, String name, String script, String... arguments)
      throws IOException {
    var places = Stream.concat(entries("NODE_PATH"), Stream.of("../target/node/node_modules"));
    var modules =
        find(
            "the npm package " + name,
            places.map(Path::of).filter(place -> Files.isDirectory(place.resolve(name))));
    var file = Files.writeString(folder.resolve("client.js"), script);
    var command =
        Stream.concat(
                Stream.of(program("node").toString(), file.toString()), Arrays.stream(arguments))
            .toList();
    return ChildProcess.command(
        command, Map.of("NODE_PATH", modules.toAbsolutePath().normalize().toString()));
  }

  public static ChildProcess curl(String... arguments) throws IOException {
    var command =
        Stream.concat(List.of(program("curl").toString(), "-sN").stream(), Arrays.stream(arguments))
            .toList();
    return ChildProcess.command(command, Map.of());
  }
}
