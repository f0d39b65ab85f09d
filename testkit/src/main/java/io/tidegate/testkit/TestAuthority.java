package io.tidegate.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// An authority that nobody else trusts, for one test: it issues certificates by `openssl`, in a
/// directory of the test's.
public final class TestAuthority {
  private static final String DAYS = "2";

  private final Path directory;
  private int issued;

  /// What was issued.
  ///
  /// @param certificate with the authority's behind it, PEM
  /// @param key without a password, PEM
  public record Issued(Path certificate, Path key) {}

  private TestAuthority(Path directory) {
    this.directory = directory;
  }

  /// Makes one in `directory`.
  public static TestAuthority in(Path directory) {
    var authority = new TestAuthority(directory);
    authority.openssl(
        Stream.concat(
            Stream.of("req", "-x509", "-days", DAYS, "-subj", "/CN=An authority for tests"),
            authority.newKey("authority.key", "authority.pem")));
    return authority;
  }

  private Stream<String> newKey(String key, String out) {
    return Stream.of(
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        key,
        "-out",
        out);
  }

  /// The authority's own certificate, PEM.
  public Path file() {
    return directory.resolve("authority.pem");
  }

  /// A certificate for `names`, each as openssl writes it: `DNS:a.example`, `IP:127.0.0.1`.
  public Issued issue(String... names) {
    return issueFor(DAYS, names);
  }

  /// One that has ended yesterday.
  public Issued issueExpired(String... names) {
    return issueFor("-1", names);
  }

  private Issued issueFor(String days, String... names) {
    var name = "issued" + issued++;
    var extensions = directory.resolve(name + ".ext");
    try {
      Files.writeString(extensions, "subjectAltName=" + String.join(",", names) + "\n");
      openssl(
          Stream.concat(
              Stream.of("req", "-subj", "/CN=" + name), newKey(name + ".key", name + ".csr")));
      openssl(
          Stream.of(
              "x509",
              "-req",
              "-in",
              name + ".csr",
              "-CA",
              "authority.pem",
              "-CAkey",
              "authority.key",
              "-CAcreateserial",
              "-days",
              days,
              "-extfile",
              name + ".ext",
              "-out",
              name + ".own"));
      var chain = directory.resolve(name + ".pem");
      Files.writeString(
          chain, Files.readString(directory.resolve(name + ".own")) + Files.readString(file()));
      return new Issued(chain, directory.resolve(name + ".key"));
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private void openssl(Stream<String> arguments) {
    var command = Stream.concat(Stream.of("openssl"), arguments).toList();
    var log = directory.resolve("openssl.log").toFile();
    try {
      int status =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log)
              .start()
              .waitFor();
      if (status != 0)
        throw new IllegalStateException(command + ": " + Files.readString(log.toPath()));
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }

  /// A client's context that trusts this authority alone.
  public SSLContext trusting() {
    return context(new KeyManager[0]);
  }

  /// The same, showing `own` to servers that ask.
  public SSLContext trusting(Issued own) {
    try {
      var keys = KeyStore.getInstance("PKCS12");
      keys.load(null, null);
      var chain = certificates(own.certificate());
      keys.setKeyEntry("own", key(own.key()), new char[0], chain.toArray(new Certificate[0]));
      var factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(keys, new char[0]);
      return context(factory.getKeyManagers());
    } catch (GeneralSecurityException | IOException fault) {
      throw new IllegalStateException(fault);
    }
  }

  private SSLContext context(KeyManager[] own) {
    try {
      var trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("authority", certificates(file()).getFirst());
      var trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      var context = SSLContext.getInstance("TLS");
      context.init(own, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException fault) {
      throw new IllegalStateException(fault);
    }
  }

  private static List<Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(file)) {
      return new ArrayList<>(CertificateFactory.getInstance("X.509").generateCertificates(in));
    }
  }

  private static java.security.PrivateKey key(Path file)
      throws IOException, GeneralSecurityException {
    try (var lines = Files.lines(file)) {
      var base64 = lines.filter(line -> !line.startsWith("-----")).collect(Collectors.joining());
      return KeyFactory.getInstance("EC")
          .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }
  }
}
