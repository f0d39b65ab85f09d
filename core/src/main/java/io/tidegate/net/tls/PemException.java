package io.tidegate.net.tls;

import java.io.IOException;

/// A file of certificates or keys that cannot be used; the message names the file and says why.
public final class PemException extends IOException {
  private static final long serialVersionUID = 1;

  PemException(String message, Throwable cause) {
    super(message, cause);
  }

  PemException(String message) {
    super(message);
  }
}
