package io.tidegate.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// An exchange written down byte for byte, played against a real peer.
///
/// One step a line; nothing is added, so line ends are written out:
///
/// ```
/// # a comment
/// > GET / HTTP/1.1\r\n        send these bytes
/// > Host: a\r\n\r\n
/// < HTTP/1.1 200 OK\r\n       these bytes must come next
/// < Date: *\r\n               the star stands for any bytes but CR and LF
/// ! shut                      send FIN
/// ! fin                       the peer must end with FIN, nothing before it
/// ! reset                     the peer must end with RST
/// ! quiet 200                 nothing may come for 200 ms
/// ! wait 200                  wait 200 ms before the next step
/// ```
///
/// Spaces at the end of a line do not count (write `\x20`). Escapes: `\r \n \t \0 \\ \* \xNN`. A
/// script is a value: play it as often as needed, from any thread.
public final class WireScript {
  private static final int MAX_WILD_BYTES = 64 * 1024;

  private final List<Step> steps;

  private record Step(int lineNumber, char kind, String text) {}

  private WireScript(List<Step> steps) {
    this.steps = steps;
  }

  /// Reads a script.
  ///
  /// @throws IllegalArgumentException naming the line that is none
  public static WireScript of(String text) {
    var steps = new ArrayList<Step>();
    var lineNumber = 0;
    for (var line : text.lines().map(String::strip).toList()) {
      lineNumber++;
      if (!line.isEmpty() && !line.startsWith("#")) {
        var _ = steps.add(step(lineNumber, line));
      }
    }
    return new WireScript(List.copyOf(steps));
  }

  private static Step step(int lineNumber, String line) {
    var kind = line.charAt(0);
    var text = line.substring(1).strip();
    var known =
        switch (kind) {
          case '>' -> Escapes.read(text).length() > 0;
          case '<' -> !text.endsWith("*") || text.endsWith("\\*");
          case '!' -> text.matches("shut|fin|reset|(quiet|wait) \\d{1,5}");
          default -> false;
        };
    if (!known) {
      throw new IllegalArgumentException("line " + lineNumber + " is no step: " + line);
    }
    return new Step(lineNumber, kind, text);
  }

  /// Connects to `address` and plays; `patience` bounds each step.
  ///
  /// @throws AssertionError naming the line that failed, what was due and what came
  public void play(InetSocketAddress address, Duration patience) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(address, (int) patience.toMillis());
      play(socket, patience);
    }
  }

  /// Plays on a connected socket, from either side; the socket stays open.
  ///
  /// @throws AssertionError naming the line that failed, what was due and what came
  public void play(Socket socket, Duration patience) throws IOException {
    var wire = new Wire(socket);
    for (var step : steps) {
      switch (step.kind) {
        case '>' -> wire.write(Escapes.read(step.text), Deadline.in(patience));
        case '<' -> expect(wire, step, Deadline.in(patience));
        default -> act(wire, step, patience);
      }
    }
  }

  private static void expect(Wire wire, Step step, Deadline deadline) {
    var came = new StringBuilder();
    var parts = step.text.split("(?<!\\\\)\\*", -1);
    try {
      for (int i = 0; i < parts.length; i++) {
        match(wire, Escapes.read(parts[i]), i > 0, came, deadline);
      }
    } catch (IOException e) {
      throw failed(step, "came: \"" + Escapes.show(came.toString()) + "\", " + e.getMessage());
    }
  }

  /// Reads up to `literal`, with any bytes of one line before it if `wild`.
  private static void match(
      Wire wire, String literal, boolean wild, StringBuilder came, Deadline deadline)
      throws IOException {
    var start = came.length();
    while (!endsWith(came, start, literal)) {
      var next = wire.read(deadline);
      if (next < 0) {
        throw new IOException("then FIN");
      }
      came.append((char) next);
      var text = came.substring(start);
      if (!(wild ? mayStillMatch(text, literal) : literal.startsWith(text))) {
        throw new IOException("which is something else");
      }
    }
  }

  private static boolean endsWith(StringBuilder came, int start, String literal) {
    return came.length() - start >= literal.length() && came.substring(start).endsWith(literal);
  }

  /// A line end may only come as part of the literal.
  private static boolean mayStillMatch(String text, String literal) {
    var lineEnd = text.indexOf('\r') < 0 ? text.indexOf('\n') : text.indexOf('\r');
    var literalEnd = literal.indexOf('\r') < 0 ? literal.indexOf('\n') : literal.indexOf('\r');
    if (lineEnd < 0) {
      return text.length() < MAX_WILD_BYTES;
    }
    var begun = lineEnd - literalEnd;
    return literalEnd >= 0 && begun >= 0 && literal.startsWith(text.substring(begun));
  }

  private static void act(Wire wire, Step step, Duration patience) throws IOException {
    switch (step.text) {
      case "shut" -> wire.finish();
      case "fin" -> end(wire, step, Cut.End.FIN, patience);
      case "reset" -> end(wire, step, Cut.End.RESET, patience);
      default -> {
        var millis = Duration.ofMillis(Long.parseLong(step.text.split(" ", 2)[1]));
        if (step.text.startsWith("wait")) {
          Deadline.sleep(millis);
        } else if (!wire.silentFor(millis)) {
          throw failed(step, "something came");
        }
      }
    }
  }

  private static void end(Wire wire, Step step, Cut.End due, Duration patience) {
    var cut = wire.awaitEnd(patience);
    if (cut.end() != due || (due == Cut.End.FIN && cut.bytesBefore() > 0)) {
      throw failed(step, "came: " + cut.bytesBefore() + " bytes, then " + cut.end());
    }
  }

  private static AssertionError failed(Step step, String what) {
    return new AssertionError(
        "line "
            + step.lineNumber
            + ": "
            + step.kind
            + " "
            + step.text
            + System.lineSeparator()
            + what);
  }
}
