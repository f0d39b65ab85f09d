package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MachineTest {
  @Test
  void versionsAreFoundInWhatTheToolsPrint() {
    assertThat(Machine.version("nginx", "nginx version: nginx/1.22.1\n")).isEqualTo("nginx 1.22.1");
    assertThat(
            Machine.version(
                "haproxy", "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\n"))
        .isEqualTo("haproxy 2.6.12");
    assertThat(
            Machine.version("wrk", "wrk debian/4.1.0-3+b2 [epoll] Copyright (C) 2012 Will Glozer"))
        .isEqualTo("wrk 4.1.0");
    assertThat(Machine.version("nats-server", "nats-server: v2.9.10\n"))
        .isEqualTo("nats-server 2.9.10");
    assertThat(Machine.version("wrk", "")).isEqualTo("wrk of unknown version");
  }

  @Test
  void theProcessorIsTheKernelsNameOfIt() {
    assertThat(Machine.processor(List.of("processor\t: 0", "model name\t: AMD EPYC", "x\t: y")))
        .isEqualTo("AMD EPYC");
    assertThat(Machine.processor(List.of())).isEqualTo("unknown processor");
  }
}
