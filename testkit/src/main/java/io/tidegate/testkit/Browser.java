package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// A headless Chromium with a profile of its own, driven through the DevTools protocol.
///
/// It has one page of 1280 x 900. It calls nobody but whom its page calls. One thread at a time;
/// [#close] ends it and removes its profile.
public final class Browser implements AutoCloseable {
  private static final List<String> PROGRAMS =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final List<String> OPTIONS =
      List.of(
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-dev-shm-usage",
          "--window-size=1280,900",
          "--remote-debugging-port=0");
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ChildProcess process;
  private final Path profile;
  private final RawWebSocket page;
  private int commands;

  private Browser(ChildProcess process, Path profile, RawWebSocket page) {
    this.process = process;
    this.profile = profile;
    this.page = page;
  }

  /// Starts the Chromium on PATH, with `more` options.
  ///
  /// Where there is none the test is skipped; it fails if `TIDEGATE_PEERS=required`.
  public static Browser open(String... more) throws IOException {
    var profile = Files.createTempDirectory("tidegate-browser");
    var command = new ArrayList<String>();
    command.add(program().toString());
    command.addAll(OPTIONS);
    command.add("--user-data-dir=" + profile);
    command.addAll(List.of(more));
    command.add("about:blank");
    var process = ChildProcess.command(command, Map.of());
    try {
      var line = process.awaitLine(text -> text.startsWith("DevTools listening on ws://"), START);
      int port = Integer.parseInt(line.replaceAll(".*://[^:]*:([0-9]+)/.*", "$1"));
      return new Browser(process, profile, page(port));
    } catch (IOException | AssertionError failed) {
      process.close();
      remove(profile);
      throw failed;
    }
  }

  private static Path program() {
    var found =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
            .flatMap(folder -> PROGRAMS.stream().map(name -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isPresent()) return found.get();
    if ("required".equals(System.getenv("TIDEGATE_PEERS")))
      Assertions.fail("Chromium is required and not there; ./check installs it");
    return Assumptions.abort("Chromium is not installed; ./check installs it");
  }

  private static RawWebSocket page(int port) throws IOException {
    var address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    var host = "127.0.0.1:" + port;
    try (var http = RawHttp.open(address, PATIENCE)) {
      // a page of our own: among those that it has already are some of its own frame
      http.send("PUT /json/new?about:blank HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      var page = http.body(http.finalHead(), "PUT").text();
      var path = page.replaceAll("(?s).*(/devtools/page/[0-9A-F]+)\".*", "$1");
      return RawWebSocket.open(address, host, path);
    }
  }

  /// Opens `url` and waits until it is loaded.
  public void visit(String url) throws IOException {
    var answer = command("Page.navigate", "\"url\":" + quoted(url));
    if (answer.contains("\"errorText\"")) throw new IOException(answer);
    await("document.readyState === 'complete' && location.href !== 'about:blank'");
  }

  /// What the expression is worth as text; a promise is awaited.
  ///
  /// @throws AssertionError if it throws
  public String evaluate(String expression) throws IOException {
    var awaited = "(async () => String(await (" + expression + ")))()";
    var answer =
        command(
            "Runtime.evaluate",
            "\"awaitPromise\":true,\"returnByValue\":true,\"expression\":" + quoted(awaited));
    if (answer.contains("\"exceptionDetails\"")) throw new AssertionError(answer);
    return value(answer, "\"value\":\"");
  }

  /// Waits until the expression is true, at most 30 s.
  ///
  /// @throws AssertionError if it does not become true, with the page's text
  public void await(String condition) throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!evaluate(condition).equals("true")) {
      if (System.nanoTime() - end > 0)
        throw new AssertionError(condition + " on " + evaluate("document.body.innerText"));
      Deadline.sleep(Duration.ofMillis(50));
    }
  }

  /// Freezes the page, as browsers do with tabs that nobody looks at: its scripts run no more, what
  /// comes for it waits in the browser, until [#thaw].
  public void freeze() throws IOException {
    lifecycle("frozen");
  }

  /// Lets a frozen page go on.
  public void thaw() throws IOException {
    lifecycle("active");
  }

  private void lifecycle(String state) throws IOException {
    var answer = command("Page.setWebLifecycleState", "\"state\":" + quoted(state));
    if (answer.contains("\"error\"")) throw new IOException(answer);
  }

  /// The page as it is shown, as PNG.
  public byte[] screenshot() throws IOException {
    var answer = command("Page.captureScreenshot", "\"format\":\"png\"");
    return Base64.getDecoder().decode(value(answer, "\"data\":\"").getBytes(ISO_8859_1));
  }

  /// Sends one command and returns its answer, events on the way left out.
  private String command(String method, String parameters) throws IOException {
    int id = ++commands;
    page.sendText(
        "{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{" + parameters + "}}");
    while (true) {
      var text = new String(page.read(PATIENCE).payload(), UTF_8);
      if (text.startsWith("{\"id\":" + id + ",")) return text;
    }
  }

  private static String quoted(String text) {
    var json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == '"' || c == '\\') json.append("\\u%04x".formatted((int) c));
      else json.append(c);
    }
    return json.append('"').toString();
  }

  /// The JSON text behind the first `name`.
  private static String value(String json, String name) {
    int at = json.indexOf(name);
    if (at < 0) throw new AssertionError(name + " is not in " + json);
    var text = new StringBuilder();
    for (int i = at + name.length(); json.charAt(i) != '"'; i++) {
      if (json.charAt(i) != '\\') {
        text.append(json.charAt(i));
        continue;
      }
      char escaped = json.charAt(++i);
      if (escaped == 'u') {
        text.append((char) Integer.parseInt(json.substring(i + 1, i + 5), 16));
        i += 4;
      } else {
        text.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 't' -> '\t';
              case 'r' -> '\r';
              case 'b' -> '\b';
              case 'f' -> '\f';
              default -> escaped;
            });
      }
    }
    return text.toString();
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) return;
    try (Stream<Path> all = Files.walk(folder)) {
      for (var file : all.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(file);
    }
  }

  @Override
  public void close() {
    page.close();
    process.close();
    // what a child of it still writes there makes a removal fail; the next one does it
    var _ =
        Eventually.within(
            Duration.ofSeconds(5),
            () -> {
              try {
                remove(profile);
                return true;
              } catch (IOException _) {
                return false;
              }
            });
  }
}
