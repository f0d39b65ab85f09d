package io.tidegate.files;

import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where files are: below a directory, or below a prefix of the class path. Safe for any thread.
sealed interface Tree {
  /// The file that has these names from the root downwards; null if there is none.
  @Nullable Answer file(List<String> names) throws IOException;

  /// Whether these names are those of a directory, which may have a file `index`.
  boolean hasDirectory(List<String> names, String index);

  /// What is below `root`, a real path: no link leads out of it.
  record Directory(Path root) implements Tree {
    /// Whether a file has the names that it was given and no others: not where `GIT~1` is `.git`,
    /// or characters that nobody sees are passed over.
    private static final boolean IS_LITERAL = System.getProperty("os.name", "").startsWith("Linux");

    @Override
    public @Nullable Answer file(List<String> names) {
      var found = inside(names);
      return found == null || found.isDirectory ? null : Answer.file(found.path);
    }

    @Override
    public boolean hasDirectory(List<String> names, String index) {
      var found = inside(names);
      return found != null && found.isDirectory;
    }

    /// What lies below the root, by its real path.
    private record Found(Path path, boolean isDirectory) {}

    /// What these names lead to, if that exists and lies below the root. Where there is a link on
    /// the way its real path is looked up, which costs ten times what it costs to see that there is
    /// none.
    private @Nullable Found inside(List<String> names) {
      var path = SafePath.below(root, names);
      boolean isThere = Files.exists(path); // no exception: few have other codings beside them
      if (!isThere) return null;
      try {
        var attributes = attributes(path);
        if (!isLink(attributes) && areNoLinks(names.subList(0, Math.max(0, names.size() - 1)))) {
          boolean isSafe = IS_LITERAL || SafePath.isSafe(root, path.toRealPath());
          return isSafe ? new Found(path, attributes.isDirectory()) : null;
        }
        var real = path.toRealPath();
        if (!real.startsWith(root)) return null;
        return new Found(real, Files.isDirectory(real, LinkOption.NOFOLLOW_LINKS));
      } catch (IOException missing) {
        return null;
      }
    }

    private boolean areNoLinks(List<String> directories) throws IOException {
      var at = root;
      for (var name : directories) {
        at = at.resolve(name);
        if (isLink(attributes(at))) return false;
      }
      return true;
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /// Whether it is a link, or something else that leads elsewhere (a junction).
    private static boolean isLink(BasicFileAttributes attributes) {
      return attributes.isSymbolicLink() || attributes.isOther();
    }
  }

  /// What `loader` finds below `prefix`, which ends in a slash.
  record ClassPath(ClassLoader loader, String prefix) implements Tree {
    @Override
    public @Nullable Answer file(List<String> names) throws IOException {
      var path = prefix + String.join("/", names);
      var found = loader.getResource(path);
      if (found == null) return null;
      var answer = Answer.resource(found);
      // a directory is found by its name too
      boolean isFile =
          answer.content() instanceof Content.File(var file)
              ? Files.isRegularFile(file)
              : loader.getResource(path + "/") == null;
      return isFile ? answer : null;
    }

    @Override
    public boolean hasDirectory(List<String> names, String index) {
      return loader.getResource(prefix + String.join("/", names) + "/" + index) != null;
    }
  }
}
