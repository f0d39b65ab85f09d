package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.KernelMemory;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.WireScript;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Balanced.class)
class Http1ServerSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private static String get(String target, String... fields) {
    return head("GET " + target + " HTTP/1.1", fields);
  }

  private static String head(String line, String... fields) {
    var more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    return line + "\r\nHost: a\r\n" + more + "\r\n";
  }

  private static void play(LoopHandler handler, String script) throws IOException {
    try (var rig = new HttpRig(handler)) {
      WireScript.of(script).play(rig.address(), SOON);
    }
  }

  @Test
  void requestsOnOneConnectionAreAnsweredInOrderWithBodiesBetween() throws IOException {
    var answers = new Answers.Gather();

    play(
        answers,
        """
        > GET /1 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\nPOST /2 HTTP/1.1\\r\\nHost: a\\r\\n
        > Content-Length: 5\\r\\n\\r\\nhelloPOST /3 HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n
        > 2\\r\\nab\\r\\n1\\r\\nc\\r\\n0\\r\\nX-Sum: 7\\r\\n\\r\\nGET /4 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nContent-Length: 7\\r\\n\\r\\nGET /1\\x20
        < HTTP/1.1 200 OK\\r\\nContent-Length: 13\\r\\n\\r\\nPOST /2 hello
        < HTTP/1.1 200 OK\\r\\nContent-Length: 19\\r\\n\\r\\nPOST /3 abc X-Sum=7
        < HTTP/1.1 200 OK\\r\\nContent-Length: 7\\r\\n\\r\\nGET /4\\x20
        ! shut
        ! fin
        """);

    assertThat(answers.seen()).hasSize(4);
  }

  @Test
  void aNextRequestIsNotBegunBeforeTheAnswerOfTheLast() throws Exception {
    var waiting = new ArrayDeque<Exchange>();
    try (var rig = new HttpRig(waiting::add);
        var client = rig.client()) {
      client.send(get("/1") + get("/2") + get("/3"));

      for (int i = 1; i <= 3; i++) {
        var target = "/" + i;
        HttpRig.await(target, () -> waiting.size() == 1);
        assertThat(client.silentFor(Duration.ofMillis(50))).isTrue();
        rig.run(() -> Answers.say(waiting.remove(), target));
        var head = client.head();
        assertThat(client.body(head, "GET").text()).isEqualTo(target);
      }
    }
  }

  @Test
  void manyRequestsSentAtOnceAreAllAnswered() throws Exception {
    try (var rig = new HttpRig(HttpRig.LIMITS.withRequests(100_000), new Answers.Gather());
        var client = rig.client()) {
      int requests = 5_000;
      var sender = sending(() -> client.send(get("/x").repeat(requests)));

      for (int i = 0; i < requests; i++) {
        assertThat(client.body(client.head(), "GET").text()).isEqualTo("GET /x ");
      }
      sender.join();
    }
  }

  private interface Step {
    void run() throws Exception;
  }

  /// Runs `step`, which may find the connection gone.
  private static void cutShort(Step step) {
    var _ = catchThrowable(step::run);
  }

  private static Thread sending(Step step) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            step.run();
          } catch (Exception cut) {
            throw new IllegalStateException(cut);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1_000, 65_536, 3_000_001})
  void aBodyComesBackByteForByteByLength(long bytes) throws Exception {
    echoes(bytes, false);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1_000, 65_536, 3_000_001})
  void aBodyComesBackByteForByteInChunks(long bytes) throws Exception {
    echoes(bytes, true);
  }

  @Test
  @Tag("long")
  void fiftyMegabytesComeBackByteForByte() throws Exception {
    echoes(50_000_000, false);
    echoes(50_000_000, true);
  }

  private static void echoes(long bytes, boolean chunked) throws Exception {
    try (var rig = new HttpRig(Answers::echo);
        var client = rig.client()) {
      var sender = sending(() -> sendPattern(client, bytes, chunked));

      var head = client.head();

      assertThat(head.first("Content-Length")).isEqualTo(chunked ? null : Long.toString(bytes));
      assertThat(client.body(head, "POST").drain().isPattern(bytes)).isTrue();
      sender.join();
    }
  }

  private static void sendPattern(RawHttp client, long bytes, boolean chunked) throws IOException {
    if (!chunked) {
      client.send(head("POST / HTTP/1.1", "Content-Length: " + bytes));
      client.sendPattern(bytes);
      return;
    }
    client.send(head("POST / HTTP/1.1", "Transfer-Encoding: chunked"));
    for (long at = 0; at < bytes; at += 30_000) {
      client.sendChunk(Pattern.bytes(at, (int) Math.min(30_000, bytes - at)));
    }
    client.sendChunk(new byte[0]);
  }

  @Test
  void anEchoWithAReaderThatStopsHoldsNoMoreThanAWindow() throws Exception {
    long bytes = 30_000_000;
    try (var rig = new HttpRig(Answers::echo);
        var client = rig.client()) {
      var sender = sending(() -> sendPattern(client, bytes, false));
      var head = client.head();
      var seen = new AtomicLong();
      HttpRig.await("full", () -> isStuck(rig, seen));
      long most = 0;

      for (int i = 0; i < 20; i++) {
        most = Math.max(most, rig.heldDirect());
        rig.settle();
      }

      assertThat(most).isBetween(1L, 200_000L);
      assertThat(client.body(head, "POST").drain().isPattern(bytes)).isTrue();
      sender.join();
    }
  }

  /// Whether bytes lie in the kernel, as many as when this was asked before.
  private static boolean isStuck(HttpRig rig, AtomicLong seen) {
    long now = KernelMemory.ofPort(rig.address().getPort()).queuedBytes();
    return seen.getAndSet(now) == now && now > 0;
  }

  @ParameterizedTest
  @CsvSource({"1.1, LENGTH", "1.1, CHUNKED", "1.1, UNTIL_CLOSE", "1.0, LENGTH", "1.0, CHUNKED"})
  void aDownloadComesWholeInWhateverThePeerUnderstands(String version, Framing.Kind kind)
      throws Exception {
    long bytes = 3_000_000;
    var framing = kind == Framing.Kind.LENGTH ? Framing.length(bytes) : new Framing(kind, 0);
    try (var rig = new HttpRig(exchange -> Answers.download(exchange, framing, bytes));
        var client = rig.client()) {
      client.send("GET / HTTP/" + version + "\r\nHost: a\r\nConnection: close\r\n\r\n");

      var head = client.head();
      var body = client.body(head, "GET");

      assertThat(head.lists("Connection", "close")).isTrue();
      assertThat(body.drain().isPattern(bytes)).isTrue();
      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
      assertThat(head.lists("Transfer-Encoding", "chunked"))
          .isEqualTo(version.equals("1.1") && kind != Framing.Kind.LENGTH);
    }
  }

  @Test
  void trailersGoToPeersThatTakeChunksAndToNoOther() throws IOException {
    LoopHandler handler =
        exchange -> {
          var trailers = new HeadBuilder().fields().field("X-Sum", "7").buildFields();
          var _ = exchange.respond(Answers.ok(), Framing.CHUNKED);
          var _ = exchange.offer(Answers.text("abc"), 0, Payer.NOBODY);
          var _ = exchange.offer(Unpooled.EMPTY_BUFFER, 0, Payer.NOBODY);
          exchange.finish(trailers);
        };

    play(
        handler,
        """
        > GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\nX-Sum: 7\\r\\n\\r\\n
        > GET / HTTP/1.0\\r\\nConnection: keep-alive\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nabc
        ! fin
        """);
  }

  @Test
  void anAnswerWithoutABodyHasNoneWhateverIsOffered() throws IOException {
    LoopHandler handler =
        exchange -> {
          int status = Integer.parseInt(exchange.request().target().substring(1));
          var _ = exchange.respond(Answers.head(status), Framing.length(3));
          var _ = exchange.offer(Answers.text("abc"), 0, Payer.NOBODY);
          exchange.finish(Fields.EMPTY);
        };

    play(
        handler,
        """
        > HEAD /200 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\n
        > GET /204 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 204 No Content\\r\\n\\r\\n
        > GET /304 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 304 Not Modified\\r\\n\\r\\n
        > GET /200 HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nabc
        ! shut
        ! fin
        """);
  }

  @Test
  void aPeerOfHttp10IsKeptAliveOnlyIfItAsks() throws IOException {
    play(
        new Answers.Gather(),
        """
        > GET /1 HTTP/1.0\\r\\nConnection: keep-alive\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nContent-Length: 7\\r\\nConnection: keep-alive\\r\\n\\r\\nGET /1\\x20
        > GET /2 HTTP/1.0\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nContent-Length: 7\\r\\nConnection: close\\r\\n\\r\\nGET /2\\x20
        ! fin
        """);
  }

  @Test
  void aConnectionEndsAfterItsLastRequest() throws IOException {
    try (var rig = new HttpRig(HttpRig.LIMITS.withRequests(2), new Answers.Gather());
        var client = rig.client()) {
      client.send(get("/1") + get("/2") + get("/3"));

      var first = client.head();
      assertThat(client.body(first, "GET").text()).isEqualTo("GET /1 ");
      var second = client.head();
      assertThat(client.body(second, "GET").text()).isEqualTo("GET /2 ");
      assertThat(first.lists("Connection", "close")).isFalse();
      assertThat(second.lists("Connection", "close")).isTrue();
      assertThat(client.awaitCut(SOON)).extracting(Cut::end).isEqualTo(Cut.End.FIN);
    }
  }

  @Test
  void aPeerThatWaitsFor100GetsItFromTheHandler() throws IOException {
    LoopHandler handler =
        exchange -> {
          assertThat(exchange.expectsContinue()).isTrue();
          exchange.interim(Answers.head(100));
          new Answers.Gather().handle(exchange);
        };

    play(
        handler,
        """
        > POST / HTTP/1.1\\r\\nHost: a\\r\\nExpect: 100-continue\\r\\nContent-Length: 5\\r\\n\\r\\n
        < HTTP/1.1 100 Continue\\r\\n\\r\\n
        > hello
        < HTTP/1.1 200 OK\\r\\nContent-Length: 12\\r\\n\\r\\nPOST / hello
        ! shut
        ! fin
        """);
  }

  @Test
  void interimAnswersComeBeforeTheAnswerAndNeverToHttp10() throws IOException {
    LoopHandler handler =
        exchange -> {
          exchange.interim(new HeadBuilder().response(103).field("Link", "</a>").buildResponse());
          exchange.interim(Answers.head(102));
          Answers.say(exchange, "a");
          exchange.interim(Answers.head(103));
        };

    play(
        handler,
        """
        > GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 103 Early Hints\\r\\nLink: </a>\\r\\n\\r\\nHTTP/1.1 102 *\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\na
        > GET / HTTP/1.0\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\nConnection: close\\r\\n\\r\\na
        ! fin
        """);
  }

  @Test
  void anAnswerBeforeTheBodysEndIsSeenAndTheConnectionEnds() throws Exception {
    try (var rig = new HttpRig(exchange -> Answers.say(exchange, "enough"));
        var client = rig.client()) {
      client.send(head("POST / HTTP/1.1", "Content-Length: 100000000"));
      var sender = sending(() -> cutShort(() -> client.sendPattern(20_000_000)));
      HttpRig.await("answered", () -> !client.silentFor(Duration.ofMillis(1)));

      var head = client.head();

      assertThat(head.lists("Connection", "close")).isTrue();
      assertThat(client.body(head, "POST").text()).isEqualTo("enough");
      client.abort();
      sender.join();
    }
  }

  @Test
  void aBodyThatNobodyReadsWaitsInTheKernelAndIsReadLater() throws Exception {
    var waiting = new ArrayDeque<Exchange>();
    try (var rig = new HttpRig(waiting::add);
        var client = rig.client()) {
      var sender = sending(() -> sendPattern(client, 10_000_000, false));
      HttpRig.await("asked", () -> waiting.size() == 1);
      rig.settle();
      assertThat(rig.heldDirect()).isLessThan(70_000);

      rig.run(() -> Answers.echo(waiting.remove()));

      assertThat(client.body(client.head(), "POST").drain().isPattern(10_000_000)).isTrue();
      sender.join();
    }
  }

  @Test
  void aDrainEndsAConnectionWhoseAnswerIsStillLeavingOnceItHasLeft() throws Exception {
    var answer = Pattern.bytes(0, 1 << 20);
    try (var rig = new HttpRig(exchange -> exchange.answer(Answers.ok(), answer));
        var peer = HostilePeer.openNarrow(rig.address(), 16 * 1024)) {
      peer.send(get("/"));
      HttpRig.await("answered", () -> rig.heldDirect() > 500_000);

      rig.listener.beginDrain();
      rig.settle();
      var cut = peer.awaitCut(SOON);

      assertThat(cut.end()).isEqualTo(Cut.End.FIN);
      assertThat(cut.bytesBefore()).isGreaterThan(answer.length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/1.0"})
  void anAnswerThatBeginsInADrainPromisesNoOther(String version) throws Exception {
    var waiting = new ConcurrentLinkedQueue<Exchange>();
    try (var rig = new HttpRig(waiting::add);
        var client = rig.client()) {
      client.send("GET / " + version + "\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
      HttpRig.await("asked", () -> !waiting.isEmpty());
      rig.listener.beginDrain();
      rig.settle();
      rig.run(() -> Answers.say(waiting.remove(), "late"));

      var head = client.head();
      assertThat(head.lists("Connection", "close")).isTrue();
      assertThat(head.lists("Connection", "keep-alive")).isFalse();
      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
    }
  }

  @Test
  void aHeadThatComesInPartsGivesBackWhatItWasChargedHoweverManyFieldsFollow() throws Exception {
    try (var rig = new HttpRig(new Answers.Gather());
        var client = rig.client()) {
      for (int i = 0; i < 5; i++) {
        client.send("GET / HTTP/1.1\r\nHost: a\r\n");
        HttpRig.await("a part is kept", () -> rig.heldHeap() > Connection.HEAP_PRICE);
        client.send("a:b\r\n".repeat(99) + "\r\n");

        assertThat(client.body(client.head(), "GET").drain().complete()).isTrue();
        HttpRig.await("all is given back", () -> rig.heldHeap() == Connection.HEAP_PRICE);
      }
    }
  }

  @Test
  void aRequestThatIsCutBeforeItsAnswerHearsWhy() throws IOException {
    play(
        exchange -> exchange.cut(CutReason.TUNNEL_FULL),
        """
        > GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 503 Service Unavailable\\r\\nDate: *\\r\\nContent-Type: text/plain; charset=utf-8\\r\\n
        < Tidegate-Error: tunnel_full\\r\\nRetry-After: 5\\r\\nContent-Length: 12\\r\\n\\r\\ntunnel_full\\n
        > HEAD / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
        < HTTP/1.1 503 Service Unavailable\\r\\nDate: *\\r\\nContent-Type: text/plain; charset=utf-8\\r\\n
        < Tidegate-Error: tunnel_full\\r\\nRetry-After: 5\\r\\nContent-Length: 12\\r\\n\\r\\n
        ! shut
        ! fin
        """);
  }

  private static void upgrade(Exchange exchange) {
    if (!exchange.asksFor("echo")) {
      new Answers.Gather().handle(exchange);
      return;
    }
    var head = new HeadBuilder().response(101).field(FieldName.UPGRADE, "echo").buildResponse();
    var connection = exchange.connection();
    var _ =
        exchange.upgrade(
            head,
            new ByteStream.Reader() {
              @Override
              public void bytes(ByteBuf piece) {
                assertThat(piece.isReadable()).isTrue();
                var _ = connection.offer(piece, piece.readableBytes(), connection);
              }

              @Override
              public void end() {
                connection.end();
              }

              @Override
              public void closed(@Nullable CutReason reason) {}
            });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bytesBehindAnUpgradeRequestGoToTheNewProtocol(boolean later) throws IOException {
    LoopHandler handler =
        exchange -> {
          if (later) {
            var _ = exchange.connection().loop().later(() -> upgrade(exchange));
          } else {
            upgrade(exchange);
          }
        };

    play(
        handler,
        """
        > GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\nGET / HTTP/1.1\\r\\n
        < HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\nGET / HTTP/1.1\\r\\n
        > more
        < more
        ! shut
        ! fin
        """);
  }

  @Test
  void anUpgradeWithNothingBehindItWaitsForMore() throws IOException {
    play(
        Http1ServerSystemTest::upgrade,
        """
        > GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n
        < HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n
        > more
        < more
        ! shut
        ! fin
        """);
  }

  @Test
  void aRequestWithABodyIsServedAndNotUpgraded() throws IOException {
    play(
        Http1ServerSystemTest::upgrade,
        """
        > POST / HTTP/1.1\\r\\nHost: a\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\nContent-Length: 5\\r\\n\\r\\nhello
        < HTTP/1.1 200 OK\\r\\nContent-Length: 12\\r\\n\\r\\nPOST / hello
        ! shut
        ! fin
        """);
  }

  @Test
  void aConnectionWithoutRoomForAHeadHearsWhy() throws Exception {
    var tight = new Budget(2L << 20, 2048 + 3_000);
    try (var rig =
            new HttpRig(
                io.tidegate.net.Transport.best(),
                HttpRig.LIMITS,
                config -> with(config, tight),
                new Answers.Gather());
        var client = rig.client()) {
      client.send(get("/", "X: " + "a".repeat(6_000)));

      var head = client.head();

      assertThat(head.status()).isEqualTo(503);
      assertThat(head.first("Tidegate-Error")).isEqualTo("memory_refused");
      assertThat(client.body(head, "GET").drain().complete()).isTrue();
      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
      rig.awaitCut(CutReason.MEMORY_REFUSED, 1);
    }
  }

  private static io.tidegate.net.ListenerConfig with(
      io.tidegate.net.ListenerConfig config, Budget limits) {
    return new io.tidegate.net.ListenerConfig(
        config.address(),
        config.options(),
        config.writeLimits(),
        limits,
        config.maxConnections(),
        config.maxPerAddress(),
        config.maxIncompletePercent());
  }

  @Test
  void aHandlerThatThrowsCutsItsConnectionAlone() throws Exception {
    LoopHandler handler =
        exchange -> {
          if (exchange.request().target().equals("/throw")) throw new IllegalStateException("bug");
          Answers.say(exchange, "fine");
        };
    try (var rig = new HttpRig(handler);
        var other = rig.client();
        var client = rig.client()) {
      client.send(get("/throw"));

      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
      rig.expectLogged("A fault of ours");
      rig.awaitCut(CutReason.INTERNAL, 1);
      assertThat(other.get("a", "/fine").body()).isEqualTo("fine");
    }
  }

  @Test
  void aHandlerThatThrowsAtTheNextRequestDoesNotThrowAtWhoeverAnsweredTheLast() throws Exception {
    var waiting = new ArrayDeque<Exchange>();
    LoopHandler handler =
        exchange -> {
          if (exchange.request().target().equals("/throw")) throw new IllegalStateException("bug");
          waiting.add(exchange);
        };
    try (var rig = new HttpRig(handler);
        var client = rig.client()) {
      client.send(get("/1") + get("/throw"));
      HttpRig.await("asked", () -> waiting.size() == 1);

      rig.run(() -> Answers.say(waiting.remove(), "one"));

      rig.expectLogged("A fault of ours");
      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
    }
  }

  @Test
  void whatAnExchangeOwnsIsClosedOnceHoweverItEnds() throws Exception {
    var closed = new AtomicLong();
    LoopHandler handler =
        exchange -> {
          exchange.own(closed::incrementAndGet);
          exchange.own(() -> {
            throw new IOException("does not close");
          });
          Answers.say(exchange, "a");
          exchange.own(closed::incrementAndGet);
        };
    try (var rig = new HttpRig(handler);
        var client = rig.client()) {
      assertThat(client.get("a", "/").body()).isEqualTo("a");
      assertThat(client.get("a", "/").body()).isEqualTo("a");

      assertThat(closed.get()).isEqualTo(4);
      rig.expectLogged("owned failed");
    }
  }

  @Test
  void manyLargeAnswersToRequestsSentAtOnceWaitForAReaderThatIsSlow() throws Exception {
    var page = "x".repeat(20_000);
    try (var rig = new HttpRig(exchange -> Answers.say(exchange, page));
        var client = rig.client()) {
      client.send(get("/x").repeat(400));
      HttpRig.await("the first", () -> !client.silentFor(Duration.ofMillis(1)));

      assertThat(rig.heldDirect()).isLessThan(200_000);
      for (int i = 0; i < 400; i++) {
        assertThat(client.body(client.head(), "GET").text()).isEqualTo(page);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "abcdefgh"})
  void anAnswerThatBreaksItsLengthNeverLooksComplete(String body) throws Exception {
    LoopHandler handler =
        exchange -> {
          var _ = exchange.respond(Answers.ok(), Framing.length(5));
          var _ = exchange.offer(Answers.text(body), 0, Payer.NOBODY);
          exchange.finish(Fields.EMPTY);
        };
    try (var rig = new HttpRig(handler);
        var client = rig.client()) {
      client.send(get("/"));

      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
      rig.awaitCut(CutReason.APP_BAD_ANSWER, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.1", "1.0"})
  void anAnswerThatIsCutEndsWithAReset(String version) throws Exception {
    LoopHandler handler =
        exchange -> {
          var _ = exchange.respond(Answers.ok(), Framing.CHUNKED);
          var _ = exchange.offer(Answers.text("abc"), 0, Payer.NOBODY);
          var _ =
              exchange
                  .connection()
                  .loop()
                  .later(() -> {
                    exchange.cut(CutReason.LINK_LOST);
                    exchange.cut(CutReason.LINK_LOST);
                    var _ = exchange.offer(Answers.text("abc"), 0, Payer.NOBODY);
                    exchange.finish(Fields.EMPTY);
                  });
        };
    try (var rig = new HttpRig(handler);
        var client = rig.client()) {
      client.send("GET / HTTP/" + version + "\r\nHost: a\r\n\r\n");

      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
      rig.awaitCut(CutReason.LINK_LOST, 1);
    }
  }

  @Test
  void anAnswerThatEndsTheConnectionReachesAReaderThatTakesLongerThanTheLinger() throws Exception {
    var page = "x".repeat(1_500_000);
    var options = io.tidegate.net.SocketOptions.VISITOR.withSendBytes(64 * 1024);
    var clock = new FakeTicker();
    try (var rig =
            new HttpRig(
                io.tidegate.net.Transport.best(),
                HttpRig.LIMITS,
                config ->
                    new io.tidegate.net.ListenerConfig(
                        config.address(),
                        options,
                        config.writeLimits(),
                        config.connectionLimits(),
                        config.maxConnections(),
                        config.maxPerAddress(),
                        config.maxIncompletePercent()),
                clock,
                exchange -> Answers.say(exchange, page));
        var peer = HostilePeer.openNarrow(rig.address(), 4096)) {
      peer.send("GET / HTTP/1.0\r\n\r\n");
      var head = peer.readUntil("\r\n\r\n", SOON);
      assertThat(head).contains("Content-Length: 1500000");
      rig.advance(clock, Duration.ofMillis(2_600)); // an ended connection lingers for 2 s

      assertThat(peer.read(1_000_000, SOON)).hasSize(1_000_000);
      assertThat(peer.read(500_000, SOON)).hasSize(500_000);
      assertThat(peer.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
    }
  }
}
