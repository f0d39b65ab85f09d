package io.tidegate.cli;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.semantics.Cors;
import io.tidegate.http.semantics.Origins;
import io.tidegate.server.Call;
import io.tidegate.server.ServerConfig;
import io.tidegate.websocket.OriginPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which web pages of other origins may use a hub; options of a command. None, unless they say so.
final class HubOrigins {
  /// What clients are told in fields: where they stand, when to come back, why they are refused.
  private static final String[] EXPOSED = {
    "ETag",
    "Last-Event-ID",
    "Link",
    "Mercure-Last-Event-ID",
    "Retry-After",
    "Tidegate-Position",
    "WWW-Authenticate"
  };

  @Option(
      names = "--cors-origin",
      paramLabel = "ORIGIN",
      split = ",",
      description =
          "Web pages of this origin may use the hub, with cookies too: https://app.example.com, "
              + "https://*.example.com, or * for every page, without cookies and WebSockets, and "
              + "for reading alone where there is no token. May be repeated. Default: none.")
  private @Nullable List<String> cors;

  @Option(
      names = "--publish-origin",
      paramLabel = "ORIGIN",
      split = ",",
      description =
          "Web pages of this origin may publish by Mercure with the token of a cookie. May be "
              + "repeated. Default: none.")
  private @Nullable List<String> publish;

  private volatile @Nullable Origins pages;

  HubOrigins() {}

  /// Tells `server` whose pages may read its answers.
  ///
  /// @throws CommandFailure if an origin is none
  void describe(ServerConfig server) {
    var origins = pages();
    if (!origins.isEmpty()) {
      var _ = server.cors(Cors.of(origins).withExposedFields(EXPOSED));
    }
  }

  /// Whether a page of another origin may make this call of a hub without a token, where whoever
  /// gets through may do anything.
  boolean lets(Call call) {
    var fields = call.fields();
    var origin = fields.count(FieldName.ORIGIN) == 1 ? call.field("Origin") : null;
    if (origin == null || !pages().contains(origin)) return false;
    return !pages().isAny() || call.method().equals("GET") || call.method().equals("HEAD");
  }

  /// Whose pages may open WebSockets: a WebSocket asks no browser for leave, so they are named.
  OriginPolicy sockets() {
    var origins = pages();
    return origins.isAny() ? OriginPolicy.sameOrigin() : OriginPolicy.sameOriginOr(origins);
  }

  /// Whose pages may publish with a cookie.
  ///
  /// @throws CommandFailure if one is none, or every one is named
  String[] publishers() {
    var names = names(publish);
    if (origins("--publish-origin", names).isAny())
      throw new CommandFailure(
          ExitCode.USAGE, "--publish-origin: name the origins; * lets any page use the cookie");
    return names;
  }

  private Origins pages() {
    if (pages == null) pages = origins("--cors-origin", names(cors));
    return pages;
  }

  private static String[] names(@Nullable List<String> list) {
    return list == null ? new String[0] : list.stream().map(String::strip).toArray(String[]::new);
  }

  private static Origins origins(String option, String... names) {
    try {
      return Origins.of(names);
    } catch (IllegalArgumentException wrong) {
      throw new CommandFailure(ExitCode.USAGE, option + ": " + wrong.getMessage());
    }
  }
}
