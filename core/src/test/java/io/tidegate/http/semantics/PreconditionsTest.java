package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.semantics.Preconditions.Outcome;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The table of RFC 9110 §13.2.2 for something with the tag `"t"` that changed at 1,000 s.
class PreconditionsTest {
  private static final String TAG = "\"t\"";
  private static final Instant CHANGED = Instant.ofEpochSecond(1_000, 999_999_999);
  private static final String THEN = "Thu, 01 Jan 1970 00:16:40 GMT";
  private static final String BEFORE = "Thu, 01 Jan 1970 00:16:39 GMT";

  private static Fields fields(String lines) {
    var head = new HeadBuilder().fields();
    for (var line : lines.split("\\|", -1)) {
      int colon = line.indexOf(':');
      if (colon < 0) continue;
      var value = line.substring(colon + 1).replace("THEN", THEN).replace("BEFORE", BEFORE);
      head.field(line.substring(0, colon), value.strip());
    }
    return head.buildFields();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '~',
      textBlock =
          """
          no condition                            > GO_ON        > GO_ON
          If-Match: "t"                           > GO_ON        > GO_ON
          If-Match: *                             > GO_ON        > GO_ON
          If-Match: "a", "t"                      > GO_ON        > GO_ON
          If-Match: "a"                           > FAILED       > FAILED
          If-Match: W/"t"                         > FAILED       > FAILED
          If-Match: t                             > FAILED       > FAILED
          If-Match: "t                            > FAILED       > FAILED
          If-None-Match: "t"                      > NOT_MODIFIED > FAILED
          If-None-Match: W/"t"                    > NOT_MODIFIED > FAILED
          If-None-Match: *                        > NOT_MODIFIED > FAILED
          If-None-Match: "a,t", "t"               > NOT_MODIFIED > FAILED
          If-None-Match: "a"                      > GO_ON        > GO_ON
          If-None-Match: t                        > GO_ON        > GO_ON
          If-Modified-Since: THEN                 > NOT_MODIFIED > GO_ON
          If-Modified-Since: BEFORE               > GO_ON        > GO_ON
          If-Modified-Since: whenever             > GO_ON        > GO_ON
          If-None-Match: "a"|If-Modified-Since: THEN > GO_ON     > GO_ON
          If-Unmodified-Since: THEN               > GO_ON        > GO_ON
          If-Unmodified-Since: BEFORE             > FAILED       > FAILED
          If-Unmodified-Since: whenever           > GO_ON        > GO_ON
          If-Match: "t"|If-Unmodified-Since: BEFORE  > GO_ON     > GO_ON
          If-Match: "a"|If-None-Match: "t"        > FAILED       > FAILED
          If-Match: "t"|If-None-Match: "t"        > NOT_MODIFIED > FAILED
          """)
  void eachConditionHasItsOutcome(String lines, Outcome ofGet, Outcome ofPut) {
    var request = fields(lines);

    assertThat(Preconditions.of(request, true, TAG, CHANGED)).isEqualTo(ofGet);
    assertThat(Preconditions.of(request, false, TAG, CHANGED)).isEqualTo(ofPut);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '~',
      textBlock =
          """
          If-None-Match: "a"|If-None-Match: "t"   > NOT_MODIFIED
          If-Match: "a"|If-Match: "t"             > GO_ON
          """)
  void aListMayStandOnSeveralLines(String lines, Outcome outcome) {
    assertThat(Preconditions.of(fields(lines), true, TAG, CHANGED)).isEqualTo(outcome);
  }

  @Test
  void aWeakTagNeverMatchesStrongly() {
    assertThat(Preconditions.of(fields("If-Match: W/\"t\""), true, "W/\"t\"", CHANGED))
        .isEqualTo(Outcome.FAILED);
    assertThat(Preconditions.of(fields("If-None-Match: \"t\""), true, "W/\"t\"", CHANGED))
        .isEqualTo(Outcome.NOT_MODIFIED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '~',
      textBlock =
          """
          no condition       > true
          If-Range: "t"      > true
          If-Range: "a"      > false
          If-Range: W/"t"    > false
          If-Range: THEN     > true
          If-Range: BEFORE   > false
          If-Range: whenever > false
          """)
  void aRangeIsHeededOnlyForJustThis(String lines, boolean heeded) {
    assertThat(Preconditions.heedsRange(fields(lines), TAG, CHANGED)).isEqualTo(heeded);
  }
}
