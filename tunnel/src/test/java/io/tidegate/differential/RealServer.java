package io.tidegate.differential;

import io.tidegate.edge.Peers;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A server that others have written, in a process of its own. It reads each request whole, answers
/// it with 200, and notes what it saw.
///
/// @param name of the program
/// @param port on 127.0.0.1
/// @param folder where it keeps its notes
record RealServer(String name, int port, Path folder, ChildProcess process)
    implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);

  /// One request as it began to be seen, and whether it was whole.
  ///
  /// @param visitor for whom it was sent, as X-Forwarded-For says; `-` if that is not said
  record Seen(String visitor, String method, String target, boolean whole) {
    /// What both ends of a tunnel know of it; the edge reports 256 characters of a target.
    String line() {
      return method + " " + target.substring(0, Math.min(256, target.length()));
    }
  }

  /// nginx as a proxy that gathers a request before it passes it on, before itself.
  static RealServer nginx(Path folder) throws IOException {
    int port = freePort();
    var settings = settings("nginx.conf").replace("PORT", "" + port).replace("FOLDER", "" + folder);
    var file = Files.writeString(folder.resolve("nginx.conf"), settings);
    return start("nginx", port, folder, "nginx", "-c", file.toString(), "-p", folder.toString());
  }

  static RealServer haproxy(Path folder) throws IOException {
    int port = freePort();
    var settings = settings("haproxy.cfg").replace("PORT", "" + port);
    var file = Files.writeString(folder.resolve("haproxy.cfg"), settings);
    return start("haproxy", port, folder, "haproxy", "-db", "-f", file.toString());
  }

  static RealServer node(Path folder) throws IOException {
    return scripted(folder, "node", "origin.js");
  }

  static RealServer python(Path folder) throws IOException {
    return scripted(folder, "python3", "origin.py");
  }

  private static RealServer scripted(Path folder, String program, String script)
      throws IOException {
    int port = freePort();
    var file = Files.writeString(folder.resolve(script), settings(script));
    var notes = folder.resolve("seen.log").toString();
    return start(program, port, folder, program, file.toString(), "" + port, notes);
  }

  private static String settings(String name) throws IOException {
    try (var in = RealServer.class.getResourceAsStream(name)) {
      if (in == null) throw new IOException(name + " is not in the build");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static RealServer start(String name, int port, Path folder, String... command)
      throws IOException {
    command[0] = Peers.find(command[0]).toString();
    var process = ChildProcess.command(List.of(command), Map.of());
    Eventually.await(SOON, () -> name + ": " + process.tail(), () -> listens(port));
    return new RealServer(name, port, folder, process);
  }

  private static boolean listens(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException closed) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port);
  }

  /// Every request that it saw, whole or not; not what it could not read at all.
  List<Seen> seen() {
    return lines("seen.log").stream()
        .filter(line -> !line.startsWith("- - - "))
        .map(RealServer::seen)
        .toList();
  }

  private static Seen seen(String line) {
    var words = line.split(" ", -1);
    if (words.length != 4) throw new AssertionError("not a note: " + line);
    return new Seen(words[0], words[1], words[2], words[3].equals("whole") || isFine(words[3]));
  }

  /// nginx notes its status.
  private static boolean isFine(String word) {
    return word.equals("200");
  }

  /// What it called malformed. A request that ends before its end is not: its sender was cut.
  List<String> faults() {
    return lines("faults.log").stream()
        .filter(line -> name.equals("nginx") ? isFault(line) : !line.isEmpty())
        .toList();
  }

  /// nginx leaves out, and says so, names of fields that are tokens but odd ones, and does not know
  /// OPTIONS of the whole server.
  private static boolean isFault(String line) {
    return line.contains("client sent")
        && !line.contains("header line: \"x-!")
        && !line.contains("request: \"OPTIONS * HTTP/1.1\"");
  }

  private List<String> lines(String file) {
    try {
      var path = folder.resolve(file);
      return Files.exists(path) ? Files.readAllLines(path, StandardCharsets.ISO_8859_1) : List.of();
    } catch (IOException failed) {
      throw new AssertionError(failed);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
