package io.tidegate.cli;

import io.tidegate.cli.EdgeFigures.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Lays out an edge's figures as lines of text.
final class TopScreen {
  private static final int BAR_CELLS = 24;
  private static final int MOST_TUNNELS = 5;

  private TopScreen() {}

  /// The lines, at most `rows` of them for connections.
  static List<String> lines(EdgeFigures figures, int rows) {
    var lines = new ArrayList<String>();
    lines.add(purse("buffers", figures, "direct"));
    lines.add(purse("entries", figures, "heap"));
    lines.add(
        "connections %,d   windows granted and empty %s   direct memory %s   overload rung %d"
            .formatted(
                figures.number("connectionCount"),
                size(figures.number("unfilled")),
                size(figures.number("usedDirect")),
                figures.number("rung")));
    lines.add("cut: " + cuts(figures.cuts()));
    figures.tunnels().stream()
        .sorted(Comparator.comparingLong((Row tunnel) -> -tunnel.number("held")))
        .limit(MOST_TUNNELS)
        .map(TopScreen::tunnel)
        .forEach(lines::add);
    lines.add("");
    lines.add("  NO      HELD    QUEUED      READ   WRITTEN     AGE  PEER                   WHAT");
    for (int i = 0; i < Math.min(rows, figures.connections().size()); i++)
      lines.add(connection(i + 1, figures.connections().get(i)));
    return lines;
  }

  private static String purse(String name, EdgeFigures figures, String purse) {
    long held = figures.granted().getOrDefault(purse, 0L);
    long limit = Math.max(1, figures.limits().getOrDefault(purse, 1L));
    int full = (int) Math.min(BAR_CELLS, (held * BAR_CELLS + limit - 1) / limit);
    return "%s [%s%s] %s of %s"
        .formatted(name, "#".repeat(full), ".".repeat(BAR_CELLS - full), size(held), size(limit));
  }

  private static String cuts(Map<String, Long> cuts) {
    var some = new ArrayList<String>();
    cuts.forEach((reason, count) -> {
      if (count > 0) some.add(count + " " + Wire.text(reason));
    });
    return some.isEmpty() ? "none" : String.join(", ", some);
  }

  private static String tunnel(Row tunnel) {
    return "tunnel %s: %d links, %d streams, %,d requests, holds %s"
        .formatted(
            Wire.text(tunnel.text("name")),
            tunnel.number("links"),
            tunnel.number("streams"),
            tunnel.number("requests"),
            size(tunnel.number("held")));
  }

  private static String connection(int number, Row row) {
    return "%4d %9s %9s %9s %9s %6ds  %-22s %s"
        .formatted(
            number,
            size(row.number("held")),
            size(row.number("queued")),
            size(row.number("read")),
            size(row.number("written")),
            row.number("ageSeconds"),
            Wire.text(row.text("peer")),
            Wire.text(row.text("what")));
  }

  static String size(long bytes) {
    if (bytes < 10_000) return bytes + " B";
    if (bytes < 10L << 20) return bytes / 1024 + " KiB";
    return bytes / (1 << 20) + " MiB";
  }
}
