package io.tidegate.http.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.http.message.Http1Writer.Then;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Http1WriterTest {
  private final HeadBuilder builder = new HeadBuilder();
  private final ByteBuf out = Unpooled.buffer();

  private String written(int size) {
    assertThat(out.readableBytes()).isEqualTo(size);
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  private String write(ResponseHead head, Framing framing, Then then) {
    Http1Writer.write(head, framing, then, out);
    return written(Http1Writer.sizeOf(head, framing, then));
  }

  @Test
  void aRequestIsWrittenWithItsHostFirstAndFramingLast() {
    var head = builder.request("POST", "/x?y", "a:80").field("Accept", "*/*").buildRequest();

    Http1Writer.write(head, Framing.length(10), Then.REUSE, out);

    assertThat(written(Http1Writer.sizeOf(head, Framing.length(10), Then.REUSE)))
        .isEqualTo("POST /x?y HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\nContent-Length: 10\r\n\r\n");
  }

  @Test
  void whatTheFieldsSayOfTheHopIsNotWritten() {
    var head =
        builder
            .response(200)
            .field("Content-Length", "5")
            .field("A", "b")
            .field("Transfer-Encoding", "chunked")
            .field("Connection", "A")
            .field("Keep-Alive", "timeout=5")
            .buildResponse();

    assertThat(write(head, Framing.CHUNKED, Then.CLOSE))
        .isEqualTo(
            "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  }

  @ParameterizedTest
  @CsvSource({"200, true", "304, true", "204, false", "101, false", "103, false"})
  void onlyAnAnswerThatMayTellALengthWithoutABodyKeepsIt(int status, boolean kept) {
    var head = builder.response(status).field("Content-Length", "5").buildResponse();

    assertThat(write(head, Framing.NONE, Then.REUSE).contains("Content-Length: 5")).isEqualTo(kept);
  }

  @Test
  void aStatusWithoutANameHasAnEmptyReason() {
    assertThat(write(builder.response(299).buildResponse(), Framing.UNTIL_CLOSE, Then.KEEP_ALIVE))
        .isEqualTo("HTTP/1.1 299 \r\nConnection: keep-alive\r\n\r\n");
  }

  @Test
  void aRequestCannotEndWithTheConnection() {
    var head = builder.request("POST", "/", "a").buildRequest();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Http1Writer.write(head, Framing.UNTIL_CLOSE, Then.CLOSE, out));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 255, 256, 0x7fff_fff, 0x1000_0000, Integer.MAX_VALUE})
  void aChunkStartIsItsSizeInHexadecimal(int bytes) {
    Http1Writer.writeChunkStart(bytes, out);

    assertThat(written(Http1Writer.sizeOfChunkStart(bytes)))
        .isEqualTo(Integer.toHexString(bytes) + "\r\n");
  }

  @Test
  void theLastChunkCannotBeWrittenByChance() {
    assertThatIllegalArgumentException().isThrownBy(() -> Http1Writer.writeChunkStart(0, out));
  }

  @Test
  void trailersFollowTheLastChunk() {
    var trailers = builder.fields().field("X", "y").field("Content-Length", "1").buildFields();

    Http1Writer.writeLastChunk(trailers, out);

    assertThat(written(Http1Writer.sizeOfLastChunk(trailers))).isEqualTo("0\r\nX: y\r\n\r\n");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 9, 10, 99, 100, Long.MAX_VALUE})
  void aLengthIsWrittenInDecimal(long bytes) {
    assertThat(write(builder.response(200).buildResponse(), Framing.length(bytes), Then.REUSE))
        .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n");
  }
}
