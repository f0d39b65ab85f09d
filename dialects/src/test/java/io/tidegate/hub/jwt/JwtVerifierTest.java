package io.tidegate.hub.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtVerifierTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final String CLAIMS =
      "{\"sub\":\"ada\",\"mercure\":{\"publish\":[\"*\",\"b\"]},\"n\":1.5,\"x\":null}";

  private final JwtVerifier verifier = new JwtVerifier(CLOCK, JwtKey.secret(Tokens.SECRET));

  private static KeyPair rsa(int bits) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private static KeyPair ec(String curve) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    return generator.generateKeyPair();
  }

  private static String pem(KeyPair pair) {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }

  private Claims valid(String token) {
    assertThat(verifier.verify(token)).isInstanceOf(Verified.Valid.class);
    return ((Verified.Valid) verifier.verify(token)).claims();
  }

  @Test
  void aTokenOfTheSecretSaysWhatItsMakerSaid() {
    var claims = valid(Tokens.of(CLAIMS));

    assertThat(claims.subject()).isEqualTo("ada");
    assertThat(claims.expires()).isNull();
    var mercure = Objects.requireNonNull(claims.object("mercure"));
    assertThat(mercure.texts("publish")).isEqualTo(List.of("*", "b"));
    assertThat(mercure.texts("subscribe")).isNull();
  }

  /// The example of RFC 7515, appendix A.1.
  @Test
  void theExampleOfTheRfcIsValid() {
    var secret =
        Base64.getUrlDecoder()
            .decode(
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    var token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
            + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
            + "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    var before = InstantSource.fixed(Instant.ofEpochSecond(1_300_819_379));

    var then = new JwtVerifier(before, JwtKey.secret(secret)).verify(token);
    var now = new JwtVerifier(CLOCK, JwtKey.secret(secret)).verify(token);

    assertThat(then).isInstanceOf(Verified.Valid.class);
    assertThat(now).isEqualTo(new Verified.Expired());
  }

  @Test
  void rsaAndEllipticCurvesAreCheckedByTheirPublicHalf() throws Exception {
    var rsa = rsa(2048);
    var ec = ec("secp256r1");
    var both =
        new JwtVerifier(
            CLOCK, JwtKey.secret(Tokens.SECRET), JwtKey.pem(pem(rsa)), JwtKey.pem(pem(ec)));

    var byRsa = Tokens.signed("RS256", "SHA256withRSA", rsa.getPrivate(), CLAIMS);
    var byEc = Tokens.signed("ES256", "SHA256withECDSAinP1363Format", ec.getPrivate(), CLAIMS);

    assertThat(both.verify(byRsa)).isInstanceOf(Verified.Valid.class);
    assertThat(both.verify(byEc)).isInstanceOf(Verified.Valid.class);
    assertThat(both.verify(Tokens.of(CLAIMS))).isInstanceOf(Verified.Valid.class);
    assertThat(verifier.verify(byRsa)).isInstanceOf(Verified.Invalid.class);
    assertThat(both.verify(byEc.substring(0, byEc.length() - 4)))
        .isInstanceOf(Verified.Invalid.class);
  }

  /// The public key is no secret: who has it must not make tokens with it.
  @Test
  void aTokenDoesNotChooseItsAlgorithm() throws Exception {
    var rsa = rsa(2048);
    var byPublicKey =
        Tokens.hmac("{\"alg\":\"HS256\"}", CLAIMS, pem(rsa).getBytes(StandardCharsets.US_ASCII));
    var withoutSignature = Tokens.hmac("{\"alg\":\"none\"}", CLAIMS, Tokens.SECRET);
    var checks = new JwtVerifier(CLOCK, JwtKey.of(rsa.getPublic()));

    assertThat(checks.verify(byPublicKey)).isInstanceOf(Verified.Invalid.class);
    assertThat(verifier.verify(withoutSignature)).isInstanceOf(Verified.Invalid.class);
    assertThat(verifier.verify(withoutSignature.replaceAll("[^.]*$", "")))
        .isInstanceOf(Verified.Invalid.class);
    assertThat(verifier.verify(Tokens.hmac("{}", CLAIMS, Tokens.SECRET)))
        .isInstanceOf(Verified.Invalid.class);
  }

  @Test
  void anotherSecretOrAChangedClaimIsRefused() {
    var token = Tokens.of(CLAIMS);
    var other = Tokens.hmac("{\"alg\":\"HS256\"}", CLAIMS, new byte[32]);
    var parts = token.split("\\.", -1);
    var forged =
        parts[0]
            + "."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"sub\":\"eve\"}".getBytes(StandardCharsets.US_ASCII))
            + "."
            + parts[2];

    assertThat(verifier.verify(other)).isInstanceOf(Verified.Invalid.class);
    assertThat(verifier.verify(forged)).isInstanceOf(Verified.Invalid.class);
  }

  @Test
  void timesCountWithinHalfAMinute() {
    long now = NOW.getEpochSecond();

    assertThat(verifier.verify(Tokens.of("{\"exp\":" + (now - 29) + "}")))
        .isInstanceOf(Verified.Valid.class);
    assertThat(verifier.verify(Tokens.of("{\"exp\":" + (now - 30) + "}")))
        .isEqualTo(new Verified.Expired());
    assertThat(verifier.verify(Tokens.of("{\"nbf\":" + (now + 30) + "}")))
        .isInstanceOf(Verified.Valid.class);
    assertThat(verifier.verify(Tokens.of("{\"nbf\":" + (now + 31) + "}")))
        .isInstanceOf(Verified.Invalid.class);
    assertThat(valid(Tokens.of("{\"exp\":1e300}")).expires()).isAfter(NOW);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c",
        "e30.e30.",
        "💧.e30.e30",
        "eyJhbGciOiJIUzI1NiJ9.."
      })
  void whatIsNoTokenIsSaidToBeNone(String text) {
    assertThat(verifier.verify(text)).isInstanceOf(Verified.Invalid.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{",
        "{}{}",
        "{\"a\":1,\"a\":2}",
        "{\"exp\":\"soon\"}",
        "{\"nbf\":[]}",
        "\"x\"",
        "{\"n\":1111111111111111111111111111111111111111}",
        "[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]"
      })
  void signedClaimsThatAreNoneAreRefused(String claims) {
    assertThat(verifier.verify(Tokens.of(claims))).isInstanceOf(Verified.Invalid.class);
  }

  @Test
  void whatIsTooLongOrDemandsMoreIsRefused() {
    var longOne = Tokens.of("{\"sub\":\"" + "a".repeat(JwtVerifier.MOST_CHARS) + "\"}");
    var critical = Tokens.hmac("{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", CLAIMS, Tokens.SECRET);

    assertThat(verifier.verify(longOne)).isInstanceOf(Verified.Invalid.class);
    assertThat(verifier.verify(critical)).isInstanceOf(Verified.Invalid.class);
  }

  @Test
  void weakKeysAreRefused() throws Exception {
    var short1024 = rsa(1024).getPublic();
    var p384 = ec("secp384r1").getPublic();

    assertThatThrownBy(() -> JwtKey.secret(new byte[31])).hasMessageContaining("32 bytes: 31");
    assertThatThrownBy(() -> JwtKey.of(short1024)).hasMessageContaining("2048");
    assertThatThrownBy(() -> JwtKey.of(p384)).hasMessageContaining("P-256");
    assertThatThrownBy(() -> JwtKey.pem("x")).hasMessageContaining("PUBLIC KEY");
    assertThatThrownBy(JwtVerifier::new).hasMessageContaining("keys not in 1..8: 0");
  }
}
