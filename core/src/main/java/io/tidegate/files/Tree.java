package io.tidegate.files;

import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
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
    @Override
    public @Nullable Answer file(List<String> names) {
      var found = inside(names);
      if (found == null || Files.isDirectory(found, LinkOption.NOFOLLOW_LINKS)) return null;
      return Answer.file(found);
    }

    @Override
    public boolean hasDirectory(List<String> names, String index) {
      var found = inside(names);
      return found != null && Files.isDirectory(found, LinkOption.NOFOLLOW_LINKS);
    }

    /// Where these names really lead to, if that exists and lies below the root.
    private @Nullable Path inside(List<String> names) {
      try {
        var real = SafePath.below(root, names).toRealPath();
        return real.startsWith(root) ? real : null;
      } catch (IOException missing) {
        return null;
      }
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
