package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.Position;
import org.junit.jupiter.api.Test;

class EventIdsTest {
  private final EventIds ids = new EventIds(4);

  @Test
  void anIdOfTheHubsOwnIsAPosition() {
    var position = new Position(0x1a2b, 7);

    assertThat(EventIds.of(position)).isEqualTo("urn:tidegate:1a2b-7");
    assertThat(ids.find("urn:tidegate:1a2b-7", null)).isEqualTo(position);
    assertThat(ids.find("urn:tidegate:x", null)).isEqualTo(Position.UNKNOWN);
    assertThat(ids.find("urn:uuid:never", null)).isEqualTo(Position.UNKNOWN);
  }

  @Test
  void theLastFewThatPublishersChoseAreFound() {
    for (int i = 1; i <= 23; i++) ids.put("id " + i, new Position(5, i));

    assertThat(ids.find("id 19", null)).isEqualTo(Position.UNKNOWN);
    for (int i = 20; i <= 23; i++)
      assertThat(ids.find("id " + i, null)).isEqualTo(new Position(5, i));
  }

  @Test
  void ofAnIdThatWasUsedTwiceTheOldestThatIsKeptCounts() {
    for (int i = 1; i <= 3; i++) ids.put("a", new Position(5, i));

    assertThat(ids.find("a", null)).isEqualTo(new Position(5, 1));
    assertThat(ids.find("a", new Position(5, 0))).isEqualTo(new Position(5, 1));
    assertThat(ids.find("a", new Position(5, 1))).isEqualTo(new Position(5, 2));
    assertThat(ids.find("a", new Position(5, 7))).isEqualTo(new Position(5, 3));
  }

  @Test
  void aLogThatBeganAnewHasForgottenThem() {
    ids.put("a", new Position(5, 1));
    ids.put("b", new Position(6, 1));

    assertThat(ids.find("a", null)).isEqualTo(Position.UNKNOWN);
    assertThat(ids.find("b", null)).isEqualTo(new Position(6, 1));
  }
}
