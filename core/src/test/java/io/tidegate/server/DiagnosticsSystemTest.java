package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DiagnosticsSystemTest {
  @Test
  void metricsHealthAndCensusAreShown() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get("/metrics", Diagnostics.metrics())
                .get("/health", Diagnostics.health())
                .get("/census", Diagnostics.census()))) {

      assertThat(rig.get("/metrics").body())
          .contains("tidegate_cuts_total{reason=\"handler_limit\"} 0")
          .contains("tidegate_connections ");
      assertThat(rig.get("/health").body()).isEqualTo("ok\n");
      assertThat(rig.get("/census").body()).contains("listener").contains("connection 127.0.0.1:");
    }
  }
}
