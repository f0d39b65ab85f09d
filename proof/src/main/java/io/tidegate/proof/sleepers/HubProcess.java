package io.tidegate.proof.sleepers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import io.tidegate.proof.Children;
import io.tidegate.proof.ServerProcess;
import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The command `tidegate hub` in a process of its own, and what it says of itself.
final class HubProcess implements AutoCloseable {
  static final String TOPIC = "sleepers";

  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern READY = Pattern.compile("hub +http://127\\.0\\.0\\.1:(\\d+)/.*");
  private static final Pattern CUTS =
      Pattern.compile("tidegate_cuts_total\\{reason=\"([a-z0-9_]+)\"} (\\d+)");
  private static final JsonFactory JSON = new JsonFactory();

  private final Children children;
  private final ChildProcess process;
  private final int port;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private HubProcess(Children children, ChildProcess process, int port) {
    this.children = children;
    this.process = process;
    this.port = port;
  }

  /// Starts one with a topic as `plan` says.
  ///
  /// @param directory an empty one, for its file
  static HubProcess start(Plan plan, Path directory) throws IOException {
    var topics = Files.writeString(directory.resolve("topics"), plan.topicLine() + "\n");
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags(plan));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.tidegate.cli.Main", "hub", "--listen", "127.0.0.1:0"));
    command.addAll(List.of("--topics", topics.toString(), "--stall", plan.stallText()));
    var children = new Children();
    try {
      var process = children.start(command, Map.of());
      var line = process.awaitLine(READY.asMatchPredicate(), START);
      int port = Integer.parseInt(READY.matcher(line).replaceFirst("$1"));
      return new HubProcess(children, process, port);
    } catch (AssertionError none) {
      children.close();
      throw new IOException("the hub did not start: " + none.getMessage());
    } catch (IOException | RuntimeException failed) {
      children.close();
      throw failed;
    }
  }

  /// The flags of its JVM: those of the launcher, with as much memory as the plan says.
  static List<String> flags(Plan plan) {
    var flags = new ArrayList<>(ServerProcess.LAUNCHER_FLAGS);
    flags.addAll(
        List.of("-XX:NewRatio=4", "-Xmx" + plan.heap(), "-XX:MaxDirectMemorySize=" + plan.heap()));
    return flags;
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  long residentBytes() throws IOException {
    return process.memory().residentBytes();
  }

  HttpClient client() {
    return client;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /// All numbers of `/census` by their place, as `rings.direct`; those in lists are left out.
  Map<String, Long> census() throws IOException {
    var numbers = new HashMap<String, Long>();
    var path = new ArrayDeque<String>();
    try (var json = JSON.createParser(get("/census"))) {
      for (var token = json.nextToken(); token != null; token = json.nextToken()) {
        switch (token) {
          case START_ARRAY -> json.skipChildren();
          case START_OBJECT -> path.addLast(json.currentName() == null ? "" : json.currentName());
          case END_OBJECT -> path.removeLast();
          default -> {
            if (token == JsonToken.VALUE_NUMBER_INT)
              numbers.put(place(path, json.currentName()), json.getLongValue());
          }
        }
      }
    }
    return numbers;
  }

  private static String place(ArrayDeque<String> path, String name) {
    return path.size() < 2 ? name : path.getLast() + "." + name;
  }

  /// Why it has ended how many connections; those for which it never did are left out.
  Map<String, Long> cuts() throws IOException {
    var cuts = new HashMap<String, Long>();
    for (var line : get("/metrics").lines().toList()) {
      var cut = CUTS.matcher(line);
      if (cut.matches() && !cut.group(2).equals("0"))
        cuts.put(cut.group(1), Long.parseLong(cut.group(2)));
    }
    return cuts;
  }

  private String get(String path) throws IOException {
    if (!process.alive())
      throw new IOException("the hub has ended: " + String.join("\n", process.tail()));
    var request = HttpRequest.newBuilder(uri(path)).timeout(PATIENCE).build();
    try {
      var answer = client.send(request, BodyHandlers.ofString());
      if (answer.statusCode() == 200) return answer.body();
      throw new IOException(path + " answers " + answer.statusCode());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }

  @Override
  public void close() {
    client.close();
    children.close();
  }
}
