package io.tidegate.proof;

/// One measurement of one variant under one row's load.
///
/// @param round from 0
/// @param cpuMicros processor time of the proxies during it
/// @param residentBytes memory of the proxies behind it
record Sample(Row row, Variant variant, int round, Wrk load, long cpuMicros, long residentBytes) {

  /// What a sample tells.
  enum Metric {
    REQUESTS_PER_SECOND,
    MEGABYTES_PER_SECOND,
    P50_MILLIS,
    P99_MILLIS,
    CPU_MICROS_PER_REQUEST,
    RESIDENT_MEGABYTES
  }

  /// Megabytes are 10^6 bytes of bodies; memory is in MiB. No completed request makes the CPU NaN.
  double value(Metric metric) {
    return switch (metric) {
      case REQUESTS_PER_SECOND -> load.requestsPerSecond();
      case MEGABYTES_PER_SECOND -> load.requestsPerSecond() * row.bodyBytes() / 1e6;
      case P50_MILLIS -> load.p50Millis();
      case P99_MILLIS -> load.p99Millis();
      case CPU_MICROS_PER_REQUEST -> (double) cpuMicros / load.requests();
      case RESIDENT_MEGABYTES -> residentBytes / 1048576.0;
    };
  }
}
