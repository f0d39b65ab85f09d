package io.tidegate.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// An app that trusts nobody: it takes every byte it is sent for part of a request in the one
/// spelling that leaves nothing to interpret, and keeps a note of all that is not.
final class RecordingOrigin implements AutoCloseable {
  private static final String HEAD_END = "\r\n\r\n";

  private final ServerSocket listener;
  private final Function<Seen, String> answer;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final List<Seen> whole = new CopyOnWriteArrayList<>();
  private final List<String> cutOff = new CopyOnWriteArrayList<>();
  private final List<String> faults = new CopyOnWriteArrayList<>();

  /// One request as it came.
  record Seen(String head, String body) {
    String line() {
      return head.substring(0, head.indexOf('\r'));
    }

    String method() {
      return line().substring(0, line().indexOf(' '));
    }

    String target() {
      return line().split(" ", -1)[1];
    }

    /// What the field `name` says, or nothing.
    String field(String name) {
      return head.lines()
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("");
    }
  }

  private RecordingOrigin(ServerSocket listener, Function<Seen, String> answer) {
    this.listener = listener;
    this.answer = answer;
  }

  /// Answers each whole request with the text that `answer` makes; one that ends with a NUL closes
  /// the connection behind what stands before it.
  static RecordingOrigin open(Function<Seen, String> answer) throws IOException {
    var listener = new ServerSocket(0, 1_024, InetAddress.ofLiteral("127.0.0.1"));
    var origin = new RecordingOrigin(listener, answer);
    var _ = Thread.ofVirtual().start(origin::accept);
    return origin;
  }

  /// Answers everything with 200 and `ok`.
  static RecordingOrigin open() throws IOException {
    return open(_ -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }

  int port() {
    return listener.getLocalPort();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  int accepted() {
    return accepted.get();
  }

  /// Requests that came whole, in the order in which they were whole.
  List<Seen> whole() {
    return whole;
  }

  /// What came of requests whose connection ended first.
  List<String> cutOff() {
    return cutOff;
  }

  /// What a lenient app could have read as something else.
  List<String> faults() {
    return faults;
  }

  private void accept() {
    try {
      while (true) {
        var socket = listener.accept();
        accepted.incrementAndGet();
        open.add(socket);
        var _ = Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException closed) {
      // the end of this origin
    }
  }

  private void serve(Socket socket) {
    var unread = new StringBuilder();
    try (socket) {
      var bytes = new byte[16 * 1024];
      for (int read; (read = socket.getInputStream().read(bytes)) >= 0; ) {
        unread.append(new String(bytes, 0, read, ISO_8859_1));
        if (!answerWhole(unread, socket)) return;
      }
    } catch (IOException reset) {
      // what is left is noted below
    } finally {
      open.remove(socket);
      if (!unread.isEmpty()) cutOff.add(unread.toString());
    }
  }

  private boolean answerWhole(StringBuilder unread, Socket socket) throws IOException {
    for (var seen = take(unread); seen != null; seen = take(unread)) {
      whole.add(seen);
      var text = answer.apply(seen);
      boolean last = text.endsWith("\0");
      var out = last ? text.substring(0, text.length() - 1) : text;
      socket.getOutputStream().write(out.getBytes(ISO_8859_1));
      if (last) return false;
    }
    return true;
  }

  private @Nullable Seen take(StringBuilder unread) {
    int end = unread.indexOf(HEAD_END);
    if (end < 0) return null;
    int from = end + HEAD_END.length();
    var head = unread.substring(0, from);
    int to = bodyEnd(head, unread, from);
    if (to < 0) return null;
    judge(head);
    var seen = new Seen(head, unread.substring(from, to));
    unread.delete(0, to);
    return seen;
  }

  /// Behind the body that starts at `from`; -1 if it is not all there.
  private int bodyEnd(String head, StringBuilder unread, int from) {
    var seen = new Seen(head, "");
    var length = seen.field("Content-Length");
    if (!length.isEmpty()) {
      int to = from + Integer.parseInt(length);
      return unread.length() < to ? -1 : to;
    }
    if (seen.field("Transfer-Encoding").isEmpty()) return from;
    int at = from;
    while (true) {
      int line = unread.indexOf("\r\n", at);
      if (line < 0) return -1;
      var size = unread.substring(at, line);
      if (!size.matches("[0-9a-f]{1,8}")) faults.add("chunk size " + size);
      int bytes = Integer.parseInt(size, 16);
      if (bytes == 0) {
        int end = unread.indexOf(HEAD_END, line);
        return end < 0 ? -1 : end + HEAD_END.length();
      }
      at = line + 2 + bytes + 2;
      if (unread.length() < at) return -1;
    }
  }

  private void judge(String head) {
    if (!head.matches("(?s)[A-Z-]+ [!-\"$-~]+ HTTP/1\\.1\r\n.*"))
      faults.add("request line: " + head);
    if (head.replace("\r\n", "").matches("(?s).*[\0-\10\12-\37\177].*"))
      faults.add("control: " + head);
    if (head.contains("\r\n ") || head.contains("\r\n\t")) faults.add("folded: " + head);
    if (head.matches("(?s).*\r\n[^:\r]*[^!#-'*+.0-9A-Z^-z|~:\r-][^:\r]*:.*"))
      faults.add("name: " + head);
    if (count(head, "host") != 1) faults.add("hosts: " + head);
    int framings = count(head, "content-length") + count(head, "transfer-encoding");
    if (framings > 1) faults.add("two framings: " + head);
  }

  private static long countLines(String head, String name) {
    return head.lines()
        .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
        .count();
  }

  private static int count(String head, String name) {
    return Math.toIntExact(countLines(head, name));
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (var socket : open) socket.close();
  }
}
