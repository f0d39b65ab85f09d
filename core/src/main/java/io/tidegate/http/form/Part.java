package io.tidegate.http.form;

import io.tidegate.http.semantics.HttpError;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One part of a [Multipart] body. Belongs to the handler's thread.
public final class Part {
  private static final int FIRST_BYTES = 1024;

  private final Multipart.Charge charge;
  private final String name;
  private final @Nullable String fileName;
  private final @Nullable String type;
  private final InputStream stream;

  private Part(
      Multipart.Charge charge,
      String name,
      @Nullable String fileName,
      @Nullable String type,
      InputStream stream) {
    this.charge = charge;
    this.name = name;
    this.fileName = fileName;
    this.type = type;
    this.stream = stream;
  }

  static Part of(Multipart.Charge charge, String head, InputStream stream) {
    String name = null;
    String fileName = null;
    String type = null;
    for (var line : head.split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon < 0) throw new HttpError(400, "malformed head of a part");
      var value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon).strip().toLowerCase(java.util.Locale.ROOT)) {
        case "content-disposition" -> {
          name = Multipart.parameter(value, "name");
          fileName = Multipart.parameter(value, "filename");
        }
        case "content-type" -> type = value;
        default -> {} // what RFC 7578 §4.8 has readers ignore
      }
    }
    if (name == null) throw new HttpError(400, "a part without a name");
    return new Part(charge, name, fileName, type, stream);
  }

  /// Of the form's field.
  public String name() {
    return name;
  }

  /// As the peer calls the file, null if it is none: never a path to write to.
  public @Nullable String fileName() {
    return fileName;
  }

  /// Of its content, null if none was told.
  public @Nullable String type() {
    return type;
  }

  /// Its bytes, until the next part is asked for.
  public InputStream stream() {
    return stream;
  }

  /// All of it as UTF-8, at most `most` bytes; what has come is charged until the call is over.
  ///
  /// @throws HttpError 413 if there is more, 503 if there is no memory for it
  public String text(int most) throws IOException {
    var bytes = new byte[charged((int) Math.min(FIRST_BYTES, most + 1L))];
    int filled = 0;
    for (int read; (read = stream.read(bytes, filled, bytes.length - filled)) >= 0; ) {
      filled += read;
      if (filled > most) throw new HttpError(413, "more than " + most + " bytes in a field");
      if (filled == bytes.length)
        bytes = Arrays.copyOf(bytes, filled + charged((int) Math.min(filled, most + 1L - filled)));
    }
    return new String(bytes, 0, filled, StandardCharsets.UTF_8);
  }

  private int charged(int bytes) {
    charge.take(bytes);
    return bytes;
  }

  /// Writes it to `path`, and returns how many bytes that were. A file that was begun and not
  /// finished is deleted.
  public long saveTo(Path path) throws IOException {
    try (var out = Files.newOutputStream(path)) {
      return transferTo(out, path);
    }
  }

  private long transferTo(OutputStream out, Path path) throws IOException {
    boolean whole = false;
    try {
      long bytes = stream.transferTo(out);
      whole = true;
      return bytes;
    } finally {
      if (!whole) Files.deleteIfExists(path);
    }
  }
}
