package io.tidegate.differential;

import io.tidegate.differential.Draft.Shape;

/// What can be wrong with lengths, codings, chunks and trailers.
final class BodyMutations {
  private BodyMutations() {}

  static void addTo(Catalogue catalogue) {
    lengths(catalogue);
    codings(catalogue);
    both(catalogue);
    sizes(catalogue);
    chunkEnds(catalogue);
    trailers(catalogue);
  }

  private static void lengths(Catalogue catalogue) {
    catalogue.begin("length", Shape.LENGTH);
    catalogue.harmless(
        (draft, value) -> draft.framing("Content-Length:" + draft.length(value)),
        "@",
        " 0@",
        " 000000@",
        "\t@",
        " @ ",
        " @\t");
    catalogue.harmless("name in capitals", d -> d.framing(d.length("CONTENT-LENGTH: @")));
    catalogue.wrong(
        (draft, value) -> draft.framing("Content-Length: " + draft.length(value)),
        "+@",
        "-@",
        "-0",
        "0x@",
        "@,",
        ",@",
        "@, @",
        "@,@",
        "@, 0",
        "@;",
        "@;a=b",
        "\"@\"",
        "@.0",
        "@e0",
        "@_",
        "1_0",
        "@ @",
        "@ 0",
        "@\u000b",
        "\u000b@",
        "@\0",
        "\0@",
        "\u00a0@",
        "@\u0085",
        "x@",
        "@x",
        "",
        "18446744073709551616",
        "\u00d9\u00a5");
    catalogue.begin("two lengths", Shape.LENGTH);
    catalogue.wrong(
        (draft, line) -> draft.framings.add(draft.length(line) + Draft.END),
        "Content-Length: @",
        "content-length: @",
        "Content-Length: 0",
        "Content-Length:",
        "Content-Length: @, @");
    catalogue.wrong("0 first", d -> d.framings.addFirst("Content-Length: 0" + Draft.END));
    catalogue.wrong("3 first", d -> d.framings.addFirst("Content-Length: 3" + Draft.END));
  }

  private static void codings(Catalogue catalogue) {
    catalogue.begin("coding", Shape.CHUNKED);
    catalogue.harmless(
        (draft, value) -> draft.framing("Transfer-Encoding:" + value),
        "chunked",
        " Chunked",
        " CHUNKED",
        "\tchunked",
        " chunked ",
        " chunked\t");
    catalogue.wrong(
        (draft, value) -> draft.framing("Transfer-Encoding: " + value),
        "identity",
        "chunked, identity",
        "identity, chunked",
        "chunked, chunked",
        "chunked,chunked",
        ",chunked",
        "chunked,",
        "chunked;q=1",
        "chunked ;",
        "\"chunked\"",
        "xchunked",
        "chunkedx",
        "c hunked",
        "chunked\0",
        "\0chunked",
        "chunked\u000b",
        "\u000bchunked",
        "\u00a0chunked",
        "\r\n chunked",
        "gzip, chunked",
        "chunked\rX",
        "");
    catalogue.begin("two codings", Shape.CHUNKED);
    catalogue.wrong(
        (draft, line) -> draft.framings.add(line + Draft.END),
        "Transfer-Encoding: chunked",
        "transfer-encoding: identity",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding:");
    catalogue.wrong(
        "identity first", d -> d.framings.addFirst("Transfer-Encoding: identity" + Draft.END));
    catalogue.begin("chunked in 1.0", Shape.CHUNKED);
    catalogue.wrong("", draft -> draft.version = " HTTP/1.0");
  }

  private static void both(Catalogue catalogue) {
    catalogue.begin("length beside chunks", Shape.CHUNKED);
    catalogue.wrong(
        (draft, line) -> draft.framings.add(draft.length(line) + Draft.END),
        "Content-Length: @",
        "Content-Length: 0",
        "Content-Length: 3",
        "Content-Length: x",
        "Content-Length:");
    catalogue.wrong("3 first", d -> d.framings.addFirst("Content-Length: 3" + Draft.END));
    catalogue.begin("coding beside length", Shape.LENGTH);
    catalogue.wrong(
        (draft, line) -> draft.framings.add(line + Draft.END),
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: \u000bchunked",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding: chunked, x",
        "Transfer-Encoding:");
    catalogue.wrong(
        "chunked first", d -> d.framings.addFirst("Transfer-Encoding: chunked" + Draft.END));
  }

  private static void sizes(Catalogue catalogue) {
    catalogue.begin("chunk size", Shape.CHUNKED);
    catalogue.harmless((draft, zeros) -> draft.size = zeros + draft.size, "0", "00000000");
    catalogue.harmless("in capitals", d -> d.size = d.size.toUpperCase(java.util.Locale.ROOT));
    catalogue.wrong(
        (draft, before) -> draft.size = before + draft.size,
        "0x",
        "+",
        "-",
        " ",
        "\t",
        "\0",
        "\u000b",
        "\r\n",
        "1000000000000000");
    catalogue.wrong(
        (draft, behind) -> draft.size += behind,
        " ",
        "\t",
        "\0",
        "\u000b",
        "_",
        "h",
        ",",
        ".0",
        " 0",
        "\u00a0",
        "\r");
    catalogue.wrong("empty", draft -> draft.size = "");
    catalogue.begin("chunk extension", Shape.CHUNKED);
    catalogue.harmless(
        (draft, extension) -> draft.size += extension,
        ";a",
        ";a=b",
        ";a=\"b;c\"",
        ";a=\"\\\"\"",
        ";a;b=c");
    catalogue.wrong(
        (draft, extension) -> draft.size += extension,
        " ;a",
        ";a\n",
        ";a\nb",
        ";a\rb",
        ";a\0",
        ";a\u007f",
        ";a=\"\r\n\"",
        ";a=\"");
  }

  private static void chunkEnds(Catalogue catalogue) {
    catalogue.begin("chunk size's end", Shape.CHUNKED);
    catalogue.wrong((draft, end) -> draft.sizeEnd = end, "\n", "\r", "\r\r\n", "\n\r", "\0\r\n");
    catalogue.begin("chunk's end", Shape.CHUNKED);
    catalogue.wrong(
        (draft, end) -> draft.dataEnd = end, "\n", "\r", "", "\r\r\n", "\n\r", "x\r\n", "\r\n\r\n");
    catalogue.begin("last chunk", Shape.CHUNKED);
    catalogue.harmless((draft, last) -> draft.last = last, "00", "0000000000", "0;a=b");
    catalogue.wrong(
        (draft, last) -> draft.last = last, "-0", "+0", "0x0", " 0", "0 ", "", "0\0", "0h", "G");
    catalogue.begin("last chunk's end", Shape.CHUNKED);
    catalogue.wrong((draft, end) -> draft.lastEnd = end, "\n", "\r", "\r\r\n", "\n\r");
    catalogue.begin("body's end", Shape.CHUNKED);
    catalogue.wrong((draft, end) -> draft.end = end, "\n", "\r", "", "\n\r", "\r\r\n");
  }

  private static void trailers(Catalogue catalogue) {
    catalogue.begin("trailer", Shape.CHUNKED);
    catalogue.harmless(
        (draft, line) -> draft.trailers = line + Draft.END,
        "X-Sum: 1",
        "X-Sum:",
        "X-Sum:\t1 ",
        "X-Sum: 1\r\nX-More: 2");
    catalogue.wrong(
        (draft, line) -> draft.trailers = line + Draft.END,
        "Content-Length: 3",
        "Transfer-Encoding: chunked",
        "Host: b",
        "Connection: close",
        "Trailer: X-Sum",
        "Authorization: b",
        "X-Sum : 1",
        " X-Sum: 1",
        "X-Sum: 1\r\n 2",
        "X-Sum: a\0b",
        "X-Sum: a\rb",
        "X-Sum: a\nb: c",
        "X-Sum",
        "X Sum: 1",
        ": 1",
        "X-Sum\0: 1",
        "GET /smuggled HTTP/1.1");
  }
}
