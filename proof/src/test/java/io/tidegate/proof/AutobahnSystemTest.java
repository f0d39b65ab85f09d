package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.websocket.WebSocketConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Autobahn test suite, RFC 6455.
class AutobahnSystemTest {
  /// One of each kind: echoes, pings, reserved bits and opcodes, fragments, UTF-8, closes.
  private static final String SLICE = "1.1.2,2.10,3.2,4.1.3,5.15,6.4.1,7.1.1,7.7.1,10.1.1";

  private static final int CASES = 301;

  @TempDir private Path home;

  @Test
  void aSliceHoldsAgainstOurServer() throws Exception {
    var results = new Autobahn(home).fuzzServer(Autobahn.ROOMY, Autobahn.ROOMY_CEILING, SLICE);

    assertThat(results.faults()).isEmpty();
    assertThat(results.good()).isEqualTo(9);
  }

  @Test
  @Tag("long")
  void everyCaseHoldsAgainstOurServer() throws Exception {
    var results = new Autobahn(home).fuzzServer(Autobahn.ROOMY, Autobahn.ROOMY_CEILING, "*");

    assertThat(results.faults()).isEmpty();
    assertThat(results.good()).isEqualTo(CASES);
  }

  @Test
  @Tag("long")
  void underDefaultsTheCasesPastThemAndNoOthersEndWith1009() throws Exception {
    var results = new Autobahn(home).fuzzServer(WebSocketConfig.DEFAULT, 2 << 20, "*");

    assertThat(results.cases()).hasSize(CASES);
    assertThat(results.cases().entrySet())
        .filteredOn(entry -> !entry.getValue().isGood())
        .allMatch(entry -> entry.getKey().startsWith("9.") && entry.getValue().code() == 1009);
  }

  @Test
  @Tag("long")
  void everyCaseHoldsAgainstOurClient() throws Exception {
    var results = new Autobahn(home).fuzzClient("*");

    assertThat(results.faults()).isEmpty();
    assertThat(results.good()).isEqualTo(CASES);
  }
}
