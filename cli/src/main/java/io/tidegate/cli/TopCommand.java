package io.tidegate.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Shows who holds how much of an edge's memory, every second, and cuts whom it is told to.
@Command(
    name = "top",
    description = {
      "Shows which connections hold how much of an edge's memory, every second.",
      "Type k and a row's number, then Enter, to cut it; q and Enter to end."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidegate edge --admin 127.0.0.1:9090",
      "  tidegate top",
      "  tidegate top --once | head"
    })
final class TopCommand implements Callable<Integer> {
  private static final String CLEAR = "\u001b[H\u001b[2J";
  private static final String END_OF_INPUT = "";

  @Spec private CommandSpec spec;

  @Option(
      names = "--admin",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:9090",
      description = "The edge's admin address. Default: ${DEFAULT-VALUE}.")
  private String admin = "";

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = "The file whose first line is the admin token, if the edge wants one.")
  private java.nio.file.@Nullable Path tokenFile;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "20",
      description = "Connections to show, 1 to 1000. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(names = "--once", description = "Print once and end; needs no terminal.")
  private boolean once;

  private EdgeFigures last =
      new EdgeFigures(
          java.util.Map.of(),
          java.util.Map.of(),
          java.util.Map.of(),
          java.util.Map.of(),
          List.of(),
          List.of());
  private String said = "";

  TopCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rows < 1 || rows > EdgeFigures.MOST_ROWS)
      throw new ParameterException(spec.commandLine(), "--rows not in 1..1000: " + rows);
    var client = client();
    var out = spec.commandLine().getOut();
    if (once) printOnce(client, out);
    else watch(client, out);
    return ExitCode.OK.status();
  }

  private AdminClient client() throws IOException {
    var token = tokenFile == null ? "" : FirstLine.of(tokenFile);
    try {
      return new AdminClient(URI.create(admin), token);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), wrong.getMessage());
    }
  }

  private void printOnce(AdminClient client, PrintWriter out) {
    try {
      TopScreen.lines(client.census(rows), rows).forEach(out::println);
      out.flush();
    } catch (IOException failed) {
      throw new CommandFailure(
          ExitCode.FAILED,
          "no census from "
              + admin
              + " ("
              + failed.getMessage()
              + "); start the edge with --admin ADDR:PORT");
    }
  }

  private void watch(AdminClient client, PrintWriter out) throws InterruptedException {
    var typed = new ArrayBlockingQueue<String>(8);
    var _ = Thread.ofPlatform().daemon().name("tidegate-keys").start(() -> readKeys(typed));
    boolean keys = true;
    while (true) {
      show(client, out);
      var line = keys ? typed.poll(1, TimeUnit.SECONDS) : waitASecond();
      if (line == null) continue;
      if (line.equals(END_OF_INPUT)) keys = false;
      else if (line.strip().equals("q")) return;
      else said = obey(client, line.strip());
    }
  }

  private static @Nullable String waitASecond() throws InterruptedException {
    Thread.sleep(1_000);
    return null;
  }

  private void show(AdminClient client, PrintWriter out) {
    var page = new StringBuilder(CLEAR);
    try {
      last = client.census(rows);
      TopScreen.lines(last, rows).forEach(line -> page.append(line).append('\n'));
    } catch (IOException failed) {
      page.append("No census from ").append(admin).append(": ");
      page.append(Wire.text(String.valueOf(failed.getMessage()))).append('\n');
    }
    page.append('\n').append(said).append("\nk NO cuts a row, q ends: ");
    out.print(page);
    out.flush();
  }

  /// Cuts the row that was typed, of the table that was on the screen.
  private String obey(AdminClient client, String line) {
    if (!line.matches("k ?[0-9]{1,4}")) return "?";
    int number = Integer.parseInt(line.substring(1).strip());
    if (number < 1 || number > last.connections().size()) return "no row " + number;
    var row = last.connections().get(number - 1);
    try {
      return Wire.text(row.text("peer")) + ": " + client.cut(row.text("id"));
    } catch (IOException failed) {
      return "not cut: " + Wire.text(String.valueOf(failed.getMessage()));
    }
  }

  private static void readKeys(ArrayBlockingQueue<String> typed) {
    try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (var line = in.readLine(); line != null; line = in.readLine())
        typed.put(line.isEmpty() ? " " : line);
      typed.put(END_OF_INPUT);
    } catch (IOException | InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }
}
