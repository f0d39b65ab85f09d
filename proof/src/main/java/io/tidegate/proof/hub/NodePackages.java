package io.tidegate.proof.hub;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where packages of Node lie: where `NODE_PATH` says, else where `./check` puts them, else where
/// Debian does.
final class NodePackages {
  private NodePackages() {}

  /// A directory that has the package `name`; null if none has.
  static @Nullable Path with(Path root, String name) {
    var given = System.getenv().getOrDefault("NODE_PATH", "");
    return Stream.concat(
            Stream.of(given.split(File.pathSeparator, -1)).filter(entry -> !entry.isEmpty()),
            Stream.of(root.resolve("target/node/node_modules").toString(), "/usr/share/nodejs"))
        .map(Path::of)
        .filter(directory -> Files.isDirectory(directory.resolve(name)))
        .findFirst()
        .orElse(null);
  }

  /// The version of `name` in `directory`, `?` if it does not tell.
  static String version(Path directory, String name) {
    try {
      var description = Files.readString(directory.resolve(name).resolve("package.json"));
      var found =
          java.util.regex.Pattern.compile("\"version\"\\s*:\\s*\"([^\"]+)\"").matcher(description);
      return found.find() ? found.group(1) : "?";
    } catch (java.io.IOException _) {
      return "?";
    }
  }
}
