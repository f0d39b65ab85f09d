package io.tidegate.differential;

/// What can be wrong up to the end of the request line, and with line ends.
final class LineMutations {
  private LineMutations() {}

  static void addTo(Catalogue catalogue) {
    before(catalogue);
    requestLine(catalogue);
    targets(catalogue);
    lineEnds(catalogue);
  }

  private static void before(Catalogue catalogue) {
    catalogue.begin("before");
    catalogue.harmless((draft, text) -> draft.before = text, "\r\n");
    catalogue.wrong(
        (draft, text) -> draft.before = text,
        "\n",
        "\r",
        "\r\n\r\n",
        " ",
        "\t",
        "\0",
        "\u000b",
        "\r\n ",
        "x\r\n");
  }

  private static void requestLine(Catalogue catalogue) {
    catalogue.begin("version");
    catalogue.harmless((draft, version) -> draft.version = version, " HTTP/1.9");
    catalogue.wrong(
        (draft, version) -> draft.version = version,
        " http/1.1",
        " HTTP/1.1 ",
        " HTTP/1.1\t",
        " HTTP/1.1\0",
        " HTTP/1.1 x",
        " HTTP/1.10",
        " HTTP/01.1",
        " HTTP/1,1",
        " HTTP/1.",
        " HTTP /1.1",
        " HTTP/2.0",
        " HTTP/0.9",
        " HTTPS/1.1",
        "  HTTP/1.1",
        "\tHTTP/1.1",
        "\u000bHTTP/1.1",
        "");
    catalogue.begin("space");
    catalogue.wrong(
        (draft, space) -> draft.space = space, "  ", "\t", "\r", "\u000b", "\f", "\0 ", " \t");
    catalogue.begin("method");
    catalogue.harmless((draft, method) -> draft.method = method, "PUT", "DELETE");
    catalogue.wrong(
        (draft, method) -> draft.method = method, "post", "P\0ST", "P(ST", "POST\u0080", "P\rST");
  }

  private static void targets(Catalogue catalogue) {
    catalogue.begin("target");
    catalogue.harmless(
        (draft, scheme) -> draft.target = scheme + draft.host + draft.path, "http://", "HTTP://");
    catalogue.harmless(
        "absolute, other Host",
        draft -> {
          draft.target = "http://" + draft.host + draft.path;
          draft.host("Host: elsewhere.test");
        });
    catalogue.harmless(
        (draft, more) -> draft.target = draft.path + more,
        "?a=%0d%0aHost:%20b",
        "?a[]=1",
        "//x",
        "?a=/../b",
        "?http://b/");
    catalogue.wrong(
        (draft, more) -> draft.target = draft.path + more,
        "#f",
        " x",
        "\0",
        "\u0001",
        "\u007f",
        "\u0080",
        "\r",
        "\rX",
        "\n");
    catalogue.wrong(
        (draft, before) -> draft.target = before + draft.path,
        "x",
        "*",
        "ftp://a",
        "http://",
        "http:",
        "http://a@b",
        "http://a b",
        "http://a:99999",
        "a:80");
    catalogue.wrong(
        "absolute without Host",
        draft -> {
          draft.target = "http://" + draft.host + draft.path;
          draft.hosts.clear();
        });
  }

  private static void lineEnds(Catalogue catalogue) {
    catalogue.begin("request line's end");
    catalogue.wrong((draft, end) -> draft.lineEnd = end, "\n", "\r", "\r\r\n", "\n\r", "\r\n\n");
    catalogue.begin("Host's end");
    catalogue.wrong(
        (draft, end) -> draft.hosts.set(0, "Host: " + draft.host + end),
        "\n",
        "\r",
        "\r\r\n",
        "\n\r",
        "\0\r\n",
        "\u000b\r\n",
        "\u0085");
    catalogue.begin("field's end");
    catalogue.wrong(
        (draft, end) -> draft.others.add("X-End: a" + end), "\n", "\r", "\r\r\n", "\n\r", "\f\r\n");
    catalogue.begin("head's end");
    catalogue.wrong((draft, end) -> draft.headEnd = end, "\n", "\r", "\n\r", "\r\r\n", " \r\n");
  }
}
