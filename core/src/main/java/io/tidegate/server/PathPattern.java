package io.tidegate.server;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// What paths a route is for: `/users/{id}/files/{path...}`.
///
/// A segment is literal text, `{name}` for any one segment that is not empty, or, at the end,
/// `{name...}` for all that follow its slash, which may be none.
///
/// @param text as it was written
/// @param segments its parts
record PathPattern(String text, List<Segment> segments) {
  /// One part between slashes.
  sealed interface Segment {
    /// Exactly this text.
    record Literal(String text) implements Segment {}

    /// Any one segment.
    record Parameter(String name) implements Segment {}

    /// All that follow.
    record Rest(String name) implements Segment {}
  }

  /// @throws IllegalArgumentException if `text` is no pattern
  static PathPattern of(String text) {
    if (!text.startsWith("/")) throw new IllegalArgumentException("does not begin with /: " + text);
    var segments = new ArrayList<Segment>();
    var names = new HashSet<String>();
    for (var part : text.substring(1).split("/", -1)) {
      if (!segments.isEmpty() && segments.getLast() instanceof Segment.Rest)
        throw new IllegalArgumentException("nothing may follow {name...}: " + text);
      segments.add(segment(part, names, text));
    }
    return new PathPattern(text, List.copyOf(segments));
  }

  private static Segment segment(String part, HashSet<String> names, String text) {
    if (!part.startsWith("{") || !part.endsWith("}")) {
      if (part.contains("{") || part.contains("}"))
        throw new IllegalArgumentException("braces hold whole segments: " + text);
      return new Segment.Literal(part);
    }
    boolean rest = part.endsWith("...}");
    var name = part.substring(1, part.length() - (rest ? 4 : 1));
    if (name.isEmpty() || !names.add(name))
      throw new IllegalArgumentException("a parameter needs a name of its own: " + text);
    return rest ? new Segment.Rest(name) : new Segment.Parameter(name);
  }
}
