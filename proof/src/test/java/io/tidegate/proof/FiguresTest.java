package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FiguresTest {
  private static final String PAGE =
      """
      # Figures
      <!-- bench tunnel: begin -->
      old
      <!-- bench tunnel: end -->
      <!-- other: begin -->
      stays
      <!-- other: end -->
      """;

  @TempDir private Path directory;

  @Test
  void onlyThePartOfTheProgramIsReplaced() throws IOException {
    var page = Files.writeString(directory.resolve("figures.md"), PAGE);

    new Figures(page).write("bench tunnel", "| new |\n");

    assertThat(page).hasContent(PAGE.replace("old", "| new |"));
  }

  @Test
  void writingTwiceIsWritingOnce() throws IOException {
    var once = Figures.replaced(PAGE, "bench tunnel", "new\n\n");

    assertThat(Figures.replaced(once, "bench tunnel", "new\n\n")).isEqualTo(once);
  }

  @Test
  void aPageWithoutThePartIsLeftAsItIs() throws IOException {
    var page = Files.writeString(directory.resolve("figures.md"), PAGE);

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> new Figures(page).write("bench hub", "new"))
        .withMessageContaining("<!-- bench hub: begin -->");
    assertThat(page).hasContent(PAGE);
  }

  @Test
  void theProjectsPageHasThePartsOfAllPrograms() throws IOException {
    var page = Files.readString(Path.of("../docs/figures.md"));

    for (var program :
        java.util.List.of(
            "bench tunnel",
            "bench server",
            "bench hub",
            "bench sleepers",
            "bench sleepers, uncut",
            "bench torture")) {
      assertThat(Figures.replaced(page, program, "new")).contains("\nnew\n");
    }
  }
}
