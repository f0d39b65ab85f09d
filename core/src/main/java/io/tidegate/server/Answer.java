package io.tidegate.server;

import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.semantics.SetCookie;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketHandler;
import io.tidegate.websocket.WebSocketListener;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A status, fields and a body. Immutable; each `with…` gives another.
///
/// Date, Content-Length and what frames the body are written by the server.
///
/// @param status 200 to 599
/// @param fields in order
/// @param content what follows
public record Answer(int status, List<Field> fields, Content content) {
  /// 204.
  public static final Answer NO_CONTENT = empty(204);

  private static final String OCTETS_TYPE = "application/octet-stream";

  private static final List<Field> TEXT = typed("text/plain; charset=utf-8");
  private static final List<Field> HTML = typed("text/html; charset=utf-8");
  private static final List<Field> OCTETS = typed(OCTETS_TYPE);
  private static final List<Field> JSON = typed("application/json");

  /// One line of the head.
  ///
  /// @param name a token; Host, Content-Length and Transfer-Encoding are not the handler's
  /// @param value characters of ISO-8859-1, no control among them but tabs
  public record Field(String name, String value) {
    /// @throws IllegalArgumentException if the field could end its line, or is the server's own
    public Field {
      HeadBuilder.checkOfAnswer(name, value);
    }
  }

  /// All fields of an answer together: what a head has room for, less those that the server adds.
  private static final int MOST_FIELD_BYTES = 60_000;

  /// @throws IllegalArgumentException if `status` is not in 200..599, or the fields exceed 60,000
  ///   bytes
  public Answer {
    if (status < 200 || status > 599)
      throw new IllegalArgumentException("status not in 200..599: " + status);
    fields = List.copyOf(fields);
    long bytes = 0;
    for (var field : fields) bytes += field.name().length() + field.value().length() + 4;
    if (bytes > MOST_FIELD_BYTES)
      throw new IllegalArgumentException("fields exceed " + MOST_FIELD_BYTES + " bytes");
  }

  /// A status and nothing else.
  public static Answer empty(int status) {
    return new Answer(status, List.of(), new Content.Nothing());
  }

  /// Plain text in UTF-8.
  public static Answer text(String text) {
    return of(TEXT, new Content.Bytes(text.getBytes(StandardCharsets.UTF_8)));
  }

  /// A page in UTF-8.
  public static Answer html(String html) {
    return of(HTML, new Content.Bytes(html.getBytes(StandardCharsets.UTF_8)));
  }

  /// Bytes of no declared kind.
  public static Answer bytes(byte[] bytes) {
    return of(OCTETS, new Content.Bytes(bytes));
  }

  /// Bytes of `type`; nobody changes them any more.
  public static Answer bytes(String type, byte[] bytes) {
    return of(typed(type), new Content.Bytes(bytes));
  }

  /// A value for the server's [JsonMapper].
  public static Answer json(Object value) {
    return of(JSON, new Content.Json(value));
  }

  /// A file.
  public static Answer file(Path path) {
    return new Answer(200, List.of(), new Content.File(path));
  }

  /// A resource of the class path: a file where it is one, else an entry of a jar.
  ///
  /// @throws IOException if it is a file whose name no path can have
  public static Answer resource(URL url) throws IOException {
    if (!url.getProtocol().equals("file"))
      return new Answer(200, List.of(), new Content.Resource(url));
    try {
      return file(Path.of(url.toURI()));
    } catch (URISyntaxException | IllegalArgumentException malformed) {
      throw new IOException("no file: " + url, malformed);
    }
  }

  /// What `stream` gives, of `type`; it is closed at the end. It may be read by several threads,
  /// one after the other.
  public static Answer stream(String type, InputStream stream) {
    return of(typed(type), new Content.Stream(stream, -1));
  }

  /// What `writer` writes, of `type`.
  public static Answer written(String type, Content.Writer writer) {
    return of(typed(type), new Content.Written(writer));
  }

  /// Opens a WebSocket, if the request is a proper one for that, and serves it on a thread to its
  /// end.
  public static Answer webSocket(WebSocketConfig config, WebSocketHandler handler) {
    return upgrade((sockets, exchange) -> sockets.accept(exchange, config, handler));
  }

  /// Opens a WebSocket, if the request is a proper one for that, and serves it by callbacks.
  public static Answer webSocket(WebSocketConfig config, WebSocketListener listener) {
    return upgrade((sockets, exchange) -> sockets.accept(exchange, config, listener));
  }

  private static Answer upgrade(Content.Upgrade.To to) {
    return new Answer(200, List.of(), new Content.Upgrade(to));
  }

  /// Sends the peer to `location`: 303, so that it asks with GET.
  public static Answer seeOther(String location) {
    return empty(303).withField("Location", location);
  }

  private static List<Field> typed(String type) {
    return List.of(new Field("Content-Type", type));
  }

  private static Answer of(List<Field> fields, Content content) {
    return new Answer(200, fields, content);
  }

  /// What a handler's result stands for, by the rules of [Handler]: for filters that look at what
  /// is answered, or change it.
  public static Answer of(Object result) {
    return switch (result) {
      case Answer answer -> answer;
      case String text -> text(text);
      case byte[] bytes -> bytes(bytes);
      case Path path -> file(path);
      case InputStream stream -> stream(OCTETS_TYPE, stream);
      default -> json(result);
    };
  }

  /// This answer with another status.
  public Answer withStatus(int status) {
    return new Answer(status, fields, content);
  }

  /// This answer with another body.
  Answer with(Content content) {
    return new Answer(status, fields, content);
  }

  /// This answer with one more field.
  ///
  /// @throws IllegalArgumentException as [Field] does
  public Answer withField(String name, String value) {
    var more = new ArrayList<>(fields);
    more.add(new Field(name, value));
    return new Answer(status, more, content);
  }

  /// This answer with `type` for its Content-Type.
  public Answer withType(String type) {
    var others = new ArrayList<>(fields);
    var _ = others.removeIf(field -> field.name().equalsIgnoreCase("Content-Type"));
    others.add(new Field("Content-Type", type));
    return new Answer(status, others, content);
  }

  /// This answer with a cookie.
  public Answer withCookie(SetCookie cookie) {
    return withField("Set-Cookie", cookie.toString());
  }

  /// The value of the first field of this name, in any case.
  public @Nullable String field(String name) {
    for (var field : fields) if (field.name().equalsIgnoreCase(name)) return field.value();
    return null;
  }
}
