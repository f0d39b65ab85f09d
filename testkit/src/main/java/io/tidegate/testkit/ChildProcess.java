package io.tidegate.testkit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A process of its own under test, its output captured, its figures read from `/proc`.
///
/// It keeps the last 2,000 lines of standard output and error together, each cut at 4 KiB. Safe for
/// any thread; [#close] ends it and what it started.
public final class ChildProcess implements AutoCloseable {
  private static final int MAX_LINES = 2_000;
  private static final int MAX_LINE_CHARS = 4_096;
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final long TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux

  private final Process process;
  private final Thread reader;
  private final ArrayDeque<String> tail = new ArrayDeque<>();

  /// A signal that a test may send.
  public enum Signal {
    /// Asks the process to end.
    TERM,
    /// Ends it at once.
    KILL,
    /// Stops it: sockets stay, nothing answers.
    STOP,
    /// Lets a stopped one go on.
    CONT
  }

  /// Resident memory.
  ///
  /// @param residentBytes now
  /// @param peakResidentBytes the most since the start
  public record Memory(long residentBytes, long peakResidentBytes) {}

  /// Processor time used since the start, all threads together.
  public record CpuTime(Duration user, Duration system) {
    /// Both together.
    public Duration total() {
      return user.plus(system);
    }
  }

  private ChildProcess(Process process) {
    this.process = process;
    this.reader = Thread.ofVirtual().name("testkit-output").start(this::readOutput);
  }

  /// Starts the running JVM's `java` with this JVM's class path.
  ///
  /// @param options options of the JVM
  /// @param mainAndArguments main class, then its arguments
  public static ChildProcess java(List<String> options, List<String> mainAndArguments)
      throws IOException {
    return java(System.getProperty("java.class.path"), options, mainAndArguments);
  }

  /// Starts the running JVM's `java` with `classPath`.
  public static ChildProcess java(
      String classPath, List<String> options, List<String> mainAndArguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath));
    command.addAll(mainAndArguments);
    return command(command, Map.of());
  }

  /// Starts `command` with `environment` added to this process's own.
  public static ChildProcess command(List<String> command, Map<String, String> environment)
      throws IOException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return new ChildProcess(
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).start());
  }

  private void readOutput() {
    try (var output = process.inputReader()) {
      for (String line; (line = boundedLine(output)) != null; ) {
        add(line);
      }
    } catch (IOException _) {
      // the process was ended while we read
    }
  }

  private static @org.jspecify.annotations.Nullable String boundedLine(BufferedReader output)
      throws IOException {
    var line = new StringBuilder();
    for (int c; (c = output.read()) != '\n'; ) {
      if (c < 0) {
        return line.isEmpty() ? null : line.toString();
      }
      if (line.length() < MAX_LINE_CHARS) {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  private synchronized void add(String line) {
    if (tail.size() == MAX_LINES) {
      var _ = tail.remove();
    }
    var _ = tail.add(line);
  }

  /// The last lines of its output, oldest first.
  public synchronized List<String> tail() {
    return List.copyOf(tail);
  }

  /// Returns the first line, of those kept, for which `wanted` holds; waits for it.
  ///
  /// @throws AssertionError with the output's tail if it did not come within `patience`, or the
  ///   process ended without it
  public String awaitLine(Predicate<String> wanted, Duration patience) {
    var deadline = Deadline.in(patience);
    while (true) {
      var over = deadline.passed() || !reader.isAlive();
      var line = tail().stream().filter(wanted).findFirst();
      if (line.isPresent()) {
        return line.get();
      }
      if (over) {
        throw new AssertionError(
            "the line did not come; alive: " + alive() + ", output: " + String.join("\n", tail()));
      }
      var _ = Eventually.within(Duration.ofMillis(20), () -> tail().stream().anyMatch(wanted));
    }
  }

  /// Its process id.
  public long pid() {
    return process.pid();
  }

  /// Whether it runs, stopped or not.
  public boolean alive() {
    return process.isAlive();
  }

  /// Waits for its end and returns the exit code.
  ///
  /// @throws AssertionError with the output's tail if it has not ended within `patience`
  public int awaitExit(Duration patience) {
    if (!waitFor(patience)) {
      throw new AssertionError(
          "still runs after %d ms, output: %s"
              .formatted(patience.toMillis(), String.join("\n", tail())));
    }
    return process.exitValue();
  }

  /// Sends `signal`; does nothing once the process has ended.
  public void signal(Signal signal) throws IOException {
    if (alive()) {
      var kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).start();
      try {
        var _ = kill.waitFor();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Its resident memory; needs `/proc`.
  public Memory memory() throws IOException {
    var status = Files.readAllLines(proc("status"));
    return new Memory(kibibytes(status, "VmRSS:") * 1024, kibibytes(status, "VmHWM:") * 1024);
  }

  /// How many descriptors it has open; needs `/proc`.
  public int descriptors() throws IOException {
    try (var entries = Files.list(proc("fd"))) {
      return (int) entries.count();
    }
  }

  /// The processor time it used, in steps of 10 ms; needs `/proc`.
  public CpuTime cpuTime() throws IOException {
    var stat = Files.readString(proc("stat"));
    var fields =
        stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1); // from field 3, the state
    return new CpuTime(ticks(fields[11]), ticks(fields[12]));
  }

  private static Duration ticks(String count) {
    return Duration.ofMillis(Long.parseLong(count) * 1_000 / TICKS_PER_SECOND);
  }

  private static long kibibytes(List<String> status, String name) throws IOException {
    for (var line : status) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no " + name + " of an ended process");
  }

  private Path proc(String entry) {
    return Path.of("/proc", Long.toString(pid()), entry);
  }

  private boolean waitFor(Duration patience) {
    try {
      return process.waitFor(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return !alive();
    }
  }

  /// Asks it to end, ends it by force after 5 s, and waits for both; children of its own are ended
  /// by force.
  @Override
  public void close() {
    var children = process.descendants().toList();
    try {
      signal(Signal.CONT); // a stopped process would not see the request
    } catch (IOException _) {
      // no kill command: the force below needs none
    }
    process.destroy();
    if (!waitFor(GRACE)) {
      var _ = process.destroyForcibly();
      var _ = waitFor(GRACE);
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }
}
