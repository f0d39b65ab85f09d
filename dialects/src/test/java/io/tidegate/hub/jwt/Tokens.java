package io.tidegate.hub.jwt;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Makes tokens as issuers do, with the JDK alone.
public final class Tokens {
  /// What tests share with the hub.
  public static final byte[] SECRET =
      "a secret that everybody can read in here".getBytes(StandardCharsets.US_ASCII);

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private Tokens() {}

  /// A token of [#SECRET] that says `claims`.
  public static String of(String claims) {
    return hmac("{\"typ\":\"JWT\",\"alg\":\"HS256\"}", claims, SECRET);
  }

  /// An access token (RFC 9068) of [#SECRET] that says `claims`.
  public static String access(String claims) {
    return hmac("{\"typ\":\"at+jwt\",\"alg\":\"HS256\"}", claims, SECRET);
  }

  static String hmac(String header, String claims, byte[] secret) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      var signed = signed(header, claims);
      return signed + "." + BASE64.encodeToString(mac.doFinal(bytes(signed)));
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  static String signed(String algorithm, String name, PrivateKey key, String claims)
      throws GeneralSecurityException {
    var text = signed("{\"alg\":\"" + algorithm + "\"}", claims);
    var signature = Signature.getInstance(name);
    signature.initSign(key);
    signature.update(bytes(text));
    return text + "." + BASE64.encodeToString(signature.sign());
  }

  private static String signed(String header, String claims) {
    return BASE64.encodeToString(bytes(header)) + "." + BASE64.encodeToString(bytes(claims));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
