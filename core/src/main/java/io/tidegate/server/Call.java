package io.tidegate.server;

import io.tidegate.http.Exchange;
import io.tidegate.http.form.Multipart;
import io.tidegate.http.form.Pairs;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.PercentCoding;
import io.tidegate.server.PathPattern.Segment;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One request as its handler sees it. Belongs to the handler's thread, and ends with it.
public final class Call {
  /// Fields of a form: what one is told to fill in by hand, and far from what a table's slots can
  /// be flooded with.
  private static final int MOST_FORM_FIELDS = 128;

  private static final int MOST_QUERY_PAIRS = 1_000;
  private static final int MOST_FORM_BYTES = 64 * 1024;
  private static final String FORM = "application/x-www-form-urlencoded";

  private final Exchange exchange;
  private final Services services;
  private final PathPattern pattern;
  private final String path;
  private final int rest;
  private final RequestBody body;

  Call(Exchange exchange, Services services, String path, Router.Found.One found) {
    this.exchange = exchange;
    this.services = services;
    this.pattern = found.route().pattern();
    this.path = path;
    this.rest = found.rest();
    this.body = new RequestBody(exchange, services);
  }

  /// The method as sent, such as `GET`.
  public String method() {
    return head().method();
  }

  /// The path as sent, percent-coded, without the query.
  public String path() {
    return path;
  }

  /// What the path has where the route's pattern has `{name}`, decoded; of `{name...}` all that
  /// follows.
  ///
  /// @throws IllegalArgumentException if the pattern has no such parameter
  public String path(String name) {
    int from = 1;
    for (var segment : pattern.segments()) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      switch (segment) {
        case Segment.Parameter parameter when parameter.name().equals(name) -> {
          return PercentCoding.decode(path, from, to, PercentCoding.Plus.PLUS);
        }
        case Segment.Rest last when last.name().equals(name) -> {
          return PercentCoding.decode(path, from, path.length(), PercentCoding.Plus.PLUS);
        }
        case Segment.Literal _, Segment.Parameter _, Segment.Rest _ -> from = to + 1;
      }
    }
    throw new IllegalArgumentException("no {" + name + "} in " + pattern.text());
  }

  /// Where a mounted handler begins to look: the path behind the mount as sent, percent-coded,
  /// without a slash in front. Empty on the mount itself.
  public String rest() {
    return path.substring(rest);
  }

  /// The pairs behind the question mark, at most 1,000.
  ///
  /// @throws HttpError 400 if there are more
  public Pairs query() {
    var target = head().target();
    int mark = target.indexOf('?');
    return Pairs.of(mark < 0 ? "" : target.substring(mark + 1), MOST_QUERY_PAIRS);
  }

  /// The first value of `name` in the query, or null.
  ///
  /// @throws HttpError 400 if the query is malformed
  public @Nullable String query(String name) {
    return query().first(name);
  }

  /// All fields of the request but Host.
  public Fields fields() {
    return head().fields();
  }

  /// The value of the first field of this name, in any case, or null.
  public @Nullable String field(String name) {
    return fields().value(name);
  }

  /// The host, and port if one was named, that the peer asks for; empty if an HTTP/1.0 request
  /// named none.
  public String authority() {
    return head().authority();
  }

  /// The first cookie of this name, as it was sent, or null.
  public @Nullable String cookie(String name) {
    var fields = fields();
    for (int i = fields.first(FieldName.COOKIE); i >= 0; i = fields.next(FieldName.COOKIE, i)) {
      for (var pair : fields.value(i).split(";", -1)) {
        int sign = pair.indexOf('=');
        if (sign > 0 && pair.substring(0, sign).strip().equals(name))
          return pair.substring(sign + 1).strip();
      }
    }
    return null;
  }

  /// The request's body.
  public RequestBody body() {
    return body;
  }

  /// The pairs of an HTML form in the body, at most 128 in 64 KiB.
  ///
  /// @throws HttpError 415 if the body is none, 413 or 400 if it is larger
  public Pairs form() throws IOException {
    var type = fields().value(FieldName.CONTENT_TYPE);
    if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase(FORM))
      throw new HttpError(415, "not a form");
    // octet by octet: what is not percent-coded is taken for the UTF-8 that it is, or refused
    var octets = new String(body.bytes(MOST_FORM_BYTES), StandardCharsets.ISO_8859_1);
    return Pairs.of(octets, MOST_FORM_FIELDS);
  }

  /// The parts of a `multipart/form-data` body, one after the other as they arrive, at most
  /// `mostBytes` in all.
  ///
  /// @throws HttpError 415 if the body is none, 413 if it is announced to be larger
  public Multipart multipart(long mostBytes) {
    var boundary = Multipart.boundary(fields().value(FieldName.CONTENT_TYPE));
    return new Multipart(body.stream(mostBytes), boundary, body::charge);
  }

  /// The body, at most `most` bytes of JSON, as a value of `type`.
  ///
  /// @throws HttpError 400 if it is no JSON of that shape, 413 if it is larger
  public <T> T json(Class<T> type, int most) throws IOException {
    var bytes = body.bytes(most);
    try {
      return services.json().read(bytes, type);
    } catch (PeerGoneException gone) {
      throw gone;
    } catch (IOException malformed) {
      throw new HttpError(400, "malformed JSON");
    }
  }

  /// Where the peer's connection comes from, as a named proxy says if one is configured; null where
  /// it was gone before it could be asked.
  public @Nullable InetAddress address() {
    return exchange.connection().address();
  }

  /// The answer that a handler's `result` stands for, with its file opened or its JSON written:
  /// what fails in that fails in the handler.
  ///
  /// @throws IllegalStateException if there is none, or on the loop, if it would have to wait for a
  ///   disk
  Answer ready(@Nullable Object result) throws IOException {
    if (result == null)
      throw new IllegalStateException(
          "the handler of " + this + " returned null: Answer.NO_CONTENT says nothing");
    var answer = Answer.of(result);
    return switch (answer.content()) {
      case Content.Json(var value) -> answer.with(new Content.Bytes(services.json().write(value)));
      case Content.File(var path) -> FileAnswer.of(offLoop(), answer, path);
      case Content.Resource(var url) -> FileAnswer.of(offLoop(), answer, url);
      default -> answer;
    };
  }

  private Call offLoop() {
    if (exchange.connection().loop().isHere())
      throw new IllegalStateException("a handler on the loop has its answer ready");
    return this;
  }

  RequestHead head() {
    return exchange.request();
  }

  Exchange exchange() {
    return exchange;
  }

  /// Method and path, for logs of ours: escaped by whoever writes them.
  @Override
  public String toString() {
    return method() + " " + path;
  }
}
