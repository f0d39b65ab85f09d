package io.tidegate.websocket;

import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/// Requests for a WebSocket that must be refused: the fault, the request's lines, each ended by
/// `|`, and the status of the answer, with `!` where the HTTP scanner itself refuses.
final class HandshakeCorpus {
  static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==|";
  static final String VERSION = "Sec-WebSocket-Version: 13|";
  static final String UPGRADE = "Upgrade: websocket|Connection: Upgrade|";

  private static final String WRONG =
      """
      another method            > POST / HTTP/1.1|Host: a|U K V  > 405
      HTTP/1.0                  > GET / HTTP/1.0|Host: a|U K V   > 400
      no Host                   > GET / HTTP/1.1|U K V           > 400!
      no Upgrade                > GET / HTTP/1.1|Host: a|Connection: Upgrade|K V > 426
      another Upgrade           > GET / HTTP/1.1|Host: a|Upgrade: h2c|Connection: Upgrade|K V > 426
      a versioned Upgrade       > GET / HTTP/1.1|Host: a|Upgrade: websocket/13|Connection: Upgrade|K V > 426
      no Connection             > GET / HTTP/1.1|Host: a|Upgrade: websocket|K V > 426
      Connection: close         > GET / HTTP/1.1|Host: a|Upgrade: websocket|Connection: close|K V > 426
      no key                    > G U V > 400
      an empty key              > G U V Sec-WebSocket-Key:| > 400
      a short key               > G U V Sec-WebSocket-Key: dGhlIHNhbXBsZQ==| > 400
      a key without padding     > G U V Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ| > 400
      a key not in base64       > G U V Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!!==| > 400
      a key of 17 bytes         > G U V Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTE=| > 400
      two keys                  > G U V K K > 400
      no version                > G U K > 426
      version 12                > G U K Sec-WebSocket-Version: 12| > 426
      version 013               > G U K Sec-WebSocket-Version: 013| > 426
      two versions              > G U K V V > 400
      a junk version            > G U K Sec-WebSocket-Version: 13a| > 426
      a body by length          > G U K V Content-Length: 5| > 400
      a body by chunks          > G U K V Transfer-Encoding: chunked| > 400
      junk for a subprotocol    > G U K V Sec-WebSocket-Protocol: a b| > 400
      an empty subprotocol      > G U K V Sec-WebSocket-Protocol: ,| > 400
      junk for an extension     > G U K V Sec-WebSocket-Extensions: ;;=| > 400
      an extension cut short    > G U K V Sec-WebSocket-Extensions: x; y="z| > 400
      another site's page       > G U K V Origin: https://evil.example| > 403
      a page without an origin  > G U K V Origin: null| > 403
      an empty Origin           > G U K V Origin:| > 403
      two Origins               > G U K V Origin: http://a|Origin: http://a| > 400
      """;

  private HandshakeCorpus() {}

  static Stream<Arguments> wrong() {
    return WRONG
        .lines()
        .map(line -> {
          var parts = line.split(">", -1);
          return Arguments.of(parts[0].strip(), request(parts[1].strip()), parts[2].strip());
        });
  }

  private static String request(String shorthand) {
    return shorthand
        .replace("G ", "GET / HTTP/1.1|Host: a|")
        .replace("U ", UPGRADE)
        .replaceAll("K( |$)", KEY)
        .replaceAll("V( |$)", VERSION);
  }
}
