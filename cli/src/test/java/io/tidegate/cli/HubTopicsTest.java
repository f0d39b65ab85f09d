package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.hub.TopicKind;
import io.tidegate.hub.TopicRule;
import io.tidegate.ledger.Rate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubTopicsTest {
  @Test
  void aLineIsAPatternAKindAndBounds() {
    assertThat(HubTopics.parse("chat/*  log ring=512k messages=10 age=1m message=1k rate=5"))
        .isEqualTo(
            new TopicRule(
                "chat/*",
                new TopicKind.Log(512 << 10, 10, Duration.ofMinutes(1), 1 << 10),
                new Rate(5, Duration.ofSeconds(1))));
    assertThat(HubTopics.parse("p keyed keys=7 removals=3").kind())
        .isEqualTo(TopicKind.Keyed.DEFAULT.withMaxKeys(7).withMaxTombstones(3));
    assertThat(HubTopics.parse("cam/** latest").kind()).isEqualTo(TopicKind.Latest.DEFAULT);
  }

  @Test
  void whatIsNoLineSaysWhereAndWhy(@TempDir Path directory) throws Exception {
    var file = directory.resolve("topics");
    Files.writeString(file, "# rooms\n\nchat/* log keys=3\n");

    assertThatThrownBy(() -> HubTopics.read(file))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("line 3: unknown bound 'keys'; known are ring, messages");
    for (var wrong :
        new String[] {
          "a",
          "a loog",
          "a log ring",
          "a log ring=x",
          "a log messages=0",
          "a* log",
          "a log ring=10 message=9"
        })
      assertThatThrownBy(() -> HubTopics.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
  }
}
