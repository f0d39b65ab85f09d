package io.tidegate.server;

import io.tidegate.fuzz.Finding;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.PercentCoding;
import io.tidegate.server.PathPattern.Segment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A pattern in the first line, a path behind it: the router finds a route just where a plain look
/// at all of them does, and refuses only as it says.
public final class RouterFuzz {
  private static final List<String> PATTERNS =
      List.of(
          "/", "/a", "/a/{x}", "/a/{x}/b", "/{any}/z", "/f/{path...}", "/a/b/{rest...}", "/ä b");

  private RouterFuzz() {}

  /// Adds the pattern to some others, and looks for the path.
  public static void fuzz(byte[] input) {
    var text = new String(input, StandardCharsets.ISO_8859_1);
    int end = Math.max(0, text.indexOf('\n'));
    var routes = routes(text.substring(0, end));
    var path = "/" + text.substring(Math.min(text.length(), end + 1));
    var router = new Router();
    for (var route : routes) router.add(route);
    for (var method : List.of("GET", "HEAD", "PUT")) {
      try {
        judge(router.find(method, path), routes, path);
      } catch (HttpError refused) {
        Finding.unless(refused.status() == 400, "malformed coding is 400", refused.status());
      }
    }
  }

  private static List<Route> routes(String pattern) {
    var routes = new ArrayList<Route>();
    for (var text : PATTERNS) routes.add(new Route("GET", PathPattern.of(text), _ -> ""));
    var own = pattern(pattern);
    if (own == null) return routes;
    var one = new Route("PUT", own, _ -> "");
    routes.add(one);
    return routes;
  }

  private static @Nullable PathPattern pattern(String text) {
    try {
      return PathPattern.of(text);
    } catch (IllegalArgumentException none) {
      return null;
    }
  }

  private static void judge(Router.Found found, List<Route> routes, String path) {
    var matching = routes.stream().filter(route -> matches(route.pattern(), path)).toList();
    switch (found) {
      case Router.Found.One(var route, var rest) -> {
        Finding.unless(matching.contains(route), "it matches", path);
        boolean ends = !(route.pattern().segments().getLast() instanceof Segment.Rest);
        boolean within = rest >= 1 && rest <= path.length() && path.charAt(rest - 1) == '/';
        Finding.unless(ends ? rest == path.length() : within, "the rest follows a slash", rest);
      }
      case Router.Found.OtherMethods(var allow) ->
          Finding.unless(!matching.isEmpty() && !allow.isEmpty(), "others match", path);
      case Router.Found.Nothing() -> Finding.unless(matching.isEmpty(), "none matches", path);
    }
  }

  private static boolean matches(PathPattern pattern, String path) {
    var parts = path.substring(1).split("/", -1);
    var segments = pattern.segments();
    for (int i = 0; i < segments.size(); i++) {
      if (i >= parts.length) return false;
      switch (segments.get(i)) {
        case Segment.Literal(var text) -> {
          if (!text.equals(decoded(parts[i]))) return false;
        }
        case Segment.Parameter _ -> {
          if (parts[i].isEmpty() || decoded(parts[i]) == null) return false;
        }
        case Segment.Rest _ -> {
          // its first segment is looked at, whatever follows
          return decoded(parts[i]) != null;
        }
      }
    }
    return parts.length == segments.size();
  }

  private static @Nullable String decoded(String part) {
    try {
      return PercentCoding.decode(part, 0, part.length(), PercentCoding.Plus.PLUS);
    } catch (HttpError malformed) {
      return null;
    }
  }
}
