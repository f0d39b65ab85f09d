package io.tidegate.agent;

import io.tidegate.net.tls.TlsClient;
import java.net.URI;

/// Says why an edge was not trusted, and what to do next.
final class TlsRefusals {
  private TlsRefusals() {}

  static String text(URI edge, TlsClient.Refusal why) {
    return switch (why.cause()) {
      case UNKNOWN_AUTHORITY ->
          "nobody trusted vouches for the certificate of "
              + edge
              + "; if its authority is your own, name the file with --ca";
      case OTHER_NAME ->
          "the certificate of "
              + edge
              + " is of another name ("
              + why.detail()
              + "); call the edge by a name that its certificate has";
      case OUT_OF_TIME ->
          "the certificate of "
              + edge
              + " has expired or is not valid yet ("
              + why.detail()
              + "); renew it, or set this machine's clock";
      case NO_MEMORY -> "no memory for the TLS handshake with " + edge;
      case LOST -> "the connection to " + edge + " ended in the TLS handshake: " + why.detail();
      case FAILED ->
          "no TLS handshake with "
              + edge
              + " ("
              + why.detail()
              + "); is it https, and is that its port?";
    };
  }
}
