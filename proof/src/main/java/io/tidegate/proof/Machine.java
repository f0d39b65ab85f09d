package io.tidegate.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Where and with what a run was made.
///
/// @param commit the checked-out commit, marked if files were changed since
/// @param load the machine's load average before anything was started: above about 0.5, other work
///   shared the processors
public record Machine(
    String commit,
    String processor,
    int cores,
    String kernel,
    String jdk,
    List<String> tools,
    double load) {

  /// Asks this machine.
  ///
  /// @param root the project's directory
  public static Machine read(Path root) throws IOException {
    return read(
        root,
        List.of(
            version("nginx", "nginx", "-v"),
            version("haproxy", "haproxy", "-v"),
            version("wrk", "wrk", "-v")));
  }

  /// Asks this machine.
  ///
  /// @param root the project's directory
  /// @param tools what else the run needs, with versions
  public static Machine read(Path root, List<String> tools) throws IOException {
    return new Machine(
        commit(root),
        processor(Files.readAllLines(Path.of("/proc/cpuinfo"))),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vendor.version", Runtime.version().toString()),
        List.copyOf(tools),
        Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]));
  }

  /// One line of text.
  public String described() {
    return String.format(
        Locale.ROOT,
        "%s, %d cores, %s, JDK %s, %s; load before the run %.1f",
        processor,
        cores,
        kernel,
        jdk,
        String.join(", ", tools),
        load);
  }

  static String processor(List<String> cpuinfo) {
    return cpuinfo.stream()
        .filter(line -> line.startsWith("model name"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .orElse("unknown processor");
  }

  /// The first word in `output` that is a version's number, behind the tool's name.
  static String version(String tool, String output) {
    for (var word : output.split("[\\s/]+", -1)) {
      if (word.matches("v?\\d+\\.\\d+.*")) {
        return tool + " " + word.replaceAll("^v|[-+].*", "");
      }
    }
    return tool + " of unknown version";
  }

  /// The name of `tool` and the version that `command` prints.
  ///
  /// @throws IOException if it is not installed
  public static String version(String tool, String... command) throws IOException {
    return version(tool, output(command));
  }

  private static String commit(Path root) throws IOException {
    var at = root.toString();
    var id = output("git", "-C", at, "rev-parse", "--short=12", "HEAD").strip();
    var changed = output("git", "-C", at, "status", "--porcelain", "--untracked-files=no");
    return id + (changed.isBlank() ? "" : " with changes");
  }

  private static String output(String... command) throws IOException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }
}
