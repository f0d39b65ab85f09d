package io.tidegate.differential;

import java.util.ArrayList;
import java.util.List;

/// One request in the parts that a [Mutation] may spell otherwise. Unchanged, it is as plain as can
/// be; its body, where it has one, is a request in itself.
final class Draft {
  static final String END = "\r\n";

  /// How the body's end is told.
  enum Shape {
    /// There is no body.
    BARE,
    /// By a length.
    LENGTH,
    /// By chunks, of which there is one.
    CHUNKED
  }

  final String host;
  final String path;
  final String data;

  String before = "";
  String method;
  String space = " ";
  String target;
  String version = " HTTP/1.1";
  String lineEnd = END;
  String headEnd = END;

  /// Whole lines, with their ends.
  final List<String> hosts = new ArrayList<>();

  final List<String> framings = new ArrayList<>();
  final List<String> others = new ArrayList<>();

  String size;
  String sizeEnd = END;
  String dataEnd = END;
  String last = "0";
  String lastEnd = END;
  String trailers = "";
  String end = END;

  private final Shape shape;

  Draft(Shape shape, String host, String path) {
    this.shape = shape;
    this.host = host;
    this.path = path;
    this.target = path;
    this.method = shape == Shape.BARE ? "GET" : "POST";
    this.data = "GET /smuggled HTTP/1.1" + END + "Host: " + host + END + END;
    this.size = Integer.toHexString(data.length());
    hosts.add("Host: " + host + END);
    switch (shape) {
      case BARE -> {}
      case LENGTH -> framings.add("Content-Length: " + data.length() + END);
      case CHUNKED -> framings.add("Transfer-Encoding: chunked" + END);
    }
  }

  /// Puts `line` in the place of the line that tells the body's end.
  void framing(String line) {
    framings.clear();
    framings.add(line + END);
  }

  /// Puts `line` in the place of the Host.
  void host(String line) {
    hosts.clear();
    hosts.add(line + END);
  }

  /// `template` with the length of the body for each `@`.
  String length(String template) {
    return template.replace("@", Integer.toString(data.length()));
  }

  /// What is sent, each character one byte.
  String wire() {
    var head =
        before
            + method
            + space
            + target
            + version
            + lineEnd
            + String.join("", hosts)
            + String.join("", others)
            + String.join("", framings)
            + headEnd;
    return switch (shape) {
      case BARE -> head;
      case LENGTH -> head + data;
      case CHUNKED -> head + size + sizeEnd + data + dataEnd + last + lastEnd + trailers + end;
    };
  }
}
