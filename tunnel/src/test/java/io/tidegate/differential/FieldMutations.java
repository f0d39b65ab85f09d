package io.tidegate.differential;

import io.tidegate.differential.Draft.Shape;

/// What can be wrong with field lines, Host and Connection.
final class FieldMutations {
  private FieldMutations() {}

  static void addTo(Catalogue catalogue) {
    names(catalogue);
    values(catalogue);
    folds(catalogue);
    hosts(catalogue);
    connection(catalogue);
  }

  private static void names(Catalogue catalogue) {
    catalogue.begin("name");
    catalogue.harmless(
        (draft, line) -> draft.others.add(line + Draft.END),
        "X_Y: a",
        "x-!#$%&'*+^`|~1: a",
        "X:a",
        "Content_Length: 3",
        "Transfer_Encoding: chunked");
    catalogue.wrong(
        (draft, line) -> draft.others.add(line + Draft.END),
        "X : a",
        "X\t: a",
        "X\0: a",
        "X\u0001: a",
        "X\u000b: a",
        "X\u007f: a",
        "X\u0080: a",
        "X(Y): a",
        "X Y: a",
        "X\rY: a",
        ": a",
        "X",
        "X a",
        "\0",
        "Content-Length : 3",
        "Content-Length\t: 3",
        "Content-Length\0: 3",
        "Content-Length\u00a0: 3",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        "Transfer-Encoding\u000b: chunked");
  }

  private static void values(Catalogue catalogue) {
    catalogue.begin("value");
    catalogue.harmless(
        (draft, value) -> draft.others.add("X-Value:" + value + Draft.END),
        "",
        " ",
        "\t a \t",
        " a\tb",
        " \u0080\u00ff",
        " a: b, \"c",
        " HTTP/1.1");
    catalogue.wrong(
        (draft, value) -> draft.others.add("X-Value: " + value + Draft.END),
        "\0",
        "a\0b",
        "\u0001",
        "a\bb",
        "a\u000bb",
        "a\fb",
        "a\u001bb",
        "a\u007fb",
        "a\rb",
        "a\nb",
        "a\rContent-Length: 3",
        "a\nContent-Length: 3",
        "a\nTransfer-Encoding: chunked",
        "a\n\nGET /smuggled HTTP/1.1");
  }

  private static void folds(Catalogue catalogue) {
    catalogue.begin("fold");
    catalogue.wrong(
        (draft, lines) -> draft.others.add(lines + Draft.END),
        "X: a\r\n b",
        "X: a\r\n\tb",
        "X:\r\n a",
        "X: a\r\n ",
        "X: a\r\n \t",
        "X: a\n b",
        "X: a\r b",
        "X: a\r\n Content-Length: 3",
        "X: a\r\n Transfer-Encoding: chunked");
    catalogue.wrong("first line", draft -> draft.hosts.addFirst(" X: a" + Draft.END));
    catalogue.wrong("first line, tab", draft -> draft.hosts.addFirst("\tX: a" + Draft.END));
    catalogue.wrong("first line of space", draft -> draft.hosts.addFirst(" " + Draft.END));
  }

  private static void hosts(Catalogue catalogue) {
    catalogue.begin("host");
    catalogue.harmless(
        (draft, name) -> draft.host(name + draft.host), "HOST: ", "host:", "Host:\t", "Host:   ");
    catalogue.harmless((draft, end) -> draft.host("Host: " + draft.host + end), " ", "\t");
    catalogue.wrong(
        (draft, more) -> draft.host("Host: " + draft.host + more),
        ", b",
        " b",
        "/b",
        "#b",
        "?b",
        "\\b",
        ":99999",
        ":x",
        "\0",
        "\u0080");
    catalogue.wrong(
        (draft, before) -> draft.host("Host: " + before + draft.host),
        "a@",
        "http://",
        "b,",
        "%0d",
        "-");
    catalogue.wrong("empty", draft -> draft.host("Host:"));
    catalogue.wrong("none", draft -> draft.hosts.clear());
    catalogue.wrong("two equal", draft -> draft.hosts.add("Host: " + draft.host + Draft.END));
    catalogue.wrong("two", draft -> draft.hosts.add("Host: b" + Draft.END));
    catalogue.wrong("two, other first", draft -> draft.hosts.addFirst("Host: b" + Draft.END));
    catalogue.wrong("two, other case", draft -> draft.hosts.add("hOST: b" + Draft.END));
    catalogue.wrong("two, one empty", draft -> draft.hosts.add("Host:" + Draft.END));
  }

  private static void connection(Catalogue catalogue) {
    catalogue.begin("connection");
    catalogue.harmless(
        (draft, line) -> draft.others.add(line + Draft.END),
        "Connection: keep-alive",
        "Connection: X-Foo",
        "TE: trailers",
        "Upgrade: h2c",
        "Connection: Upgrade\r\nUpgrade: h2c",
        "X-Forwarded-Host: b",
        "X-HTTP-Method-Override: PUT");
    catalogue.wrong(
        (draft, line) -> draft.others.add(line + Draft.END),
        "Connection: Host",
        "Connection: keep-alive, Content-Length",
        "Connection: Transfer-Encoding",
        "Connection: \"a",
        "Expect: 200-ok");
    catalogue.begin("expect", Shape.LENGTH);
    catalogue.harmless((draft, line) -> draft.others.add(line + Draft.END), "Expect: 100-continue");
    catalogue.begin("expect", Shape.CHUNKED);
    catalogue.harmless((draft, line) -> draft.others.add(line + Draft.END), "Expect: 100-continue");
  }
}
