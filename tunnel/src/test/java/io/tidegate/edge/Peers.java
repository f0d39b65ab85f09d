package io.tidegate.edge;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// Programs that tests talk to. A missing one fails the test where `TIDEGATE_PEERS=required` (as in
/// CI), else skips it.
public final class Peers {
  private Peers() {}

  /// Where `program` is.
  public static Path find(String program) {
    var places =
        System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/sbin";
    var found =
        Arrays.stream(places.split(File.pathSeparator, -1))
            .map(folder -> Path.of(folder, program))
            .filter(Files::isExecutable)
            .findFirst();
    require(program, found.isPresent());
    return found.orElseThrow();
  }

  /// Where Node finds the package `name` that `./check` has installed.
  static Path nodeModules(String name) {
    var given = System.getenv("NODE_PATH");
    var found =
        Stream.of(given == null ? "" : given, "../target/node/node_modules")
            .filter(folder -> !folder.isEmpty())
            .map(folder -> Path.of(folder).toAbsolutePath().normalize())
            .filter(folder -> Files.isDirectory(folder.resolve(name)))
            .findFirst();
    require("the npm package " + name, found.isPresent());
    return found.orElseThrow();
  }

  private static void require(String what, boolean present) {
    if (present) return;
    if ("required".equals(System.getenv("TIDEGATE_PEERS")))
      Assertions.fail(what + " is required and not there; ./check installs it");
    Assumptions.abort(what + " is not installed; ./check installs it");
  }
}
