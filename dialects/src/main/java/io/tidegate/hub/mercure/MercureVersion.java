package io.tidegate.hub.mercure;

import java.net.URI;

/// Whose names and tokens a hub understands: those that clients have today, or those of the draft
/// that becomes version 1.
public sealed interface MercureVersion {
  /// Versions 0.x: `topic=` with URI templates, `lastEventID`, the claim `mercure`.
  record Zero() implements MercureVersion {}

  /// draft-dunglas-mercure-08: `match=` and `match_urlpattern=`, `last_event_id`, access tokens of
  /// RFC 9068 with `authorization_details`.
  ///
  /// @param issuer what tokens name in `iss`
  /// @param resource the hub's own URL: what tokens name in `aud`, and what paths belong to
  record One(String issuer, URI resource) implements MercureVersion {
    /// @throws IllegalArgumentException if the issuer is empty, or `resource` not absolute
    public One {
      if (issuer.isEmpty()) throw new IllegalArgumentException("an issuer without a name");
      if (resource.getRawAuthority() == null || resource.getScheme() == null)
        throw new IllegalArgumentException("not a URL: " + resource);
    }
  }
}
