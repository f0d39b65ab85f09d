package io.tidegate.net.tls;

import java.nio.file.Path;

/// Where an identity is kept.
///
/// @param certificates the server's own first, then those that vouch for it
/// @param key the private key of the first, without a password
public record PemPair(Path certificates, Path key) {}
