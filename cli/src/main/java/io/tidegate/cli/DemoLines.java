package io.tidegate.cli;

import io.tidegate.agent.Agent;
import io.tidegate.agent.AgentListener;
import io.tidegate.link.Control;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// Tells that the demo's tunnel stands, and why it does not; its requests are on the page.
final class DemoLines implements AgentListener {
  private final CountDownLatch up = new CountDownLatch(1);
  private final Printer printer;

  DemoLines(Printer printer) {
    this.printer = printer;
  }

  /// Opens when the tunnel stands.
  CountDownLatch up() {
    return up;
  }

  @Override
  public void connected(String url) {
    up.countDown();
  }

  @Override
  public void exchanged(Control.Exchange exchange) {
    // the page asks for its census every second: a line each would bury what was printed
  }

  @Override
  public void waiting(String tried, Duration next) {
    printer.line("The edge does not answer: " + Wire.text(tried));
  }

  @Override
  public void ended(Agent.End end, String why) {
    if (end != Agent.End.CLOSED) printer.line("tidegate: " + Wire.text(why));
  }
}
