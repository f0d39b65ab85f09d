package io.tidegate.net.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/// Reads files of PEM (RFC 7468): certificates, and private keys as PKCS #8, PKCS #1 or SEC 1.
public final class PemFile {
  /// Longest file that is read: a bundle of all public authorities has 250 KiB.
  private static final int MOST_BYTES = 4 << 20;

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

  private PemFile() {}

  private record Block(String label, String base64) {
    byte[] bytes() {
      return Base64.getMimeDecoder().decode(base64);
    }
  }

  /// The certificates in `file`, in its order.
  ///
  /// @throws PemException if the file cannot be read, or holds none
  public static List<X509Certificate> certificates(Path file) throws PemException {
    var found = new ArrayList<X509Certificate>();
    for (var block : blocks(file)) {
      if (block.label().equals("CERTIFICATE")) found.add(certificate(file, block.bytes()));
    }
    if (found.isEmpty()) throw new PemException(file + " holds no certificate");
    return found;
  }

  private static X509Certificate certificate(Path file, byte[] der) throws PemException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (CertificateException malformed) {
      throw new PemException(file + " holds a malformed certificate", malformed);
    }
  }

  /// The one private key in `file`.
  ///
  /// @throws PemException if the file cannot be read, holds none, or one that needs a password
  public static PrivateKey key(Path file) throws PemException {
    for (var block : blocks(file)) {
      switch (block.label()) {
        case "PRIVATE KEY" -> {
          return key(file, block.bytes());
        }
        case "RSA PRIVATE KEY" -> {
          return key(file, Pkcs8.ofRsa(block.bytes()));
        }
        case "EC PRIVATE KEY" -> {
          return key(file, Pkcs8.ofEc(block.bytes()));
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new PemException(file + " needs a password; give the key without one");
        default -> {}
      }
    }
    throw new PemException(file + " holds no private key");
  }

  private static PrivateKey key(Path file, byte[] pkcs8) throws PemException {
    GeneralSecurityException last = null;
    for (var algorithm : List.of("RSA", "EC", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException other) {
        last = other;
      } catch (GeneralSecurityException missing) {
        throw new PemException(file + ": no " + algorithm + " in this JVM", missing);
      }
    }
    throw new PemException(
        file + " holds a key of a kind that is not known", java.util.Objects.requireNonNull(last));
  }

  private static List<Block> blocks(Path file) throws PemException {
    String text;
    try {
      if (Files.size(file) > MOST_BYTES)
        throw new PemException(file + " is longer than " + MOST_BYTES + " bytes");
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (PemException tooLong) {
      throw tooLong;
    } catch (IOException unreadable) {
      throw new PemException("cannot read " + file + ": " + unreadable.getMessage(), unreadable);
    }
    var found = new ArrayList<Block>();
    var blocks = BLOCK.matcher(text);
    while (blocks.find()) found.add(new Block(blocks.group(1), blocks.group(2)));
    return found;
  }
}
