package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.http.form.Pairs;
import io.tidegate.http.semantics.HttpError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpdateTest {
  private static Update of(String form) {
    return Update.of(Pairs.of(form, 128));
  }

  @Test
  void aFormIsAnUpdate() {
    assertThat(of("topic=a%2F1&topic=b&data=x&private=on&id=urn%3Aid&type=note&retry=2500"))
        .isEqualTo(new Update(List.of("a/1", "b"), true, "urn:id", "note", 2_500));
    assertThat(of("topic=a&id=&type=&retry="))
        .isEqualTo(new Update(List.of("a"), false, null, null, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "data=x, 400, Missing \"topic\" parameter",
    "topic=, 400, a topic that is none",
    "topic=a%0Ab, 400, a topic that is none",
    "topic=https%3A%2F%2Fh%2F.well-known%2Fmercure%2Fsubscriptions, 403, a topic of the hub's own",
    "topic=a&id=%23x, 400, an id that none can have",
    "topic=a&id=x%0Adata%3A%20forged, 400, an id that none can have",
    "topic=a&id=urn%3Atidegate%3A1-1, 400, an id that none can have",
    "topic=a&id=earliest, 400, an id that none can have",
    "topic=a&type=x%0D%0A, 400, a type that none can have",
    "topic=a&retry=1s, 400, Invalid \"retry\" parameter",
    "topic=a&retry=-1, 400, Invalid \"retry\" parameter"
  })
  void whatIsNoneIsRefused(String form, int status, String text) {
    assertThatThrownBy(() -> of(form))
        .isInstanceOfSatisfying(
            HttpError.class, error -> assertThat(error.status()).isEqualTo(status))
        .hasMessage(text);
  }

  @Test
  void moreTopicsThanMayBeAreRefused() {
    assertThat(of("topic=a&".repeat(Update.MOST_TOPICS)).topics()).hasSize(Update.MOST_TOPICS);
    assertThatThrownBy(() -> of("topic=a&".repeat(Update.MOST_TOPICS + 1)))
        .hasMessage("more than 32 topics");
  }

  @Test
  void itsPriceGrowsWithWhatIsKept() {
    int small = of("topic=a").heldBytes();

    assertThat(of("topic=" + "a".repeat(1_001)).heldBytes()).isEqualTo(small + 2_000);
  }
}
