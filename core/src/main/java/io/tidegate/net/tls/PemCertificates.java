package io.tidegate.net.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Identities from PEM files, found by the names in their certificates: an exact one first, then a
/// wildcard for the first label, then the first pair, for clients that name nobody.
///
/// They can be read again while connections live: those keep what they began with. Safe for any
/// thread; only [#reload] and what calls it reads files.
public final class PemCertificates implements Certificates, AutoCloseable {
  private static final int DNS_NAME = 2;

  private final List<PemPair> pairs;
  private volatile Loaded loaded;
  private List<Version> versions;
  private boolean closed;

  /// What files hold now.
  private record Loaded(List<Identity> identities, Map<String, Identity> byName) {}

  /// What tells one content of a file from the next.
  private record Version(FileTime modified, long sizeBytes, @Nullable Object fileKey) {
    private static final Version NONE = new Version(FileTime.fromMillis(0), -1, null);

    static Version of(Path file) {
      try {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
      } catch (IOException gone) {
        return NONE;
      }
    }
  }

  private PemCertificates(List<PemPair> pairs) throws PemException {
    this.pairs = List.copyOf(pairs);
    this.versions = versions();
    this.loaded = load();
  }

  /// Reads `pairs`; the first is for clients that name nobody, or somebody else.
  ///
  /// @throws PemException if a file cannot be used
  /// @throws IllegalArgumentException if there are no pairs
  public static PemCertificates open(List<PemPair> pairs) throws PemException {
    if (pairs.isEmpty()) throw new IllegalArgumentException("no certificates");
    return new PemCertificates(pairs);
  }

  private List<Version> versions() {
    var all = new ArrayList<Version>();
    for (var pair : pairs) {
      all.add(Version.of(pair.certificates()));
      all.add(Version.of(pair.key()));
    }
    return all;
  }

  private Loaded load() throws PemException {
    var identities = new ArrayList<Identity>();
    var byName = new HashMap<String, Identity>();
    for (var pair : pairs) {
      var chain = PemFile.certificates(pair.certificates());
      var key = PemFile.key(pair.key());
      KeyMatch.demand(pair, chain.getFirst(), key);
      var identity = Identity.of(chain, key);
      identities.add(identity);
      for (var name : names(chain.getFirst())) byName.putIfAbsent(name, identity);
    }
    return new Loaded(List.copyOf(identities), Map.copyOf(byName));
  }

  private static List<String> names(X509Certificate certificate) {
    try {
      var all = certificate.getSubjectAlternativeNames();
      if (all == null) return List.of();
      return all.stream().filter(PemCertificates::isDnsName).map(PemCertificates::text).toList();
    } catch (CertificateParsingException malformed) {
      return List.of();
    }
  }

  private static boolean isDnsName(Collection<?> typed) {
    return typed.iterator().next() instanceof Integer type && type == DNS_NAME;
  }

  private static String text(List<?> typed) {
    return String.valueOf(typed.get(1)).toLowerCase(Locale.ROOT);
  }

  @Override
  public Identity find(String serverName) {
    var now = loaded;
    var exact = now.byName().get(serverName);
    if (exact != null) return exact;
    int dot = serverName.indexOf('.');
    var wild = dot < 0 ? null : now.byName().get("*" + serverName.substring(dot));
    return wild != null ? wild : now.identities().getFirst();
  }

  /// The certificates in use, one of each pair.
  public List<X509Certificate> certificates() {
    return loaded.identities().stream().map(Identity::certificate).toList();
  }

  /// Reads the files again. New handshakes use them from then on, all of them or none; once it is
  /// closed there are none.
  ///
  /// @throws PemException if a file cannot be used; the identities before stay
  public synchronized void reload() throws PemException {
    versions = versions();
    var before = loaded;
    loaded = load();
    if (closed) close();
    before.identities().forEach(Identity::close);
  }

  /// Reads the files again if one of them has changed; false if none has.
  ///
  /// @throws PemException if a file cannot be used; the identities before stay, and the next try is
  ///   when a file changes again
  public synchronized boolean reloadIfChanged() throws PemException {
    if (versions.equals(versions())) return false;
    reload();
    return true;
  }

  /// Gives native memory back; handshakes are refused from then on.
  @Override
  public synchronized void close() {
    closed = true;
    loaded.identities().forEach(Identity::close);
  }
}
