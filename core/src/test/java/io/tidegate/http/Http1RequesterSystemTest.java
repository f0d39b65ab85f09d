package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Dialer;
import io.tidegate.net.Payer;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.WriteLimits;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.WireScript;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Balanced.class)
class Http1RequesterSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private @Nullable HttpRig opened;
  private @Nullable Requester requester;
  private final List<String> seen = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() {
    opened = new HttpRig(new Answers.Gather());
  }

  @AfterEach
  void close() {
    rig().close();
  }

  private HttpRig rig() {
    return java.util.Objects.requireNonNull(opened);
  }

  private Requester requester() {
    return java.util.Objects.requireNonNull(requester);
  }

  /// Notes what comes.
  private class Noting implements Requester.Answer {
    private final StringBuilder body = new StringBuilder();

    @Override
    public void interim(ResponseHead head) {
      seen.add("interim " + head.status());
    }

    @Override
    public void head(ResponseHead head, Framing framing) {
      seen.add(head.status() + " " + framing.kind() + " " + head.fields().size());
    }

    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      body.append(piece.toString(StandardCharsets.ISO_8859_1));
      piece.release();
      requester().stream().released(bytes);
    }

    @Override
    public void end(Fields trailers) {
      var line = new StringBuilder("end " + body);
      for (int i = 0; i < trailers.size(); i++) line.append(" ").append(trailers.name(i));
      seen.add(line.toString());
    }

    @Override
    public ByteStream.Reader upgraded(ResponseHead head, ByteStream stream) {
      seen.add("upgraded");
      return new ByteStream.Reader() {
        @Override
        public void bytes(ByteBuf piece) {
          seen.add("raw " + piece.toString(StandardCharsets.ISO_8859_1));
          var _ = stream.offer(piece, piece.readableBytes(), stream);
        }

        @Override
        public void end() {
          stream.end();
        }

        @Override
        public void closed(@Nullable CutReason reason) {}
      };
    }

    @Override
    public void lost(CutReason reason, boolean begun) {
      seen.add("lost " + reason + (begun ? " begun" : ""));
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  /// Plays `script` as the app, and `work` once a requester is connected to it.
  private void against(String script, Work work) throws Exception {
    try (var app = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var played = new CompletableFuture<Boolean>();
      var thread =
          Thread.ofVirtual()
              .start(() -> {
                try (var socket = app.accept()) {
                  WireScript.of(script).play(socket, SOON);
                  var _ = played.complete(true);
                } catch (Throwable fault) {
                  var _ = played.completeExceptionally(fault);
                }
              });
      connect(new InetSocketAddress(app.getInetAddress(), app.getLocalPort()));
      work.run();
      var _ = played.get(30, TimeUnit.SECONDS);
      thread.join();
      rig().run(() -> requester().stream().reset(CutReason.CLOSING));
      HttpRig.await("closed", () -> HttpRig.held(rig().loops.root()) == 0);
    }
  }

  private void connect(InetSocketAddress address) throws Exception {
    var dialer =
        new Dialer(
            rig().loops.root(), SocketOptions.APP, WriteLimits.DEFAULT, Duration.ofSeconds(5));
    var connected = new CompletableFuture<Requester>();
    rig()
        .run(() -> {
          var _ =
              dialer.dial(
                  rig().loops.loop(0),
                  address,
                  new Dialer.Outcome() {
                    @Override
                    public ByteStream.Reader connected(Connection connection) {
                      var made = Requester.over(connection, HeadLimits.DEFAULT);
                      var _ = connected.complete(made);
                      return made.reader();
                    }

                    @Override
                    public void failed(Dialer.Failure failure) {
                      var _ =
                          connected.completeExceptionally(
                              new IllegalStateException(failure.detail()));
                    }
                  });
        });
    requester = connected.get(10, TimeUnit.SECONDS);
  }

  private static RequestHead request(String method) {
    return new HeadBuilder().request(method, "/", "a").buildRequest();
  }

  private void send(String method, Framing framing) throws Exception {
    rig().run(() -> requester().send(request(method), framing, false, new Noting()));
  }

  private void awaitSeen(String... lines) {
    HttpRig.await("seen " + List.of(lines), () -> seen.size() >= lines.length);
    assertThat(seen).containsExactly(lines);
  }

  private boolean isReusable() throws Exception {
    var answer = new ArrayList<Boolean>();
    rig().run(() -> answer.add(requester().isReusable()));
    return answer.getFirst();
  }

  private static final String ASKED = "< GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\n";

  @Test
  void answersComeOneAfterTheOtherInEveryFraming() throws Exception {
    against(
        ASKED
            + """
            > HTTP/1.1 103 Early\\r\\nLink: a\\r\\n\\r\\nHTTP/1.1 100 Continue\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nConte
            ! wait 50
            > nt-Length: 5\\r\\nKeep-Alive: timeout=7\\r\\n\\r\\nhe
            ! wait 50
            > llo
            """
            + ASKED
            + "> HTTP/1.1 200 OK\\r\\nTransfer-Encoding:"
            + " chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\nX-Sum: 1\\r\\n\\r\\n\n"
            + "< HEAD / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n\n"
            + "> HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\n\n"
            + ASKED
            + "> HTTP/1.0 200 OK\\r\\n\\r\\nuntil close\n! shut\n! fin\n",
        () -> {
          send("GET", Framing.NONE);
          HttpRig.await("first", () -> seen.contains("end hello"));
          assertThat(isReusable()).isTrue();
          rig().run(() -> assertThat(requester().keepAliveSeconds()).isEqualTo(7));
          send("GET", Framing.NONE);
          HttpRig.await("second", () -> seen.contains("end abc X-Sum"));
          assertThat(isReusable()).isTrue();
          send("HEAD", Framing.NONE);
          HttpRig.await("third", () -> seen.contains("end "));
          assertThat(isReusable()).isTrue();
          send("GET", Framing.NONE);
          awaitSeen(
              "interim 103",
              "interim 100",
              "200 LENGTH 2",
              "end hello",
              "200 CHUNKED 1",
              "end abc X-Sum",
              "200 NONE 1",
              "end ",
              "200 UNTIL_CLOSE 0",
              "end until close");
          assertThat(isReusable()).isFalse();
        });
  }

  @Test
  void anAnswerOfAHundredFieldsComesWhole() throws Exception {
    var fields = new StringBuilder();
    for (int i = 0; i < 99; i++) fields.append("X-").append(i).append(": a\\r\\n");

    against(
        ASKED + "> HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n" + fields + "\\r\\n\n",
        () -> {
          send("GET", Framing.NONE);
          awaitSeen("200 LENGTH 100", "end ");
        });
  }

  @Test
  void aByteTooManyIsNeverTheNextAnswers() throws Exception {
    against(
        ASKED + "> HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nokX\n! reset\n",
        () -> {
          send("GET", Framing.NONE);
          awaitSeen("200 LENGTH 1", "end ok");
          assertThat(isReusable()).isFalse();
          send("GET", Framing.NONE);
          HttpRig.await("lost", () -> seen.size() == 3);
          assertThat(seen.getLast()).isEqualTo("lost PEER_GONE");
        });
  }

  @Test
  void aByteOnAnIdleStreamResetsIt() throws Exception {
    against(
        ASKED
            + "> HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok\n! wait 100\n> X\n! reset\n",
        () -> {
          send("GET", Framing.NONE);
          awaitSeen("200 LENGTH 1", "end ok");
          HttpRig.await("reset", () -> rig().loops.cuts(CutReason.APP_BAD_ANSWER) == 1);
          assertThat(isReusable()).isFalse();
        });
  }

  @Test
  void anAnswerBeforeTheRequestsEndLeavesTheStreamUnusable() throws Exception {
    against(
        """
        < POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\n\\r\\n
        > HTTP/1.1 413 Too\\r\\nContent-Length: 2\\r\\n\\r\\nno
        < hello
        ! quiet 300
        """,
        () -> {
          send("POST", Framing.length(5));
          awaitSeen("413 LENGTH 1", "end no");
          rig()
              .run(() -> {
                assertThat(requester().offer(Answers.text("hello"), 0, Payer.NOBODY)).isTrue();
                requester().finish(Fields.EMPTY);
              });
          assertThat(isReusable()).isFalse();
        });
  }

  @Test
  void aRequestsBodyIsSentInItsFraming() throws Exception {
    against(
        """
        < POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n
        > HTTP/1.1 204 No\\r\\n\\r\\n
        ! quiet 500
        """,
        () -> {
          send("POST", Framing.CHUNKED);
          rig()
              .run(() -> {
                assertThat(requester().offer(Answers.text("hello"), 0, Payer.NOBODY)).isTrue();
                requester().finish(Fields.EMPTY);
                assertThat(requester().offer(Answers.text("late"), 0, Payer.NOBODY)).isFalse();
              });
          awaitSeen("204 NONE 0", "end ");
          assertThat(isReusable()).isTrue();
        });
  }

  /// The app says when it has the head: a reset would take it away.
  @Test
  void aRequestThatBreaksItsLengthResetsTheStream() throws Exception {
    against(
        """
        < POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\n\\r\\n
        > HTTP/1.1 103 Early\\r\\n\\r\\n
        ! reset
        """,
        () -> {
          send("POST", Framing.length(5));
          HttpRig.await("the app has the head", () -> seen.size() == 1);
          rig().run(() -> requester().finish(Fields.EMPTY));
          HttpRig.await("lost", () -> seen.size() == 2);
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aChangeOfProtocolHandsOverWhatFollowsAndIsRefusedUnasked(boolean asked) throws Exception {
    var head =
        new HeadBuilder().request("GET", "/", "a").field(FieldName.UPGRADE, "echo").buildRequest();
    var begin =
        (asked
                ? "< GET / HTTP/1.1\\r\\nHost: a\\r\\nUpgrade: echo\\r\\nConnection:"
                    + " Upgrade\\r\\n\\r\\n\n"
                : "< GET / HTTP/1.1\\r\\nHost: a\\r\\nUpgrade: echo\\r\\n\\r\\n\n")
            + "> HTTP/1.1 101 Go\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\nbehind\n";

    against(
        begin + (asked ? "< behind\n> more\n< more\n! shut\n! fin\n" : "! reset\n"),
        () -> {
          rig().run(() -> requester().send(head, Framing.NONE, asked, new Noting()));
          if (asked) awaitSeen("upgraded", "raw behind", "raw more");
          else awaitSeen("lost APP_BAD_ANSWER begun");
        });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nabc | 200 LENGTH 1 | lost APP_BAD_ANSWER"
            + " begun",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n"
            + " | 200 CHUNKED 1 | lost APP_BAD_ANSWER begun",
        "HTTP/1.1 200 OK\\r\\nCont | '' | lost APP_BAD_ANSWER begun",
      })
  void anAnswerThatEndsInTheMiddleIsLost(String wire, String head, String lost) throws Exception {
    against(
        ASKED + "> " + wire + "\n! shut\n! reset\n",
        () -> {
          send("GET", Framing.NONE);
          if (head.isEmpty()) awaitSeen(lost);
          else awaitSeen(head, lost);
          assertThat(isReusable()).isFalse();
        });
  }

  @Test
  void anAppThatEndsBeforeAnyByteIsLostAndNotBegun() throws Exception {
    against(
        ASKED + "! shut\n! reset\n",
        () -> {
          send("GET", Framing.NONE);
          awaitSeen("lost APP_BAD_ANSWER");
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NOPE\\r\\n\\r\\n",
        "HTTP/1.1 200 OK\\r\\nContent-Length: 1\\r\\nContent-Length: 2\\r\\n\\r\\n",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: gzip\\r\\n\\r\\n",
        "HTTP/1.1 200 OK\\nX: a\\n\\n",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n",
      })
  void anAnswerThatBreaksTheRulesIsLostAndTheStreamReset(String wire) throws Exception {
    against(
        ASKED + "> " + wire + "\n! reset\n",
        () -> {
          send("GET", Framing.NONE);
          HttpRig.await("lost", () -> seen.contains("lost APP_BAD_ANSWER begun"));
        });
  }

  @Test
  void aCloseDelimitedAnswerThatEndsByResetIsLost() throws Exception {
    try (var app = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      connect(new InetSocketAddress(app.getInetAddress(), app.getLocalPort()));
      try (var socket = app.accept()) {
        send("GET", Framing.NONE);
        WireScript.of(ASKED + "> HTTP/1.1 200 OK\\r\\n\\r\\nabc\n").play(socket, SOON);
        HttpRig.await("head", () -> seen.contains("200 UNTIL_CLOSE 0"));
        socket.setSoLinger(true, 0);
      }
      awaitSeen("200 UNTIL_CLOSE 0", "lost PEER_GONE begun");
    }
  }

  @Test
  void aRequestOnAStreamThatIsOverIsLostAtOnce() throws Exception {
    against(
        "! reset\n",
        () ->
            rig()
                .run(() -> {
                  requester().stream().reset(CutReason.CLOSING);
                  requester().send(request("GET"), Framing.NONE, false, new Noting());
                  assertThat(seen).containsExactly("lost PEER_GONE");
                }));
  }
}
