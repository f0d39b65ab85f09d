package io.tidegate.http.form;

import io.tidegate.http.semantics.HttpError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One part of a [Multipart] body. Belongs to the handler's thread.
public final class Part {
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

  /// All of it as UTF-8, at most `most` bytes, which are charged until the call is over.
  ///
  /// @throws HttpError 413 if there is more, 503 if there is no memory for it
  public String text(int most) throws IOException {
    charge.take(most);
    var bytes = stream.readNBytes(most + 1);
    if (bytes.length > most) throw new HttpError(413, "more than " + most + " bytes in a field");
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /// Writes it to `path`, and returns how many bytes that were. What is not whole is deleted.
  public long saveTo(Path path) throws IOException {
    boolean whole = false;
    try (var out = Files.newOutputStream(path)) {
      long bytes = stream.transferTo(out);
      whole = true;
      return bytes;
    } finally {
      if (!whole) Files.deleteIfExists(path);
    }
  }
}
