package io.tidegate.observe;

/// Every figure that this library gives to metrics: its name, its unit, and one sentence.
///
/// A name ends with its unit, and that of a counter with `_total`, as Prometheus wants it.
public enum Metric {
  /// Labelled by reason.
  CUTS("tidegate_cuts_total", "total", "Peers refused or cut, by reason."),
  /// Labelled by purse.
  LEDGER_GRANTED(
      "tidegate_ledger_granted_bytes",
      "bytes",
      "Bytes charged to the ledger and in use, by purse."),
  /// Labelled by purse.
  LEDGER_UNUSED(
      "tidegate_ledger_unused_bytes",
      "bytes",
      "Bytes that the loops' credit lines keep for later, by purse."),
  /// Labelled by purse.
  LEDGER_LIMIT("tidegate_ledger_limit_bytes", "bytes", "The most the ledger may grant, by purse."),
  /// Labelled by purse.
  LEDGER_PEAK(
      "tidegate_ledger_peak_bytes", "bytes", "The most the ledger has ever granted, by purse."),
  UNFILLED("tidegate_unfilled_bytes", "bytes", "Bytes of granted windows that hold nothing yet."),
  DIRECT_USED(
      "tidegate_direct_used_bytes", "bytes", "Direct memory taken from the machine for buffers."),
  RUNG(
      "tidegate_overload_rung_percent",
      "percent",
      "Highest rung of the overload ladder that is reached, 0 if none."),
  /// Labelled by rung.
  RUNG_REACHED(
      "tidegate_overload_reached_total",
      "total",
      "How often a rung of the overload ladder was reached, by rung."),
  CONNECTIONS(
      "tidegate_connections", "", "Open connections, as of each loop's last sweep (250 ms)."),
  HEAP_USED("tidegate_heap_used_bytes", "bytes", "Heap in use, garbage included."),
  HEAP_LIMIT("tidegate_heap_limit_bytes", "bytes", "The most the heap may grow to.");

  private final String text;
  private final String unit;
  private final String sentence;

  Metric(String text, String unit, String sentence) {
    this.text = text;
    this.unit = unit;
    this.sentence = sentence;
  }

  /// The name under which it is published.
  public String text() {
    return text;
  }

  /// The unit, or empty for a plain count.
  public String unit() {
    return unit;
  }

  /// What it says, in one sentence.
  public String sentence() {
    return sentence;
  }

  /// Whether it only ever rises.
  public boolean isCounter() {
    return text.endsWith("_total");
  }
}
