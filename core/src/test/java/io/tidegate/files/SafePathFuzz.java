package io.tidegate.files;

import io.tidegate.fuzz.Finding;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.server.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Paths of requests for static files: none leads out of the root, by no spelling and by no link,
/// and whatever is wrong is 400 or 404.
public final class SafePathFuzz {
  private static final Path ROOT = Path.of("/srv/www").toAbsolutePath();
  private static final Web WEB = Web.make();

  private SafePathFuzz() {}

  /// A directory with files, links that stay in it and links that lead out.
  private record Web(Path root, Tree files) {
    static Web make() {
      try {
        var base = Files.createTempDirectory("tidegate-fuzz").toRealPath();
        var root = Files.createDirectory(base.resolve("www"));
        var inner = Files.createDirectory(root.resolve("a"));
        var outer = Files.createDirectory(base.resolve("b"));
        var page = Files.writeString(inner.resolve("index.html"), "page");
        var secret = Files.writeString(outer.resolve("secret"), "secret");
        var links = new Path[] {root.resolve("i"), root.resolve("o"), root.resolve("s")};
        Files.createSymbolicLink(links[0], inner);
        Files.createSymbolicLink(links[1], outer);
        Files.createSymbolicLink(links[2], secret);
        // deleted in the reverse of this order
        for (var path : new Path[] {base, root, inner, outer, page, secret})
          path.toFile().deleteOnExit();
        for (var link : links) link.toFile().deleteOnExit();
        return new Web(root, new Tree.Directory(root));
      } catch (IOException fault) {
        throw new UncheckedIOException(fault);
      }
    }
  }

  /// Resolves `input`, a path without its first slash.
  public static void fuzz(byte[] input) {
    var coded = new String(input, StandardCharsets.ISO_8859_1);
    var path = split(coded);
    if (path == null) return;
    for (var name : path.names()) safe(name);
    boolean slash = coded.isEmpty() || coded.endsWith("/");
    Finding.unless(path.isDirectory() == slash, "a slash at the end is a directory", coded);
    var below = below(path, ROOT);
    if (below != null) {
      boolean inside =
          below.startsWith(ROOT)
              && below.normalize().equals(below)
              && below.getNameCount() == ROOT.getNameCount() + path.names().size();
      Finding.unless(inside, "every name leads one down", below);
    }
    real(path);
  }

  private static void real(SafePath path) {
    try {
      var found = WEB.files.file(path.names());
      if (found != null && found.content() instanceof Content.File(var file))
        Finding.unless(file.startsWith(WEB.root), "nothing outside is found", file);
    } catch (HttpError refused) {
      Finding.unless(refused.status() == 404, "what has no name is 404", refused.status());
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private static @Nullable SafePath split(String coded) {
    try {
      return SafePath.of(coded);
    } catch (HttpError refused) {
      Finding.unless(refused.status() == 400, "malformed coding is 400", refused.status());
      return null;
    }
  }

  private static @Nullable Path below(SafePath path, Path root) {
    try {
      return SafePath.below(root, path.names());
    } catch (HttpError refused) {
      Finding.unless(refused.status() == 404, "what has no name is 404", refused.status());
      return null;
    }
  }

  private static void safe(String name) {
    boolean dotted = name.startsWith(".") && !name.equals(".well-known");
    boolean safe =
        !name.isEmpty()
            && !dotted
            && !name.endsWith(".")
            && name.indexOf('/') < 0
            && name.indexOf('\\') < 0
            && name.indexOf(':') < 0
            && name.indexOf('\0') < 0;
    Finding.unless(safe, "a name is a name", name);
  }
}
