package io.tidegate.proof.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.proof.Machine;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class HubReportTest {
  private static final Machine MACHINE =
      new Machine("0123456789ab", "A processor", 2, "Linux 6.1", "25", List.of("ws 8.23.0"), 0.25);

  private final HubResults results = new HubResults();

  @Test
  void everyFigureStandsInItsColumn() {
    measured(Broadcaster.TIDEGATE, 0, 1_000_000, 12);
    measured(Broadcaster.TIDEGATE, 1, 1_100_000, 9);
    measured(Broadcaster.NODE, 0, 2_000_000, 8);
    measured(Broadcaster.NODE, 1, 2_000_000, 8);
    results.add(new Storm(5_000, 103, 515_000, 0, 0, 0, 700_000, 400, 812));

    assertThat(report(List.of("nats-server is not installed")).lines())
        .contains(
            "**Left out**: nats-server is not installed.",
            "| Tidegate | 100,000 | 4.00 | 8.00 | 1.05 | 1.00x (1.00 to 1.00) | 0 | 0 | 6 | 64 | 50 % |",
            "| Node, ws | 100,000 | 4.00 | 8.00 | 2.00 | 0.53x (0.50 to 0.55) | 0 | 0 | 6 | 64 | 50 % |",
            "| Tidegate | 8.00, 10.50 | 1.31x (1.13 to 1.50) | 1.05 | 0 | 0 | 990 | 2.0 | 3.0 | 4.0 |",
            "| 515,000 | 0 | 0 | 0 | 400 | 812 | 700 | 1.36 |",
            "| fan-out: Tidegate | CPU <= 1.20 us a delivery | 1.05 us | held |",
            "| fan-out: Tidegate against Node, ws | CPU a delivery < 1.00x | 0.53x (0.50 to 0.55) |"
                + " held |",
            "| fan-out: Tidegate against nats-server, WebSocket | CPU a delivery < 1.00x | - | not"
                + " measured |",
            "| p99 beside 1,000 sleepers against alone: Tidegate | <= 1.50x | 1.31x (1.13 to 1.50) |"
                + " held |",
            "| 5,000 clients come back and resume: messages lost, gaps told | 0 | 0 | held |");
  }

  @Test
  void aLostMessageIsAMissedTarget() {
    results.add(new Storm(5_000, 103, 514_999, 1, 0, 0, 700_000, 400, 812));

    assertThat(report(List.of()).lines())
        .contains(
            "| 5,000 clients come back and resume: messages lost, gaps told | 0 | 1 | **missed** |",
            "| fan-out: Tidegate | CPU <= 1.20 us a delivery | - | not measured |");
  }

  private String report(List<String> absent) {
    var plan =
        new HubPlan(
            3, 10, 20, 5_000, 128, 20, 1, 1_000, 30, 5_000, List.of(Broadcaster.values()), "256m");
    return new HubReport(LocalDate.of(2026, 11, 22), MACHINE, plan, results, absent).markdown();
  }

  private void measured(Broadcaster server, int round, long cpuMicros, double besideP99) {
    var alone = new Heard(1_000_000, 0, 0, 10, cpuMicros, 4, 8, 0.5);
    var beside = new Heard(1_000_000, 0, 0, 10, cpuMicros, 4, besideP99, 0.5);
    var sleep = new Trial.Sleep(beside, 1_000, 990, 2 << 20, 3 << 20, 4 << 20);
    results.add(new Trial(server, round, alone, 64 << 20, 3, sleep));
  }
}
