package io.tidegate.net.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;

/// Whether a key is a certificate's: found out before a client does. Pure.
final class KeyMatch {
  private static final byte[] ANYTHING = {1, 2, 3, 4};

  private KeyMatch() {}

  static void demand(PemPair pair, X509Certificate certificate, PrivateKey key)
      throws PemException {
    try {
      if (matches(certificate, key)) return;
    } catch (GeneralSecurityException other) {
      throw new PemException(mismatch(pair), other);
    }
    throw new PemException(mismatch(pair));
  }

  private static boolean matches(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    var signature = Signature.getInstance(algorithm(key));
    signature.initSign(key);
    signature.update(ANYTHING);
    var signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(ANYTHING);
    return signature.verify(signed);
  }

  private static String algorithm(PrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> key.getAlgorithm();
    };
  }

  private static String mismatch(PemPair pair) {
    return pair.key() + " is not the key of the first certificate in " + pair.certificates();
  }
}
