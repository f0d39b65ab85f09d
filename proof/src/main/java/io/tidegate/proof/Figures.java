package io.tidegate.proof;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The page of figures, of which each program writes its own part, between its two markers.
public record Figures(Path page) {

  /// Replaces the part of `program` by `markdown`.
  ///
  /// @throws IOException if the page has no such part; it is unchanged then
  public void write(String program, String markdown) throws IOException {
    var text = Files.readString(page);
    var _ = Files.writeString(page, replaced(text, program, markdown));
  }

  /// @throws IOException if `program` has no part in `text`
  static String replaced(String text, String program, String markdown) throws IOException {
    var begin = "<!-- " + program + ": begin -->";
    var end = "<!-- " + program + ": end -->";
    var from = text.indexOf(begin);
    var to = text.indexOf(end);
    if (from < 0 || to < from) {
      throw new IOException("the page of figures has no lines " + begin + " and " + end);
    }
    return text.substring(0, from + begin.length())
        + "\n"
        + markdown.strip()
        + "\n"
        + text.substring(to);
  }
}
