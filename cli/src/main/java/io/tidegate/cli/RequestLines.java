package io.tidegate.cli;

import io.tidegate.agent.Agent;
import io.tidegate.agent.AgentListener;
import io.tidegate.link.Control;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Help.Ansi;

/// Tells what an agent does: where the tunnel is, a line a request, and what it waits for.
final class RequestLines implements AgentListener {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

  private final Printer printer;
  private final Ansi ansi;
  private final String app;
  private final boolean rewritesHost;
  private final AtomicBoolean hinted = new AtomicBoolean();

  /// The app has answered something else than 403, so it has nothing against the visitor's Host.
  private final AtomicBoolean welcome = new AtomicBoolean();

  RequestLines(Printer printer, Ansi ansi, String app, boolean rewritesHost) {
    this.printer = printer;
    this.ansi = ansi;
    this.app = app;
    this.rewritesHost = rewritesHost;
  }

  @Override
  public void connected(String url) {
    printer.line(ansi.string("@|bold " + Wire.text(url) + "|@") + " -> " + app);
  }

  @Override
  public void exchanged(Control.Exchange exchange) {
    var line =
        "%s %-7s %s %s %d ms"
            .formatted(
                LocalTime.now(ZoneId.systemDefault()).format(TIME),
                Wire.text(exchange.method()),
                Wire.text(exchange.target()),
                exchange.status() == 0 ? "-" : Integer.toString(exchange.status()),
                exchange.millis());
    var cut = exchange.cut();
    printer.line(coloured(exchange.status(), cut == null ? line : line + "  cut: " + cut.text()));
    if (cut == null) look(exchange.status());
  }

  /// A host check refuses every request of its first visitor; who was let in before was not refused
  /// for the name.
  private void look(int status) {
    if (status != 403) welcome.set(true);
    else if (!rewritesHost && !welcome.get()) hint("The app answered 403. If it is its host check");
  }

  @Override
  public void hostRefused() {
    hint("The app does not take the visitor's Host. For its host check");
  }

  /// Not by [Ansi#string]: a target may hold its markup.
  private String coloured(int status, String line) {
    if (!ansi.enabled()) return line;
    var colour =
        switch (status / 100) {
          case 1, 2 -> "32";
          case 3 -> "36";
          case 4 -> "33";
          default -> "31";
        };
    return "\u001b[" + colour + "m" + line + "\u001b[0m";
  }

  private void hint(String what) {
    if (hinted.compareAndSet(false, true))
      printer.line(what + " (Vite, webpack, Django, Rails), start with --host-header rewrite");
  }

  @Override
  public void waiting(String tried, Duration next) {
    printer.line(
        "The edge does not answer: " + Wire.text(tried) + "; next try in " + seconds(next) + " s");
  }

  private static String seconds(Duration pause) {
    return "%.1f".formatted(pause.toMillis() / 1000.0);
  }

  @Override
  public void ended(Agent.End end, String why) {
    if (end != Agent.End.CLOSED) printer.line("tidegate: " + Wire.text(why));
  }
}
