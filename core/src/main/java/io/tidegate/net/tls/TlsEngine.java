package io.tidegate.net.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.Locale;

/// Who does the cryptography.
public enum TlsEngine {
  /// Google's library, in native memory; handshakes cost a third of the JDK's CPU.
  BORINGSSL,
  /// The JDK's own, where there is no native library for the machine.
  JDK;

  /// The best that this machine has; the system property `tidegate.tls=jdk` asks for the JDK's.
  public static TlsEngine best() {
    boolean jdk = "jdk".equalsIgnoreCase(System.getProperty("tidegate.tls"));
    return !jdk && OpenSsl.isAvailable() ? BORINGSSL : JDK;
  }

  /// Its name, for people.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  SslProvider provider() {
    return switch (this) {
      // contexts end with the last connection that uses them, which only the collector knows
      case BORINGSSL -> SslProvider.OPENSSL;
      case JDK -> SslProvider.JDK;
    };
  }
}
