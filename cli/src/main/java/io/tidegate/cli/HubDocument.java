package io.tidegate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tidegate.server.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/// The document that shows a hub's figures: one file that needs nothing from elsewhere, and a
/// policy that lets nothing run but what is in it.
final class HubDocument {
  private static final byte[] BYTES = read("hub.html");

  static final Answer ANSWER =
      Answer.bytes("text/html; charset=utf-8", BYTES)
          .withField("Content-Security-Policy", policy(new String(BYTES, UTF_8)))
          .withField("Cache-Control", "no-cache")
          .withField("Referrer-Policy", "no-referrer")
          .withField("X-Content-Type-Options", "nosniff");

  private HubDocument() {}

  private static byte[] read(String name) {
    try (var in = HubDocument.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String policy(String document) {
    return String.join(
        "; ",
        List.of(
            "default-src 'none'",
            "script-src " + hashOf(document, "script"),
            "style-src " + hashOf(document, "style"),
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'"));
  }

  /// The hash of what stands in the only element of this name, as CSP 3 §2.3.1 has it.
  private static String hashOf(String document, String element) {
    int from = document.indexOf("<" + element + ">") + element.length() + 2;
    var text = document.substring(from, document.indexOf("</" + element + ">", from));
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(hash) + "'";
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java has SHA-256", missing);
    }
  }
}
