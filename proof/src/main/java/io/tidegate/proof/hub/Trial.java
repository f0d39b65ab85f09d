package io.tidegate.proof.hub;

import io.tidegate.proof.ServerProcess;
import io.tidegate.testkit.KernelMemory;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One measurement of one server: its subscribers alone, then beside others that sleep.
///
/// @param round from 0
/// @param residentBytes of the server, behind the subscribers alone
/// @param refusals attempts to connect that came to nothing and were made again
/// @param sleep null if none were wanted
record Trial(
    Broadcaster server,
    int round,
    Heard alone,
    long residentBytes,
    int refusals,
    @Nullable Sleep sleep) {
  /// The first messages of new connections are not measured.
  private static final Duration SETTLE = Duration.ofSeconds(1);

  /// What sleepers did.
  ///
  /// @param beside what the others heard meanwhile
  /// @param cut how many the server had ended by the end of it
  /// @param residentBytes by how much the server's memory grew
  /// @param queuedBytes by how much what lies in the kernel's queues of this server grew
  /// @param kernelBytes by how much the memory of all TCP buffers of the machine grew, in pages
  record Sleep(
      Heard beside,
      int sleepers,
      int cut,
      long residentBytes,
      long queuedBytes,
      long kernelBytes) {}

  /// Subscribers connect, are measured, and leave.
  static Trial run(Broadcaster server, ServerProcess running, HubPlan plan, int round)
      throws IOException {
    var process = running.process();
    try (var audience = new Audience(running.port(), server.path(), server.dialect())) {
      audience.open(plan.subscribers(), false);
      var _ = audience.listen(SETTLE);
      var alone = Heard.during(audience, process.pid(), plan.length());
      long resident = process.memory().residentBytes();
      var sleep = plan.sleepers() == 0 ? null : sleep(audience, running, plan);
      return new Trial(server, round, alone, resident, audience.refusals(), sleep);
    }
  }

  /// Lets `server` deliver for so long.
  static void warm(Broadcaster server, ServerProcess running, HubPlan plan) throws IOException {
    try (var audience = new Audience(running.port(), server.path(), server.dialect())) {
      audience.open(plan.subscribers(), false);
      var _ = audience.listen(Duration.ofSeconds(plan.warmSeconds()));
    }
  }

  private static Sleep sleep(Audience audience, ServerProcess running, HubPlan plan)
      throws IOException {
    var process = running.process();
    long resident = process.memory().residentBytes();
    long queued = KernelMemory.ofPort(running.port()).queuedBytes();
    long kernel = kernelBytes();
    audience.open(plan.sleepers(), true);
    long awake = audience.awake();
    int descriptors = process.descriptors();
    var beside = Heard.during(audience, process.pid(), plan.beside());
    long lost = awake - audience.awake(); // counted in what was heard
    int cut = (int) Math.max(0, descriptors - process.descriptors() - lost);
    return new Sleep(
        beside,
        plan.sleepers(),
        cut,
        process.memory().residentBytes() - resident,
        KernelMemory.ofPort(running.port()).queuedBytes() - queued,
        kernelBytes() - kernel);
  }

  private static long kernelBytes() {
    return KernelMemory.read().map(KernelMemory::memoryBytes).orElse(0L);
  }

  /// How many times longer the slowest hundredth took beside sleepers; NaN without any.
  double besideP99Ratio() {
    return sleep == null ? Double.NaN : sleep.beside().p99Millis() / alone.p99Millis();
  }
}
