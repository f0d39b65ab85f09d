package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class WrkTest {
  private static final String GOOD =
      """
      Running 2s test @ http://127.0.0.1:8080/13
        1 threads and 64 connections
        Thread Stats   Avg      Stdev     Max   +/- Stdev
          Latency     1.13ms    1.50ms  30.97ms   94.61%
          Req/Sec    68.40k     5.22k   75.71k    70.00%
        Latency Distribution
           50%  560.00us
           75%    1.01ms
           90%    2.10ms
           99%    1.20s
        136695 requests in 2.50s, 32.10MB read
      Requests/sec:  54678.00
      Transfer/sec:     12.84MB
      """;

  @Test
  void theFiguresOfAGoodRunAreReadInTheirUnits() {
    var wrk = Wrk.parse(GOOD.lines().toList());

    assertThat(wrk.requests()).isEqualTo(136_695);
    assertThat(wrk.seconds()).isCloseTo(2.5, within(1e-9));
    assertThat(wrk.requestsPerSecond()).isCloseTo(54_678, within(1e-6));
    assertThat(wrk.p50Millis()).isCloseTo(0.56, within(1e-9));
    assertThat(wrk.p99Millis()).isCloseTo(1_200, within(1e-9));
    assertThat(wrk.errors()).isZero();
  }

  @Test
  void aRunLongerThanAMinuteIsReadInMinutes() {
    var wrk = Wrk.parse(GOOD.replace("in 2.50s", "in 1.50m").lines().toList());

    assertThat(wrk.seconds()).isCloseTo(90, within(1e-9));
  }

  @Test
  void allKindsOfErrorsAreSummed() {
    var errors =
        GOOD
            + "  Socket errors: connect 1, read 20, write 300, timeout 4000\n"
            + "  Non-2xx or 3xx responses: 50000\n";

    assertThat(Wrk.parse(errors.lines().toList()).errors()).isEqualTo(54_321);
  }

  @Test
  void whatIsNotAResultIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wrk.parse(List.of("unable to connect to 127.0.0.1:1")));
  }

  @Test
  void theLastLineIsKnown() {
    assertThat(GOOD.lines().filter(Wrk::endsWith)).containsExactly("Transfer/sec:     12.84MB");
  }

  @Test
  void theCommandCarriesHostConnectionsAndTime() {
    assertThat(Wrk.command("http://127.0.0.1:1/13", "bench.localhost:1", 256, 7))
        .contains("-t1", "-c256", "-d7s", "--latency", "Host: bench.localhost:1")
        .endsWith("http://127.0.0.1:1/13");
  }
}
