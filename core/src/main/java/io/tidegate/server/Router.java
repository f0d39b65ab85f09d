package io.tidegate.server;

import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.PercentCoding;
import io.tidegate.server.PathPattern.Segment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Finds the route of a path: a literal segment goes before a parameter, a parameter before a rest.
/// Immutable once the server runs; any thread may ask.
final class Router {
  private final Node root = new Node();

  /// What stands at a path.
  sealed interface Found {
    /// This route.
    ///
    /// @param rest where in the path begins what `{name...}` stands for; its end without such
    record One(Route route, int rest) implements Found {}

    /// Routes for these methods only, as an Allow field lists them.
    record OtherMethods(String allow) implements Found {}

    /// Nothing.
    record Nothing() implements Found {}
  }

  private static final Found NOTHING = new Found.Nothing();

  private static final class Node {
    private final Map<String, Node> literals = new HashMap<>();
    private @Nullable Node parameter;
    private final Map<String, Route> here = new HashMap<>();
    private final Map<String, Route> rest = new HashMap<>();
  }

  /// @throws IllegalArgumentException if there is a route for the same already
  void add(Route route) {
    var at = root;
    for (var segment : route.pattern().segments()) {
      switch (segment) {
        case Segment.Literal literal ->
            at = at.literals.computeIfAbsent(literal.text(), _ -> new Node());
        case Segment.Parameter _ -> {
          if (at.parameter == null) at.parameter = new Node();
          at = at.parameter;
        }
        case Segment.Rest _ -> {
          put(at.rest, route);
          return;
        }
      }
    }
    put(at.here, route);
  }

  private static void put(Map<String, Route> routes, Route route) {
    var before = routes.putIfAbsent(route.method(), route);
    if (before != null)
      throw new IllegalArgumentException(
          route.method()
              + " "
              + route.pattern().text()
              + " stands beside "
              + before.pattern().text());
  }

  /// What stands at `path`, which begins with a slash and has no query.
  ///
  /// @throws HttpError 400 if its percent coding is malformed
  Found find(String method, String path) {
    var others = new ArrayList<Map<String, Route>>(0);
    var found = find(root, path, 1, method, others);
    if (found != null) return found;
    return others.isEmpty() ? NOTHING : new Found.OtherMethods(allow(others));
  }

  private static Found.@Nullable One find(
      Node node, String path, int from, String method, List<Map<String, Route>> others) {
    int slash = path.indexOf('/', from);
    int to = slash < 0 ? path.length() : slash;
    var text = PercentCoding.decode(path, from, to, PercentCoding.Plus.PLUS);
    var literal = node.literals.get(text);
    if (literal != null) {
      var found = below(literal, path, to, method, others);
      if (found != null) return found;
    }
    if (node.parameter != null && to > from) {
      var found = below(node.parameter, path, to, method, others);
      if (found != null) return found;
    }
    return node.rest.isEmpty() ? null : of(node.rest, method, from, others);
  }

  private static Found.@Nullable One below(
      Node node, String path, int to, String method, List<Map<String, Route>> others) {
    if (to < path.length()) return find(node, path, to + 1, method, others);
    if (!node.here.isEmpty()) return of(node.here, method, to, others);
    return null;
  }

  private static Found.@Nullable One of(
      Map<String, Route> routes, String method, int rest, List<Map<String, Route>> others) {
    var route = routes.get(method);
    if (route == null && method.equals("HEAD")) route = routes.get("GET");
    if (route == null) route = routes.get(Route.ANY);
    if (route != null) return new Found.One(route, rest);
    others.add(routes);
    return null;
  }

  private static String allow(List<Map<String, Route>> others) {
    var methods = new TreeSet<String>();
    for (var routes : others) methods.addAll(routes.keySet());
    if (methods.contains("GET")) methods.add("HEAD");
    methods.add("OPTIONS");
    return String.join(", ", methods);
  }
}
