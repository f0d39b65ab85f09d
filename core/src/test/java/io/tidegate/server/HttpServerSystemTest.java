package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.http.HandlerThreads;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.SetCookie;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpServerSystemTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private static byte[] pattern(int length) {
    var bytes = new byte[length];
    for (int i = 0; i < length; i++) bytes[i] = (byte) (i * 31 + (i >> 8));
    return bytes;
  }

  @Test
  void aHandlersResultBecomesTheAnswer(@TempDir Path directory) throws Exception {
    var file = Files.writeString(directory.resolve("f.txt"), "from a file");
    try (var rig =
        new ServerRig(s ->
            s.get("/text", _ -> "grüße")
                .get("/bytes", _ -> new byte[] {1, 2, 3})
                .get("/stream", _ -> new ByteArrayInputStream(pattern(300_000)))
                .get("/file", _ -> file)
                .get("/none", _ -> Answer.NO_CONTENT)
                .get("/loop", Handler.onLoop(_ -> "at once")))) {

      assertThat(rig.get("/text").body()).isEqualTo("grüße");
      assertThat(rig.get("/text").headers().firstValue("content-type"))
          .contains("text/plain; charset=utf-8");
      assertThat(rig.get("/text").headers().firstValue("date")).isPresent();
      assertThat(rig.bytes(HttpRequest.newBuilder(rig.uri("/bytes"))).body())
          .containsExactly(1, 2, 3);
      assertThat(rig.bytes(HttpRequest.newBuilder(rig.uri("/stream"))).body())
          .isEqualTo(pattern(300_000));
      assertThat(rig.get("/file").body()).isEqualTo("from a file");
      assertThat(rig.get("/none").statusCode()).isEqualTo(204);
      assertThat(rig.get("/loop").body()).isEqualTo("at once");
    }
  }

  @Test
  void anAnswerLeavesInPiecesOfTheSizeThatWasSet() throws Exception {
    try (var rig =
            new ServerRig(
                s -> s.sendChunk(3_000).get("/", _ -> new ByteArrayInputStream(pattern(10_000))));
        var peer = rig.raw()) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      var _ = peer.head();

      var first = new String(peer.read(3 * 3_007 + 5), StandardCharsets.ISO_8859_1);

      assertThat(first).startsWith("bb8\r\n").endsWith("\r\n3e8\r\n");
      for (int bytes : new int[] {0, 1023, 65_537})
        assertThatThrownBy(() -> new ServerConfig().sendChunk(bytes))
            .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void whatAWriterGathersIsChargedUntilItIsThrough() throws Exception {
    var gathered = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    try (var rig =
            new ServerRig(s ->
                s.sendChunk(64 * 1024)
                    .get(
                        "/",
                        _ ->
                            Answer.written(
                                "text/plain",
                                out -> {
                                  out.write(new byte[40_000]);
                                  gathered.countDown();
                                  try {
                                    leave.await();
                                  } catch (InterruptedException closing) {
                                    throw new java.io.IOException(closing);
                                  }
                                })));
        var peer = rig.raw()) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(gathered.await(20, TimeUnit.SECONDS)).isTrue();
      var heap = rig.server.census().heap();

      assertThat(heap.held() - heap.unused()).isGreaterThan(HandlerThreads.PRICE + 63L * 1024);

      leave.countDown();
      assertThat(peer.body(peer.head(), "GET").bytes()).hasSize(40_000);
    } // and at the end nothing is held
  }

  @Test
  void aPathPicksItsRouteAndFillsItsParameters() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get("/users/me", _ -> "me")
                .get("/users/{id}", call -> "user " + call.path("id"))
                .get("/files/{path...}", call -> "file " + call.path("path"))
                .mount("/api", call -> call.method() + " " + call.rest()))) {

      assertThat(rig.get("/users/me").body()).isEqualTo("me");
      assertThat(rig.get("/users/a%2Fb%20c").body()).isEqualTo("user a/b c");
      assertThat(rig.get("/files/x/y.txt").body()).isEqualTo("file x/y.txt");
      assertThat(rig.get("/api/deep/er?q=1").body()).isEqualTo("GET deep/er");
      assertThat(rig.get("/users/").statusCode()).isEqualTo(404);
      try (var peer = rig.raw()) {
        assertThat(peer.get("x", "/users/%zz").status()).isEqualTo(400);
      }
      assertThat(rig.get("/users/%ff").statusCode()).isEqualTo(400);
    }
  }

  @Test
  void aMountAnswersOnItsPrefixItself() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get("/both", _ -> "own")
                .mount("/both", call -> "mount " + call.rest())
                .mount("/api/", call -> "rest '" + call.rest() + "'"))) {

      assertThat(rig.get("/api").body()).isEqualTo("rest ''");
      assertThat(rig.get("/api?q=1").body()).isEqualTo("rest ''");
      assertThat(rig.get("/api/").body()).isEqualTo("rest ''");
      assertThat(rig.get("/apis").statusCode()).isEqualTo(404);
      assertThat(rig.get("/both").body()).isEqualTo("own");
      assertThat(rig.post("/both", "").body()).isEqualTo("mount ");
    }
  }

  @Test
  void anotherMethodIsToldWhichAreAllowed() throws Exception {
    try (var rig =
        new ServerRig(s -> s.get("/only", _ -> "x").post("/only", _ -> Answer.NO_CONTENT))) {
      var refused = rig.send(HttpRequest.newBuilder(rig.uri("/only")).DELETE());
      var asked =
          rig.send(
              HttpRequest.newBuilder(rig.uri("/only")).method("OPTIONS", BodyPublishers.noBody()));
      var head =
          rig.send(
              HttpRequest.newBuilder(rig.uri("/only")).method("HEAD", BodyPublishers.noBody()));

      assertThat(refused.statusCode()).isEqualTo(405);
      assertThat(refused.headers().firstValue("allow")).contains("GET, HEAD, OPTIONS, POST");
      assertThat(asked.statusCode()).isEqualTo(204);
      assertThat(asked.headers().firstValue("allow")).contains("GET, HEAD, OPTIONS, POST");
      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.headers().firstValue("content-length")).contains("1");
      assertThat(head.body()).isEmpty();
    }
  }

  @Test
  void aMethodIsNotTakenForAnother() {
    assertThatThrownBy(() -> new ServerConfig().route("get", "/", _ -> "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("upper case");
  }

  @Test
  void whatIsAskedOfNoPathIsToldWhatIsAllowed() throws Exception {
    try (var rig = new ServerRig(s -> s.get("/", _ -> "x"))) {
      for (var target : new String[] {"a.example:443", "*"}) {
        try (var peer = rig.raw()) {
          var line = target.equals("*") ? "OPTIONS *" : "CONNECT " + target;
          peer.send(line + " HTTP/1.1\r\nHost: " + target.replace("*", "x") + "\r\n\r\n");
          var head = peer.head();

          assertThat(head.status()).as(line).isEqualTo(target.equals("*") ? 204 : 405);
          if (head.status() == 405) assertThat(head.first("Allow")).isEmpty();
        }
      }
    }
  }

  @Test
  void anAnswerToHeadTellsTheLengthOfWhatGetWouldHave(@TempDir Path directory) throws Exception {
    var file = Files.writeString(directory.resolve("f.txt"), "0123456789");
    try (var rig =
            new ServerRig(s ->
                s.get("/file", _ -> file).get("/none", _ -> Answer.text("x").withStatus(204)));
        var peer = rig.raw()) {
      peer.send("HEAD /file HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n");
      var ofFile = peer.head();
      peer.send("HEAD /none HTTP/1.1\r\nHost: x\r\n\r\n");
      var ofNone = peer.head();

      assertThat(ofFile.status()).as("ranges are for GET").isEqualTo(200);
      assertThat(ofFile.first("Content-Length")).isEqualTo("10");
      assertThat(ofNone.status()).isEqualTo(204);
      assertThat(ofNone.first("Content-Length")).isNull();
    }
  }

  @Test
  void aBodyComesBackAsItWasSent() throws Exception {
    try (var rig = new ServerRig(s -> s.post("/whole", call -> call.body().bytes(1 << 20)))) {
      for (int length : new int[] {0, 1, 4096, 4097, 100_000, 1 << 20}) {
        var sent = pattern(length);
        var whole =
            rig.bytes(
                HttpRequest.newBuilder(rig.uri("/whole")).POST(BodyPublishers.ofByteArray(sent)));
        var chunked =
            rig.bytes(
                HttpRequest.newBuilder(rig.uri("/whole"))
                    .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(sent))));

        assertThat(whole.body()).as("of " + length).isEqualTo(sent);
        assertThat(chunked.body()).as("chunked of " + length).isEqualTo(sent);
      }
    }
  }

  @Test
  void aBodyIsAnsweredWhileItArrives() throws Exception {
    long length = 10_000_000;
    try (var rig = new ServerRig(s -> s.post("/", call -> call.body().stream(length)));
        var peer = rig.raw()) {
      peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n");
      var sender = Thread.ofVirtual().start(() -> send(peer, length));
      var echoed = peer.body(peer.head(), "POST").drain();
      sender.join();

      assertThat(echoed.isPattern(length)).isTrue();
    }
  }

  private static void send(io.tidegate.testkit.RawHttp peer, long length) {
    try {
      peer.sendPattern(length);
    } catch (java.io.IOException fault) {
      throw new java.io.UncheckedIOException(fault);
    }
  }

  @Test
  void aBodyPastTheBoundThatTheHandlerNamedIsRefused() throws Exception {
    try (var rig = new ServerRig(s -> s.post("/", call -> call.body().text(10)))) {
      var announced =
          rig.send(
              HttpRequest.newBuilder(rig.uri("/")).POST(BodyPublishers.ofString("x".repeat(11))));
      var chunked =
          rig.send(
              HttpRequest.newBuilder(rig.uri("/"))
                  .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(pattern(11)))));
      var fits =
          rig.send(
              HttpRequest.newBuilder(rig.uri("/")).POST(BodyPublishers.ofString("x".repeat(10))));

      assertThat(announced.statusCode()).isEqualTo(413);
      assertThat(chunked.statusCode()).isEqualTo(413);
      assertThat(fits.body()).isEqualTo("x".repeat(10));
    }
  }

  @Test
  void aBodyIsChargedAsItComesAndNotAsItIsAnnounced() throws Exception {
    int sent = 10_000;
    try (var rig = new ServerRig(s -> s.post("/", call -> call.body().bytes(1 << 20)));
        var peer = rig.raw()) {
      peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n");
      peer.sendPattern(sent);

      ServerRig.await("it is kept", () -> heldOnHeap(rig) >= HandlerThreads.PRICE + sent);

      assertThat(heldOnHeap(rig)).isLessThan(HandlerThreads.PRICE + 3 * sent);
    }
  }

  private static long heldOnHeap(ServerRig rig) {
    var heap = rig.server.census().heap();
    return heap.held() - heap.unused();
  }

  @Test
  void aBodyThatMayNotBeIsAwaitedToItsEnd() throws Exception {
    try (var rig = new ServerRig(s -> s.post("/", call -> call.body().bytes(0)))) {
      for (int length : new int[] {0, 1}) {
        var chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(pattern(length)));

        var answer = rig.send(HttpRequest.newBuilder(rig.uri("/")).POST(chunked));

        assertThat(answer.statusCode()).isEqualTo(length == 0 ? 200 : 413);
      }
    }
  }

  @Test
  void anUploadThatIsRefusedLeavesTheFileOfBeforeAlone(@TempDir Path directory) throws Exception {
    var saved = Files.writeString(directory.resolve("saved"), "of before");
    try (var rig = new ServerRig(s -> s.post("/", call -> "" + call.body().saveTo(saved, 10)))) {
      var refused = rig.post("/", "x".repeat(11));

      assertThat(refused.statusCode()).isEqualTo(413);
      assertThat(saved).hasContent("of before");
      assertThat(rig.post("/", "short").body()).isEqualTo("5");
      assertThat(saved).hasContent("short");
    }
  }

  @Test
  void anUploadThatIsBegunAndOutgrowsItsBoundIsDeleted(@TempDir Path directory) throws Exception {
    var saved = directory.resolve("saved");
    try (var rig = new ServerRig(s -> s.post("/", call -> "" + call.body().saveTo(saved, 10)))) {
      var chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(pattern(11)));

      var refused = rig.send(HttpRequest.newBuilder(rig.uri("/")).POST(chunked));

      assertThat(refused.statusCode()).isEqualTo(413);
      assertThat(saved).doesNotExist();
    }
  }

  @Test
  void aPeerThatWaitsFor100IsAskedOnceTheHandlerReads() throws Exception {
    try (var rig =
            new ServerRig(
                s -> s.post("/read", call -> call.body().text(100)).post("/not", _ -> "unread"));
        var peer = rig.raw()) {
      peer.send(
          "POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
      var interim = peer.head();
      peer.send("ok");
      var answer = peer.body(peer.head(), "POST").text();

      assertThat(interim.status()).isEqualTo(100);
      assertThat(answer).isEqualTo("ok");
      peer.send(
          "POST /not HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
      assertThat(peer.body(peer.head(), "POST").text()).isEqualTo("unread");
    }
  }

  @Test
  void aBodyThatNobodyReadsDoesNotCostTheConnection() throws Exception {
    try (var rig =
            new ServerRig(
                s -> s.post("/thread", _ -> "t").post("/loop", Handler.onLoop(_ -> "l")));
        var peer = rig.raw()) {
      for (var path : new String[] {"/thread", "/loop", "/thread", "/none"}) {
        peer.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
        var head = peer.head();

        assertThat(head.lists("Connection", "close")).as(path).isFalse();
        var _ = peer.body(head, "POST").bytes();
      }
    }
  }

  @Test
  void aWriterReadsTheBodyThatItsHandlerTookAndIsToldOfOneThatWasDropped() throws Exception {
    var dropped = new CompletableFuture<Throwable>();
    try (var rig =
        new ServerRig(s ->
            s.post(
                    "/taken",
                    call -> {
                      var body = call.body().stream(100);
                      return Answer.written(
                          "text/plain",
                          out -> {
                            letTheLoopRun(call);
                            var _ = body.transferTo(out);
                          });
                    })
                .post(
                    "/left",
                    call ->
                        Answer.written(
                            "text/plain",
                            out -> {
                              letTheLoopRun(call);
                              try {
                                out.write(call.body().bytes(100));
                              } catch (IllegalStateException told) {
                                var _ = dropped.complete(told);
                              }
                              out.write('.');
                            })))) {

      assertThat(rig.post("/taken", "a body").body()).isEqualTo("a body");
      assertThat(rig.post("/left", "a body").body()).isEqualTo(".");
      assertThat(dropped)
          .isCompletedWithValueMatching(told -> told.toString().contains("returned"));
    }
  }

  private static void letTheLoopRun(Call call) {
    var ran = new CountDownLatch(1);
    var _ = call.exchange().connection().loop().later(ran::countDown);
    await(ran);
  }

  @Test
  void aHandlerOnTheLoopCannotBlockIt() throws Exception {
    try (var rig = new ServerRig(s -> s.post("/", Handler.onLoop(call -> call.body().text(10))))) {
      var answer =
          rig.send(HttpRequest.newBuilder(rig.uri("/")).POST(BodyPublishers.ofString("x")));

      assertThat(answer.statusCode()).isEqualTo(500);
    }
  }

  @Test
  void queriesFormsAndCookiesAreDecoded() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get("/q", call -> call.query("a b") + "," + call.query().all("n") + call.query("x"))
                .post("/form", call -> "" + call.form().first("naïve"))
                .get(
                    "/cookie",
                    call ->
                        Answer.text("" + call.cookie("two"))
                            .withCookie(SetCookie.of("three", "3").withSecure())))) {
      var form =
          rig.send(
              HttpRequest.newBuilder(rig.uri("/form"))
                  .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
                  .POST(BodyPublishers.ofString("na%C3%AFve=yes+please&x=1")));
      var cookie =
          rig.send(HttpRequest.newBuilder(rig.uri("/cookie")).header("Cookie", "one=1; two=2=2"));

      assertThat(rig.get("/q?a+b=c%26d&n=1&n=2&&n").body()).isEqualTo("c&d,[1, 2, ]null");
      assertThat(rig.get("/q?" + "a&".repeat(1_000)).statusCode()).isEqualTo(400);
      assertThat(form.body()).isEqualTo("yes please");
      assertThat(cookie.body()).isEqualTo("2=2");
      assertThat(cookie.headers().firstValue("set-cookie"))
          .contains("three=3; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
  }

  @Test
  void aMultipartBodyIsTakenPartByPart(@TempDir Path directory) throws Exception {
    var file = pattern(200_000);
    var saved = directory.resolve("saved");
    try (var rig =
        new ServerRig(s ->
            s.post(
                "/",
                call -> {
                  var parts = call.multipart(1 << 20);
                  var answer = new StringBuilder();
                  for (var part = parts.next(); part != null; part = parts.next()) {
                    answer.append(part.name()).append('=').append(part.fileName()).append(':');
                    answer.append(
                        part.fileName() == null ? part.text(100) : "" + part.saveTo(saved));
                    answer.append(';');
                  }
                  return answer.toString();
                }))) {
      var start =
          "--b--x\r\nContent-Disposition: form-data; name=\"a \\\"q\\\"\"\r\n\r\none\r\n--b-\r\n"
              + "\r\n--b--x\r\nContent-Disposition: form-data; name=skipped\r\n\r\n"
              + "\r\n--b--x\r\nContent-Type: image/png\r\n"
              + "Content-Disposition: form-data; name=f; filename=\"a;b.png\"\r\n\r\n";
      var body = new java.io.ByteArrayOutputStream();
      body.writeBytes(start.getBytes(StandardCharsets.US_ASCII));
      body.writeBytes(file);
      body.writeBytes("\r\n--b--x--\r\nepilogue".getBytes(StandardCharsets.US_ASCII));

      var answer =
          rig.send(
              HttpRequest.newBuilder(rig.uri("/"))
                  .header("Content-Type", "multipart/form-data; boundary=\"b--x\"")
                  .POST(BodyPublishers.ofByteArray(body.toByteArray())));

      assertThat(answer.body())
          .isEqualTo("a \"q\"=null:one\r\n--b-\r\n;skipped=null:;f=a;b.png:200000;");
      assertThat(Files.readAllBytes(saved)).isEqualTo(file);
    }
  }

  @Test
  void whatAHandlerThrowsIsAnsweredAndTellsNothingOfItself() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get(
                    "/own",
                    _ -> {
                      throw new HttpError(418, "a teapot");
                    })
                .get(
                    "/typed",
                    _ -> {
                      throw new ArithmeticException("secret");
                    })
                .get(
                    "/fault",
                    _ -> {
                      throw new IllegalStateException("secret");
                    })
                .on(
                    ArithmeticException.class,
                    (_, call) -> Answer.text("typed " + call.path()).withStatus(422)))) {
      var own = rig.get("/own");
      var typed = rig.get("/typed");
      var fault = rig.get("/fault");

      assertThat(own.statusCode()).isEqualTo(418);
      assertThat(own.body()).isEqualTo("a teapot\n");
      assertThat(typed.statusCode()).isEqualTo(422);
      assertThat(typed.body()).isEqualTo("typed /typed");
      assertThat(fault.statusCode()).isEqualTo(500);
      assertThat(fault.body()).doesNotContain("secret");
    }
  }

  @Test
  @SuppressWarnings("NullAway") // as code does that nobody checks
  void aHandlerThatReturnsNullIsToldSoByItsName() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get("/null", _ -> null)
                .on(IllegalStateException.class, (fault, _) -> "" + fault.getMessage()))) {

      assertThat(rig.get("/null").body()).startsWith("the handler of GET /null returned null");
    }
  }

  @Test
  void errorHandlersHearOfMappersAndOfHandlersOnTheLoop() throws Exception {
    Handler faulty =
        _ -> {
          throw new ArithmeticException("secret");
        };
    try (var rig =
        new ServerRig(s ->
            s.json(new NoMapper())
                .get("/json", _ -> Answer.json(1))
                .get("/json/loop", Handler.onLoop(_ -> Answer.json(1)))
                .get("/loop", Handler.onLoop(faulty))
                .on(ArithmeticException.class, (_, call) -> told("fault", call))
                .on(IOException.class, (_, call) -> told("mapper", call)))) {

      assertThat(rig.get("/json").body()).isEqualTo("mapper of /json, on a thread");
      assertThat(rig.get("/json/loop").body()).isEqualTo("mapper of /json/loop, on a thread");
      assertThat(rig.get("/loop").body()).isEqualTo("fault of /loop, on a thread");
    }
  }

  private static String told(String what, Call call) {
    var where = Thread.currentThread().isVirtual() ? "on a thread" : "on the loop";
    return what + " of " + call.path() + ", " + where;
  }

  private static final class NoMapper implements JsonMapper {
    @Override
    public byte[] write(Object value) throws IOException {
      throw new IOException("no value of mine");
    }

    @Override
    public <T> T read(byte[] json, Class<T> type) throws IOException {
      throw new IOException("no JSON of mine");
    }
  }

  @Test
  void whatAMapperThrowsIs500AndLoggedOnce() throws Exception {
    try (var loud = new LoudLines();
        var rig =
            new ServerRig(s ->
                s.get("/", _ -> Answer.json(1))
                    .get("/loop", Handler.onLoop(_ -> Answer.json(1)))
                    .get(
                        "/fault",
                        _ -> {
                          throw new ArithmeticException("secret");
                        })
                    .on(ArithmeticException.class, (_, _) -> Answer.json(1)))) {
      for (var path : List.of("/", "/loop", "/fault")) {
        loud.lines.clear();

        assertThat(rig.get(path).statusCode()).as(path).isEqualTo(500);
        assertThat(loud.lines).as(path).hasSize(1);
      }
    }
  }

  @Test
  void whatIsThrownHasTheFieldsThatGoWithItsStatus() throws Exception {
    Handler shut =
        _ -> {
          throw new HttpError(401, "log in", Map.of("WWW-Authenticate", "Basic realm=\"ops\""));
        };
    try (var rig = new ServerRig(s -> s.get("/", shut).get("/loop", Handler.onLoop(shut)))) {
      for (var path : List.of("/", "/loop")) {
        var answer = rig.get(path);

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().allValues("WWW-Authenticate"))
            .containsExactly("Basic realm=\"ops\"");
        assertThat(answer.body()).isEqualTo("log in\n");
      }
    }
  }

  @Test
  void anErrorHandlerMayAnswerWithAFile(@TempDir Path directory) throws Exception {
    var page = Files.writeString(directory.resolve("sorry.html"), "sorry");
    Handler missing =
        _ -> {
          throw new HttpError(404);
        };
    try (var rig =
        new ServerRig(s ->
            s.get("/", missing)
                .on(HttpError.class, (error, _) -> Answer.file(page).withStatus(error.status())))) {
      var answer = rig.get("/");

      assertThat(answer.statusCode()).isEqualTo(404);
      assertThat(answer.body()).isEqualTo("sorry");
    }
  }

  @Test
  void filtersStandAroundHandlersInTheirOrder() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.filter((call, next) -> "1" + next.answer(call) + "1")
                .filter((call, next) -> "2" + next.answer(call) + "2")
                .get("/", Handler.onLoop(_ -> "h")))) {

      assertThat(rig.get("/").body()).isEqualTo("12h21");
    }
  }

  @Test
  void closingEndsIdleConnectionsAtOnceAndLetsARequestBeAnswered() throws Exception {
    var entered = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    var rig =
        new ServerRig(s ->
            s.grace(Duration.ofSeconds(30))
                .get("/", _ -> "x")
                .get(
                    "/slow",
                    _ -> {
                      entered.countDown();
                      leave.await();
                      return "done";
                    }));
    var server = rig.server;
    try (var idle = rig.raw();
        var busy = rig.raw();
        var newcomer = rig.raw()) {
      assertThat(idle.get("x", "/").status()).isEqualTo(200);
      busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
      var closed = Thread.ofVirtual().start(server::close);

      assertThat(idle.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
      assertThat(newcomer.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
      leave.countDown();

      assertThat(busy.body(busy.head(), "GET").text()).isEqualTo("done");
      assertThat(closed.join(SOON)).isTrue();
    }
  }

  @Test
  void moreHandlersThanMayRunAreRefusedByName() throws Exception {
    var entered = new CountDownLatch(1);
    var leave = new CountDownLatch(1);
    try (var rig =
        new ServerRig(
            new Budget(16L << 20, 20L * 16 * 1024),
            s ->
                s.get(
                    "/",
                    _ -> {
                      entered.countDown();
                      leave.await();
                      return "done";
                    }))) {
      var first = CompletableFuture.supplyAsync(() -> body(rig));
      assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

      var second = rig.get("/");

      assertThat(second.statusCode()).isEqualTo(503);
      assertThat(second.headers().firstValue("tidegate-error")).contains("handler_limit");
      assertThat(second.headers().firstValue("retry-after")).isPresent();
      leave.countDown();
      assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("done");
    }
  }

  private static String body(ServerRig rig) {
    try {
      return rig.get("/").body();
    } catch (Exception fault) {
      throw new IllegalStateException(fault);
    }
  }

  @Test
  void aWriterWhosePeerHasGoneIsToldAtOnce() throws Exception {
    var told = new CompletableFuture<Throwable>();
    try (var rig =
        new ServerRig(s ->
            s.get(
                "/",
                _ ->
                    Answer.written(
                        "text/plain",
                        out -> {
                          try {
                            while (true) out.write(pattern(10_000));
                          } catch (java.io.IOException gone) {
                            var _ = told.complete(gone);
                            throw gone;
                          }
                        })))) {
      var peer = rig.raw();
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      var _ = peer.head();
      peer.close();

      assertThat(told.get(10, TimeUnit.SECONDS)).isInstanceOf(PeerGoneException.class);
    }
  }

  @Test
  void aReaderWhosePeerHasGoneIsToldAtOnce() throws Exception {
    var told = new CompletableFuture<Throwable>();
    try (var rig =
        new ServerRig(s ->
            s.post(
                "/",
                call -> {
                  try {
                    return call.body().text(1_000);
                  } catch (java.io.IOException gone) {
                    var _ = told.complete(gone);
                    throw gone;
                  }
                }))) {
      var peer = rig.raw();
      peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
      peer.close();

      assertThat(told.get(10, TimeUnit.SECONDS)).isInstanceOf(PeerGoneException.class);
    }
  }

  @Test
  void thatAPeerHasGoneIsNoFaultOfAHandlerThatWrapsIt() throws Exception {
    var wrapped = new CountDownLatch(1);
    var faults = new AtomicInteger();
    try (var rig =
        new ServerRig(s ->
            s.post(
                    "/",
                    call -> {
                      try {
                        return call.body().text(1_000);
                      } catch (IOException gone) {
                        wrapped.countDown();
                        throw new IllegalStateException(new UncheckedIOException(gone));
                      }
                    })
                .on(IllegalStateException.class, (_, _) -> "fault " + faults.incrementAndGet()))) {
      try (var peer = rig.raw()) {
        peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
      }
      assertThat(wrapped.await(10, TimeUnit.SECONDS)).isTrue();
    } // and its handler is through

    assertThat(faults).hasValue(0);
  }

  @Test
  void anAnswerThatFailsOnItsWayDoesNotLookComplete() throws Exception {
    var begun = new CountDownLatch(1);
    try (var rig =
            new ServerRig(s ->
                s.get(
                    "/",
                    _ ->
                        Answer.written(
                            "text/plain",
                            out -> {
                              out.write(pattern(1_000));
                              out.flush();
                              await(begun);
                              throw new IllegalStateException("in the middle");
                            })));
        var peer = rig.raw()) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      var body = peer.body(peer.head(), "GET");
      begun.countDown();

      assertThat(isComplete(body)).isFalse();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isComplete(io.tidegate.testkit.RawBody body) {
    try {
      return body.drain().complete();
    } catch (java.io.IOException reset) {
      return false;
    }
  }

  @Test
  void anAnswerThatFailsOnTheLoopCutsItsPeer() throws Exception {
    Content.Upgrade.To fails =
        (_, _) -> {
          throw new IllegalStateException("a fault on the loop");
        };
    var answer = new Answer(200, List.of(), new Content.Upgrade(fails));
    try (var rig = new ServerRig(s -> s.get("/", _ -> answer));
        var peer = rig.raw()) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

      assertThat(peer.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
    }
  }

  @Test
  void aPeerWhoseAnswerIsRefusedMemoryDoesNotWaitForTheRest() throws Exception {
    var anyPort = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    var narrow = new Budget(48 * 1024, 1 << 20);
    try (var rig =
            new ServerRig(s ->
                s.listen(ListenerConfig.forVisitors(anyPort).withConnectionLimits(narrow))
                    .sendChunk(64 * 1024)
                    .get("/", _ -> Answer.written("x/y", out -> out.write(new byte[100_000]))));
        var peer = RawHttp.open(rig.server.addresses().getLast(), SOON)) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

      assertThat(peer.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
    }
  }

  @Test
  void aFileWhoseAnswerCannotBeSaidIsNotKeptOpen(@TempDir Path directory) throws Exception {
    var file = Files.writeString(directory.resolve("f.txt"), "from a file");
    var name = "X".repeat(59_850);
    try (var rig = new ServerRig(s -> s.get("/", _ -> Answer.file(file).withField(name, "")))) {
      var answer = rig.send(HttpRequest.newBuilder(rig.uri("/")).header("Range", "bytes=1-2"));

      assertThat(answer.statusCode()).isEqualTo(500);
      assertThat(isOpen(file)).isFalse();
    }
  }

  private static boolean isOpen(Path file) throws IOException {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.anyMatch(each -> file.equals(targetOf(each)));
    }
  }

  private static @Nullable Path targetOf(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (IOException closed) {
      return null;
    }
  }

  @Test
  void aFieldCannotEndItsLine() {
    assertThatThrownBy(() -> Answer.text("x").withField("X-A", "a\r\nSet-Cookie: b"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Answer.seeOther("/a\nb")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SetCookie.of("a", "b; Domain=x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Answer.text("x").withField("Content-Length", "1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// As when the watchdog says that it is broken.
  @Test
  void aServerWhoseLoopIsStuckClosesWhatItCan() throws Exception {
    var loops =
        new LoopsConfig("stuck", 2, new Budget(64L << 20, 64L << 20), Transport.best(), false);
    var release = new CountDownLatch(1);
    var server =
        HttpServer.start(s ->
            s.loops(loops)
                .grace(Duration.ofMillis(200))
                .listen("127.0.0.1", 0)
                .listen("127.0.0.1", 0));
    var other = server.loops().loop(1);
    assertThat(server.loops().loop(0).later(() -> awaitQuietly(release))).isTrue();

    long began = System.nanoTime();
    server.close();

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(11));
    assertThat(other.later(() -> {})).isFalse();
    assertThat(server.ended().toCompletableFuture()).isDone();
    release.countDown();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException ends) {
      Thread.currentThread().interrupt();
    }
  }

  /// All of it had come, and what the handler had not read yet went with its peer.
  @Test
  void aBodyThatIsLostBeforeItIsReadHasNoEnd() throws Exception {
    var come = new CountDownLatch(1);
    var told = new CompletableFuture<String>();
    Handler reads =
        call -> {
          var in = call.body().stream(1 << 20);
          assertThat(in.read()).isEqualTo('x');
          Eventually.await(SOON, () -> "all has come", () -> available(in) == 19_999);
          come.countDown();
          Eventually.await(SOON, () -> "its peer has gone", () -> available(in) == 0);
          try {
            told.complete(in.readAllBytes().length + " bytes");
          } catch (PeerGoneException gone) {
            told.complete("gone");
          }
          return Answer.NO_CONTENT;
        };
    try (var rig = new ServerRig(s -> s.post("/", reads))) {
      try (var peer = rig.raw()) {
        peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n");
        peer.send("x".repeat(20_000));
        assertThat(come.await(20, TimeUnit.SECONDS)).isTrue();
      }

      assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo("gone");
    }
  }

  private static int available(InputStream in) {
    try {
      return in.available();
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  /// As what forwards an answer line by line does.
  @Test
  void aWriterThatFlushesLittleKeepsLittle() throws Exception {
    var writer = new CompletableFuture<Thread>();
    var goOn = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    Content.Writer lines =
        out -> {
          out.write(new byte[20_000]);
          out.flush();
          writer.complete(Thread.currentThread());
          awaitQuietly(goOn);
          for (int i = 0; i < 100_000; i++) {
            out.write('x');
            out.flush();
          }
        };
    try (var rig = new ServerRig(s -> s.get("/", _ -> Answer.written("text/plain", lines)));
        var peer = rig.raw()) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      var thread = writer.get(20, TimeUnit.SECONDS);
      var _ = rig.server.loops().loop(0).later(() -> awaitQuietly(release));
      long before = usedHeap();
      goOn.countDown();
      ServerRig.await("it waits", () -> thread.getState() == Thread.State.WAITING);
      long after = usedHeap();
      release.countDown();

      assertThat(after - before).isLessThan(8L << 20);
    } finally {
      release.countDown();
    }
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void aTimeoutOfWhatAnAnswerIsReadFromIsNoEndOfTheServer() throws Exception {
    var late =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new SocketTimeoutException("upstream");
          }
        };
    try (var rig = new ServerRig(s -> s.get("/", _ -> Answer.stream("a/b", late)));
        var peer = rig.raw()) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

      assertThat(peer.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
      assertThat(rig.server.loops().cuts(CutReason.INTERNAL)).isEqualTo(1);
      assertThat(rig.server.loops().cuts(CutReason.CLOSING)).isZero();
    }
  }

  @Test
  void aBodyMayBeAsLongAsALongSays(@TempDir Path directory) throws Exception {
    var saved = directory.resolve("saved");
    Handler saves = call -> "" + call.body().saveTo(saved, Long.MAX_VALUE);
    try (var rig = new ServerRig(s -> s.post("/", saves))) {
      assertThat(rig.post("/", "a").body()).isEqualTo("1");
      assertThat(Files.readString(saved)).isEqualTo("a");
    }
  }
}
