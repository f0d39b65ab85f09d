package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.HttpCorpus;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class Http1CorpusSystemTest {
  private static final int SHORT_BYTES = 1000;

  @Test
  void everyCaseThatComesAtOnceHasItsOutcome() throws IOException {
    play(bytes -> bytes);
  }

  @Test
  void everyCaseThatComesInSinglePiecesHasItsOutcome() throws IOException {
    play(bytes -> bytes <= SHORT_BYTES ? 1 : 997);
  }

  private static void play(java.util.function.IntUnaryOperator pieceBytes) throws IOException {
    var answers = new Answers.Gather();
    try (var rig = new HttpRig(answers)) {
      for (var one : HttpCorpus.cases()) {
        answers.seen().clear();
        try (var client = rig.client()) {
          send(client, one.bytes(), pieceBytes.applyAsInt(one.bytes().length));
          answered(client, one);
        }
        assertThat(answers.seen().stream().filter(line -> !line.startsWith("failed")))
            .as(one.toString())
            .hasSize(one.complete());
      }
    }
  }

  private static void send(RawHttp client, byte[] bytes, int pieceBytes) throws IOException {
    for (int at = 0; at < bytes.length; at += pieceBytes) {
      client.send(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + pieceBytes)));
    }
  }

  private static void answered(RawHttp client, HttpCorpus.Case one) throws IOException {
    for (int i = 0; i < one.complete(); i++) {
      var head = client.head();
      assertThat(head.status()).as(one.toString()).isEqualTo(200);
      assertThat(client.body(head, "GET").drain().complete()).as(one.toString()).isTrue();
    }
    if (one.status() != 0) {
      var head = client.head();
      assertThat(head.status()).as(one.toString()).isEqualTo(one.status());
      assertThat(head.lists("Connection", "close")).as(one.toString()).isTrue();
      assertThat(client.body(head, "GET").drain().complete()).as(one.toString()).isTrue();
    } else {
      client.halfClose();
    }
    var cut = client.awaitCut(Duration.ofSeconds(10));
    assertThat(cut.end()).as(one.toString()).isEqualTo(Cut.End.FIN);
    assertThat(cut.bytesBefore()).as(one.toString()).isZero();
  }
}
