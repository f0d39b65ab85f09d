package io.tidegate.edge;

import io.tidegate.net.tls.PemPair;
import io.tidegate.testkit.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// All rigs of a class speak TLS, visitors and agents alike.
final class OverTls implements BeforeAllCallback, AfterAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    var authority = TestAuthority.in(Files.createTempDirectory("tidegate-tls"));
    var issued = authority.issue("DNS:localhost", "DNS:*.localhost", "IP:127.0.0.1");
    TunnelRig.secure =
        new TunnelRig.Secure(authority, new PemPair(issued.certificate(), issued.key()));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    TunnelRig.secure = null;
  }
}
