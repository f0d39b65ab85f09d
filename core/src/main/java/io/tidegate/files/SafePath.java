package io.tidegate.files;

import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.PercentCoding;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The names of a request's path, none of which can lead out of a directory. Each is decoded once,
/// after the path was split.
///
/// @param names from the directory downwards, none of them empty
/// @param isDirectory whether the path ends in a slash, or is empty
record SafePath(List<String> names, boolean isDirectory) {
  private static final String WELL_KNOWN = ".well-known";

  /// The names of `coded`, a path without a slash in front; null if one of them is none.
  ///
  /// @throws io.tidegate.http.semantics.HttpError 400 if the percent coding is malformed
  static @Nullable SafePath of(String coded) {
    var names = new ArrayList<String>();
    for (int from = 0; from < coded.length(); ) {
      int slash = coded.indexOf('/', from);
      int to = slash < 0 ? coded.length() : slash;
      var name = PercentCoding.decode(coded, from, to, PercentCoding.Plus.PLUS);
      if (!isSafe(name)) return null;
      names.add(name);
      from = to + 1;
    }
    return new SafePath(names, coded.isEmpty() || coded.endsWith("/"));
  }

  /// Also refuses what some file systems take for something else: a colon (a stream or a drive), a
  /// backslash, a dot or space at the end.
  private static boolean isSafe(String name) {
    if (name.isEmpty() || (name.startsWith(".") && !name.equals(WELL_KNOWN))) return false;
    if (name.endsWith(".") || name.endsWith(" ")) return false;
    return name.chars().noneMatch(c -> c < ' ' || c == 0x7f || "/\\:".indexOf(c) >= 0);
  }

  /// Whether `real` lies below `root`, and each of its names from there on may be asked for.
  static boolean isSafe(Path root, Path real) {
    if (!real.startsWith(root)) return false;
    for (var name : root.relativize(real)) {
      if (!name.toString().isEmpty() && !isSafe(name.toString())) return false;
    }
    return true;
  }

  /// `names` below `root`.
  static Path below(Path root, List<String> names) {
    var path = root;
    try {
      for (var name : names) path = path.resolve(name);
    } catch (InvalidPathException unspeakable) {
      throw new HttpError(404); // what this file system cannot name does not exist
    }
    return path;
  }
}
