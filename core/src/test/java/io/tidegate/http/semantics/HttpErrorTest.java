package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpErrorTest {
  @Test
  void saysWhatItsStatusSaysUnlessItIsToldOtherwise() {
    assertThat(new HttpError(404).text()).isEqualTo("not found");
    assertThat(new HttpError(499).text()).isEqualTo("status 499");
    assertThat(new HttpError(404, "gone fishing").text()).isEqualTo("gone fishing");
    assertThat(new HttpError(404).fields()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {399, 600, 200, -1})
  void isAnError(int status) {
    assertThatThrownBy(() -> new HttpError(status)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"Retry-After,'1\r\nX: y'", "'Retry After',1", "Content-Length,3", "DATE,never"})
  void hasNoFieldThatEndsItsLineOrIsTheServersOwn(String name, String value) {
    assertThatThrownBy(() -> new HttpError(503, "later", Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void fieldsAreBounded() {
    assertThat(new HttpError(503, "", Map.of("X", "y".repeat(8 * 1024 - 1))).fields()).hasSize(1);
    assertThatThrownBy(() -> new HttpError(503, "", Map.of("X", "y".repeat(8 * 1024))))
        .hasMessageContaining("8192 bytes");
  }
}
