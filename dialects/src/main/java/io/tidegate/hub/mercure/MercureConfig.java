package io.tidegate.hub.mercure;

import io.tidegate.http.semantics.Origins;
import io.tidegate.hub.Delivery;
import io.tidegate.hub.jwt.JwtVerifier;
import org.jspecify.annotations.Nullable;

/// How a hub speaks Mercure.
///
/// @param topic the hub's one topic in which all updates stand, a log: it bounds how far back a
///   subscriber can resume
/// @param publishers who may publish; whoever has a token of theirs with the claim
/// @param subscribers whose tokens subscribers may bring; null for those of publishers
/// @param anonymous whether those without a token see what is not private
/// @param publishOrigins whose pages may publish with a cookie, by name: of every origin a cookie
///   would count that its owner knows nothing of
/// @param delivery what becomes of updates that a subscriber does not keep up with
/// @param namedIds how many of the ids that publishers chose are remembered, 16 B each
/// @param version whose names and tokens it understands
/// @param subscriptions whether those whose token allows it are told who asks for what: each
///   selector of each subscriber then writes two updates into the topic
public record MercureConfig(
    String topic,
    JwtVerifier publishers,
    @Nullable JwtVerifier subscribers,
    boolean anonymous,
    Origins publishOrigins,
    Delivery delivery,
    int namedIds,
    MercureVersion version,
    boolean subscriptions) {
  private static final int MOST_NAMED_IDS = 1 << 20;
  private static final int NAMED_IDS = 8_192;

  /// @throws IllegalArgumentException if the topic is empty, `namedIds` not in 1..1,048,576, or
  ///   `publishOrigins` every one
  public MercureConfig {
    if (topic.isEmpty()) throw new IllegalArgumentException("a topic without a name");
    if (namedIds < 1 || namedIds > MOST_NAMED_IDS)
      throw new IllegalArgumentException("namedIds not in 1.." + MOST_NAMED_IDS + ": " + namedIds);
    if (publishOrigins.isAny())
      throw new IllegalArgumentException("who may publish with a cookie is named");
  }

  /// For one issuer of tokens: topic `mercure`, nobody anonymous, no cookies for publishers; who
  /// falls behind is told how many it has missed; 8,192 named ids; version 0; nobody is told of
  /// subscriptions.
  public static MercureConfig of(JwtVerifier issuer) {
    return new MercureConfig(
        "mercure",
        issuer,
        null,
        false,
        Origins.none(),
        Delivery.dropToLive(),
        NAMED_IDS,
        new MercureVersion.Zero(),
        false);
  }

  /// Returns this with another topic.
  public MercureConfig withTopic(String other) {
    return new MercureConfig(
        other,
        publishers,
        subscribers,
        anonymous,
        publishOrigins,
        delivery,
        namedIds,
        version,
        subscriptions);
  }

  /// Returns this with an issuer of its own for subscribers' tokens.
  public MercureConfig withSubscribers(JwtVerifier issuer) {
    return new MercureConfig(
        topic,
        publishers,
        issuer,
        anonymous,
        publishOrigins,
        delivery,
        namedIds,
        version,
        subscriptions);
  }

  /// Returns this with everybody let in to what is not private.
  public MercureConfig withAnonymous() {
    return new MercureConfig(
        topic,
        publishers,
        subscribers,
        true,
        publishOrigins,
        delivery,
        namedIds,
        version,
        subscriptions);
  }

  /// Returns this with pages of these origins that may publish with a cookie, as
  /// `https://example.com` or `https://*.example.com`.
  ///
  /// @throws IllegalArgumentException if one of them is none
  public MercureConfig withPublishOrigins(String... origins) {
    var named = Origins.of(origins);
    return new MercureConfig(
        topic,
        publishers,
        subscribers,
        anonymous,
        named,
        delivery,
        namedIds,
        version,
        subscriptions);
  }

  /// Returns this with another policy for who falls behind.
  public MercureConfig withDelivery(Delivery policy) {
    return new MercureConfig(
        topic,
        publishers,
        subscribers,
        anonymous,
        publishOrigins,
        policy,
        namedIds,
        version,
        subscriptions);
  }

  /// Returns this for clients of another version.
  public MercureConfig withVersion(MercureVersion other) {
    return new MercureConfig(
        topic,
        publishers,
        subscribers,
        anonymous,
        publishOrigins,
        delivery,
        namedIds,
        other,
        subscriptions);
  }

  /// Returns this with those told who asks for what whose token allows it.
  public MercureConfig withSubscriptions() {
    return new MercureConfig(
        topic,
        publishers,
        subscribers,
        anonymous,
        publishOrigins,
        delivery,
        namedIds,
        version,
        true);
  }

  JwtVerifier publisherTokens() {
    return typed(publishers);
  }

  JwtVerifier subscriberTokens() {
    return typed(subscribers == null ? publishers : subscribers);
  }

  /// Version 1 knows access tokens from others by their type, RFC 9068 §2.1.
  private JwtVerifier typed(JwtVerifier tokens) {
    return version instanceof MercureVersion.One ? tokens.withType("at+jwt") : tokens;
  }
}
