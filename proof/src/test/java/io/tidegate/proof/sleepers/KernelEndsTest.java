package io.tidegate.proof.sleepers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelEndsTest {
  @Test
  void queuesWithTheirOverheadAndWhatIsKeptForMoreAreSummed() {
    var sockets =
        """
        ESTAB 0 3907104 127.0.0.1:38557 127.0.0.1:50110 skmem:(r1,rb131072,t9,tb3939840,f20,w300,o4000,bl0,d0)
        ESTAB 0 0 127.0.0.1:38557 127.0.0.1:50112 skmem:(r2,rb131072,t0,tb3939840,f0,w0,o0,bl0,d0)
        """;

    assertThat(KernelEnds.sum(sockets)).isEqualTo(4_323);
  }
}
