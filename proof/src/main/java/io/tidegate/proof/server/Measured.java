package io.tidegate.proof.server;

import io.tidegate.proof.Wrk;

/// One measurement of one server at one work.
///
/// @param round from 0, counted over all starts
/// @param cpuMicros processor time of the server during it
/// @param residentBytes memory of the server behind it
record Measured(
    Work work, Contender contender, int round, Wrk load, long cpuMicros, long residentBytes) {

  /// What a measurement tells.
  enum Metric {
    REQUESTS_PER_SECOND,
    MEGABYTES_PER_SECOND,
    MEGABYTES_PER_CPU_SECOND,
    P50_MILLIS,
    P99_MILLIS,
    CPU_MICROS_PER_REQUEST,
    RESIDENT_MEGABYTES
  }

  /// Megabytes are 10^6 bytes of bodies; memory is in MiB. No completed request makes the CPU NaN.
  double value(Metric metric) {
    double megabytes = (double) load.requests() * work.bodyBytes() / 1e6;
    return switch (metric) {
      case REQUESTS_PER_SECOND -> load.requestsPerSecond();
      case MEGABYTES_PER_SECOND -> megabytes / load.seconds();
      case MEGABYTES_PER_CPU_SECOND -> megabytes / (cpuMicros / 1e6);
      case P50_MILLIS -> load.p50Millis();
      case P99_MILLIS -> load.p99Millis();
      case CPU_MICROS_PER_REQUEST -> (double) cpuMicros / load.requests();
      case RESIDENT_MEGABYTES -> residentBytes / 1048576.0;
    };
  }
}
