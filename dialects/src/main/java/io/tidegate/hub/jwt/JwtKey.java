package io.tidegate.hub.jwt;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A key that tokens are checked by. It stands for its own algorithm, so that no token can choose
/// another one for it (RFC 8725 §3.1). Safe for any thread.
public abstract sealed class JwtKey {
  /// RFC 7518 §3.2.
  private static final int LEAST_SECRET_BYTES = 32;

  /// RFC 7518 §3.3.
  private static final int LEAST_RSA_BITS = 2048;

  private static final int P256_BITS = 256;
  private static final int MOST_PEM_CHARS = 16 * 1024;

  private static final Pattern PEM =
      Pattern.compile(
          "\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");

  private JwtKey() {}

  /// A secret that whoever makes tokens has too: HS256.
  ///
  /// @throws IllegalArgumentException if it has fewer than 32 bytes
  public static JwtKey secret(byte[] secret) {
    if (secret.length < LEAST_SECRET_BYTES)
      throw new IllegalArgumentException(
          "a secret for HS256 has at least " + LEAST_SECRET_BYTES + " bytes: " + secret.length);
    return new Secret(secret.clone());
  }

  /// The public half of a key: RS256 if it is of RSA with 2,048 bits or more, ES256 if it is of the
  /// curve P-256.
  ///
  /// @throws IllegalArgumentException if it is any other
  public static JwtKey of(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa when rsa.getModulus().bitLength() >= LEAST_RSA_BITS ->
          new Signed("RS256", "SHA256withRSA", rsa);
      case ECPublicKey ec when ec.getParams().getOrder().bitLength() == P256_BITS ->
          new Signed("ES256", "SHA256withECDSAinP1363Format", ec);
      default ->
          throw new IllegalArgumentException(
              "neither RSA with 2048 bits or more nor P-256: " + key.getAlgorithm());
    };
  }

  /// The key in `pem`, one block of `PUBLIC KEY`.
  ///
  /// @throws IllegalArgumentException if it is none, or of another kind than [#of] takes
  public static JwtKey pem(String pem) {
    if (pem.length() > MOST_PEM_CHARS) throw new IllegalArgumentException("longer than 16 KiB");
    var block = PEM.matcher(pem);
    if (!block.matches()) throw new IllegalArgumentException("not one block of PUBLIC KEY");
    var spec = new X509EncodedKeySpec(Base64.getMimeDecoder().decode(block.group(1)));
    for (var algorithm : new String[] {"RSA", "EC"}) {
      try {
        return of(KeyFactory.getInstance(algorithm).generatePublic(spec));
      } catch (GeneralSecurityException another) {
        // the next kind may fit
      }
    }
    throw new IllegalArgumentException("neither RSA nor EC");
  }

  /// The one `alg` that this key is for.
  abstract String algorithm();

  /// Whether `signature` was made over `bytes` with this key.
  abstract boolean verifies(byte[] bytes, byte[] signature);

  private static final class Secret extends JwtKey {
    private final byte[] secret;

    Secret(byte[] secret) {
      this.secret = secret;
    }

    @Override
    String algorithm() {
      return "HS256";
    }

    @Override
    boolean verifies(byte[] bytes, byte[] signature) {
      try {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return MessageDigest.isEqual(mac.doFinal(bytes), signature);
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException("every Java has HmacSHA256", impossible);
      }
    }
  }

  private static final class Signed extends JwtKey {
    private final String algorithm;
    private final String name;
    private final PublicKey key;

    Signed(String algorithm, String name, PublicKey key) {
      this.algorithm = algorithm;
      this.name = name;
      this.key = key;
    }

    @Override
    String algorithm() {
      return algorithm;
    }

    @Override
    boolean verifies(byte[] bytes, byte[] signature) {
      try {
        var check = Signature.getInstance(name);
        check.initVerify(key);
        check.update(bytes);
        return check.verify(signature);
      } catch (GeneralSecurityException malformed) {
        return false; // of another length than signatures have
      }
    }
  }
}
