package io.tidegate.http.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadBuilderTest {
  private final HeadBuilder builder = new HeadBuilder();

  @ParameterizedTest
  @ValueSource(
      strings = {"a\r\nB: c", "a\n", "a\r", "a\0", "a\u007f", "a\u0001b", "\u0100", "\u010d\u010a"})
  void aValueCannotEndItsLine(String value) {
    assertThatIllegalArgumentException().isThrownBy(() -> builder.fields().field("X", value));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.fields().field(FieldName.LOCATION, value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:", "a\r\n", "\u00e9", "\u0161", "(a)", "Host", "hOST"})
  void aNameIsATokenAndNotHost(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> builder.fields().field(name, "x"));
  }

  @Test
  void aRequestLineCannotBeSplit() {
    assertThatIllegalArgumentException().isThrownBy(() -> builder.request("GET /", "/", "a"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.request("", "/", "a"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.request("GET", "/ HTTP/1.1", "a"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.request("GET", "/\u0120", "a"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.request("GET", "/", "a\r\nX: y"));
  }

  @Test
  void aRefusedFieldLeavesNoTrace() {
    builder.fields().field("A", "1");

    assertThatIllegalArgumentException().isThrownBy(() -> builder.field("B", "2\n"));

    assertThat(builder.field("C", " 3\t").buildFields()).hasToString("A: 1\r\nC: 3\r\n");
  }

  @Test
  void chosenFieldsAreCopiedInOrderAndStayKnown() {
    var from =
        builder
            .fields()
            .field("a", "1")
            .field("via", "x")
            .field("B", "")
            .field("TE", "t")
            .buildFields();

    var copy =
        builder
            .fields()
            .field("First", "0")
            .copy(from, (fields, i) -> !fields.is(i, FieldName.TE))
            .copy(from, 3)
            .buildFields();

    assertThat(copy).hasToString("First: 0\r\na: 1\r\nvia: x\r\nB: \r\nTE: t\r\n");
    assertThat(copy.first(FieldName.VIA)).isEqualTo(2);
    assertThat(copy.value(FieldName.TE)).isEqualTo("t");
    assertThat(copy.value(3)).isEmpty();
  }

  @Test
  void fieldsHaveABound() {
    builder.fields();
    for (int i = 0; i < 63; i++) {
      builder.field("X", "a".repeat(1_024 - 5));
    }

    assertThatIllegalArgumentException().isThrownBy(() -> builder.field("X", "a".repeat(1_024)));
    assertThat(builder.field("Y", "a".repeat(1_023 - 5)).buildFields().wireBytes())
        .isEqualTo(HeadBuilder.MAX_BYTES);
  }

  @Test
  void fieldsAnswerQuestions() {
    var fields =
        builder
            .fields()
            .field("set-cookie", "a=b")
            .field("X_y", "v")
            .field("Set-Cookie", "c=d")
            .field("Upgrade", "h2c ,WebSocket, \"x\"")
            .buildFields();

    assertThat(fields.count(FieldName.SET_COOKIE)).isEqualTo(2);
    assertThat(fields.next(FieldName.SET_COOKIE, 0)).isEqualTo(2);
    assertThat(fields.first(FieldName.HOST)).isEqualTo(-1);
    assertThat(fields.known(1)).isNull();
    assertThat(fields.known(3)).isEqualTo(FieldName.UPGRADE);
    assertThat(fields.nameContains(1, '_')).isTrue();
    assertThat(fields.nameContains(2, '_')).isFalse();
    assertThat(fields.nameIs(1, "x_Y")).isTrue();
    assertThat(fields.value("X_Y")).isEqualTo("v");
    assertThat(fields.value("X-Y")).isNull();
    assertThat(fields.valueIs(0, "A=B")).isTrue();
    assertThat(fields.listHas(FieldName.UPGRADE, "websocket")).isTrue();
    assertThat(fields.listHas(FieldName.UPGRADE, "web")).isFalse();
    assertThat(fields.heldBytes()).isGreaterThan(fields.wireBytes() + 4 * 8);
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.EnumSource(FieldName.class)
  void everyKnownNameIsRecognisedInAnyCase(FieldName name) {
    byte[] upper = Scans.bytes(name.text().toUpperCase(java.util.Locale.ROOT));
    byte[] lower = Scans.bytes(name.text().toLowerCase(java.util.Locale.ROOT));

    assertThat(FieldName.idOf(upper, 0, upper.length)).isEqualTo(name.id());
    assertThat(FieldName.idOf(lower, 0, lower.length)).isEqualTo(name.id());
  }
}
