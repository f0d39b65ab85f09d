package io.tidegate.cli;

import io.tidegate.hub.Hub;
import io.tidegate.hub.centrifugo.Access;
import io.tidegate.hub.centrifugo.Centrifugo;
import io.tidegate.hub.centrifugo.CentrifugoConfig;
import io.tidegate.hub.jwt.JwtKey;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.mercure.Mercure;
import io.tidegate.hub.mercure.MercureConfig;
import io.tidegate.hub.mercure.MercureVersion;
import io.tidegate.hub.outlet.Authorizer.Right;
import io.tidegate.server.ServerConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The protocols of other hubs on this one, and who may use them; options of a command.
final class HubDialects {
  private static final int MOST_KEY_BYTES = 16 * 1024;

  @Option(
      names = "--jwt-key",
      paramLabel = "FILE",
      description =
          "A secret of at least 32 bytes (the file's first line) or a public key (PEM): tokens made"
              + " with it let clients of Mercure in at /.well-known/mercure, and are then asked of"
              + " Centrifugo's at /connection/websocket too.")
  private @Nullable Path key;

  @Option(
      names = "--anonymous",
      description = "With --jwt-key: those without a token see what is not private.")
  private boolean anonymous;

  @Option(
      names = "--mercure-url",
      paramLabel = "URL",
      description =
          "With --jwt-key: speak what becomes version 1 of Mercure (match=, last_event_id, access "
              + "tokens of RFC 9068) instead of 0.x; this hub's own URL, as tokens name it in aud.")
  private @Nullable URI mercureUrl;

  @Option(
      names = "--mercure-issuer",
      paramLabel = "NAME",
      description = "With --mercure-url: who makes the tokens, as they name it in iss.")
  private @Nullable String mercureIssuer;

  @Option(
      names = "--mercure-subscriptions",
      description =
          "With --jwt-key: those whose token allows it are told who subscribes to what by Mercure, "
              + "at /.well-known/mercure/subscriptions and by updates.")
  private boolean subscriptions;

  HubDialects() {}

  /// Adds the protocols to `server`.
  ///
  /// @param origins of pages that may use them
  /// @param hasOwner whether publishing is for those who show the hub's own token
  /// @param isPrivate whether subscribing is too
  /// @throws CommandFailure if the key is none, or the hub has no log for Mercure
  void describe(
      ServerConfig server, Hub hub, HubOrigins origins, boolean hasOwner, boolean isPrivate) {
    var tokens = tokens();
    var version = version(tokens != null);
    if (tokens != null) mercure(server, hub, config(tokens, version, origins), isPrivate);
    if (tokens == null && isPrivate) return;
    Access access = (_, right, _) -> right != Right.PUBLISH || !hasOwner;
    var config = CentrifugoConfig.DEFAULT.withAccess(access);
    config = config.withSockets(config.sockets().withOrigins(origins.sockets()));
    if (tokens != null) config = config.withTokens(tokens);
    if (tokens != null && anonymous && !isPrivate) config = config.withAnonymous();
    var _ = server.get(Centrifugo.PATH, Centrifugo.on(hub, config).webSocket());
  }

  /// In a topic whose name nobody can guess: by the hub's own routes anybody who knew it would see
  /// private updates.
  private MercureConfig config(JwtVerifier tokens, MercureVersion version, HubOrigins origins) {
    var config =
        MercureConfig.of(tokens)
            .withTopic("mercure/" + UUID.randomUUID())
            .withVersion(version)
            .withPublishOrigins(origins.publishers());
    return subscriptions ? config.withSubscriptions() : config;
  }

  private void mercure(ServerConfig server, Hub hub, MercureConfig config, boolean isPrivate) {
    try {
      var mercure = Mercure.on(hub, anonymous && !isPrivate ? config.withAnonymous() : config);
      var _ =
          server
              .get(Mercure.PATH, mercure.subscribe())
              .post(Mercure.PATH, mercure.publish())
              .get(Mercure.SUBSCRIPTIONS, mercure.subscriptions())
              .get(Mercure.SUBSCRIPTIONS + "/{path...}", mercure.subscriptions());
    } catch (IllegalArgumentException none) {
      throw new CommandFailure(
          ExitCode.USAGE, "Mercure needs a log; add the line 'mercure/* log' to --topics");
    }
  }

  private MercureVersion version(boolean hasKey) {
    if (mercureUrl == null && mercureIssuer == null) return new MercureVersion.Zero();
    if (mercureUrl == null || mercureIssuer == null || !hasKey)
      throw new CommandFailure(
          ExitCode.USAGE, "--mercure-url, --mercure-issuer and --jwt-key go together");
    try {
      return new MercureVersion.One(mercureIssuer, mercureUrl);
    } catch (IllegalArgumentException wrong) {
      throw new CommandFailure(ExitCode.USAGE, "--mercure-url: " + wrong.getMessage());
    }
  }

  private @Nullable JwtVerifier tokens() {
    if (key == null) return null;
    try {
      return new JwtVerifier(key(key));
    } catch (IOException unreadable) {
      throw new CommandFailure(ExitCode.TOKEN, "--jwt-key " + key + " cannot be read");
    } catch (IllegalArgumentException wrong) {
      throw new CommandFailure(ExitCode.TOKEN, "--jwt-key " + key + ": " + wrong.getMessage());
    }
  }

  private static JwtKey key(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var text = new String(in.readNBytes(MOST_KEY_BYTES), StandardCharsets.ISO_8859_1);
      if (text.strip().startsWith("-----BEGIN")) return JwtKey.pem(text);
      var line = text.lines().findFirst().orElse("").strip();
      return JwtKey.secret(line.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
