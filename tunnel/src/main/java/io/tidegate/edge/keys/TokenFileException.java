package io.tidegate.edge.keys;

import java.io.IOException;
import java.io.Serial;

/// Says what is wrong with a token file, in one line that names the file and, where there is one,
/// the line's number.
public final class TokenFileException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  TokenFileException(String message) {
    super(message);
  }
}
