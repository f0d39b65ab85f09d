package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaTypesTest {
  @ParameterizedTest
  @CsvSource({
    "index.html, text/html; charset=utf-8",
    "INDEX.HTML, text/html; charset=utf-8",
    "app.min.js, text/javascript; charset=utf-8",
    "a.jpeg, image/jpeg",
    ".svg, image/svg+xml",
    "archive.tar.gz, application/gzip",
  })
  void theEndOfANameTellsItsType(String name, String type) {
    assertThat(MediaTypes.of(name)).isEqualTo(type);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "html", "js", "a.", "a.unknown", "a.html ", "png.x", "a.html/"})
  void whatSaysNothingIsOctets(String name) {
    assertThat(MediaTypes.of(name)).isEqualTo("application/octet-stream");
  }
}
