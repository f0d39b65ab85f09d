package io.tidegate.proof.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.proof.Machine;
import io.tidegate.proof.Wrk;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerReportTest {
  private static final Machine MACHINE =
      new Machine("0123456789ab", "A processor", 2, "Linux 6.1", "25", List.of("wrk 4.1.0"), 0.25);

  private final Measurements measurements = new Measurements();

  @Test
  void everyFigureStandsInItsColumn() {
    measured(Work.HELLO, Contender.NETTY, 40_000, 400_000);
    measured(Work.HELLO, Contender.TIDEGATE_LOOP, 40_000, 480_000);
    measured(Work.FILE, Contender.NGINX, 4_000, 800_000);
    measured(Work.FILE, Contender.TIDEGATE_FILES, 4_000, 1_000_000);

    assertThat(report(List.of()).lines())
        .contains(
            "| hello, c=64 | Netty | 20,000 | 0.3 | 1.25 | 9.50 | 10.0 | 1 | 1.00x, 1.00x | 64 |",
            "| hello, c=64 | Tidegate, on the loop | 20,000 | 0.3 | 1.25 | 9.50 | 12.0 | 1 | 1.00x,"
                + " 1.20x | 64 |",
            "| 1 MB file, c=16 | Tidegate, files | 2,000 | 2,000.0 | 1.25 | 9.50 | 250.0 | 4,000 | 1.00x,"
                + " 1.25x | 64 |",
            "| hello, c=64: Tidegate, on the loop against Netty | CPU a request <= 1.15x | 1.20x"
                + " (1.20 to 1.20) | **missed** |",
            "| 1 MB file, c=16: Tidegate, files against nginx, sendfile | MB per CPU second >= 0.80x |"
                + " 0.80x (0.80 to 0.80) | held |",
            "| hello, c=64: Tidegate against Vert.x | CPU a request <= 1.00x | - | not measured |",
            "| heap of an idle WebSocket: Tidegate | <= 1,300 B | - | not measured |");
  }

  @Test
  void idleWebSocketsAreDividedByThoseThatStood() {
    var trial = new IdleTrial(Contender.TIDEGATE, 10_000, 12_000_000, 305_000, 21_000_000);

    assertThat(report(List.of(trial)).lines())
        .contains(
            "| Tidegate | 10,000 | 1,200 | 30.5 | 2,100 |",
            "| heap of an idle WebSocket: Tidegate | <= 1,300 B | 1,200 B | held |");
  }

  private String report(List<IdleTrial> trials) {
    var plan =
        new Plan(
            3, 3, 5, 20, 15_000, List.of(Work.values()), List.of(Contender.values()), "256m", "2g");
    return new ServerReport(LocalDate.of(2026, 11, 21), MACHINE, plan, measurements, trials)
        .markdown();
  }

  private void measured(Work work, Contender contender, long requests, long cpuMicros) {
    var wrk = new Wrk(requests, 2, 1.25, 9.5, 0);
    measurements.add(new Measured(work, contender, 0, wrk, cpuMicros, 64 << 20));
  }
}
