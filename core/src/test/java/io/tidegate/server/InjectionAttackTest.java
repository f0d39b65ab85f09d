package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.SetCookie;
import io.tidegate.outbound.Slow;
import io.tidegate.stream.Event;
import io.tidegate.stream.EventStream;
import io.tidegate.testkit.RawHttp;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What a handler passes on from its peer can end no line of an answer: it is refused before the
/// first byte, or the peer sees exactly one answer with exactly those fields.
class InjectionAttackTest {
  private static final int ROUNDS = 4_000;

  /// Besides what ends lines, characters whose low byte does: U+010A, U+010D, U+560A, U+560D.
  private static final String ALPHABET =
      "\r\n\0\t\u000b\u007f\u0085\u00a0\u00e9\u010a\u010d\u2028\u560a\u560d:;=, \"\\/<aZ9-";

  private record Expected(String name, String value) {}

  private static String text(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--)
      text.append(
          random.nextInt(3) == 0 ? ALPHABET.charAt(random.nextInt(ALPHABET.length())) : 'x');
    return text.append(random.nextInt(8) == 0 ? "\r\nX-Forged: 1\r\n\r\n" : "").toString();
  }

  /// One setter with a random text, and the field that it must come out as.
  private static Answer set(Random random, List<Expected> expected) {
    var text = text(random);
    var answer = Answer.text("body");
    switch (random.nextInt(9)) {
      case 0 -> {
        answer = answer.withField(text, "v");
        expected.add(new Expected(text, "v"));
      }
      case 1 -> {
        answer = answer.withField("X-A", text);
        expected.add(new Expected("X-A", text));
      }
      case 2 -> {
        answer = answer.withType(text);
        expected.add(new Expected("Content-Type", text));
      }
      case 3 -> {
        answer = Answer.seeOther(text);
        expected.add(new Expected("Location", text));
      }
      case 4 -> {
        answer = answer.withCookie(SetCookie.of(text, "v"));
        expected.add(new Expected("Set-Cookie", text + "=v; Path=/; HttpOnly; SameSite=Lax"));
      }
      case 5 -> {
        answer = answer.withCookie(SetCookie.of("n", text));
        expected.add(new Expected("Set-Cookie", "n=" + text + "; Path=/; HttpOnly; SameSite=Lax"));
      }
      case 6 -> {
        answer = answer.withCookie(SetCookie.of("n", "v").withPath(text));
        expected.add(new Expected("Set-Cookie", "n=v; Path=" + text + "; HttpOnly; SameSite=Lax"));
      }
      case 7 -> {
        answer = Answer.bytes(text, new byte[] {1});
        expected.add(new Expected("Content-Type", text));
      }
      default -> {
        answer = Faults.plain(new HttpError(422, text)); // a body, whatever it holds
        expected.add(new Expected("Content-Type", "text/plain; charset=utf-8"));
      }
    }
    return answer;
  }

  @Test
  void aSetterRefusesOrItsFieldArrivesAlone() throws Exception {
    var random = new Random(41);
    var next = new AtomicReference<Answer>(Answer.NO_CONTENT);
    int refused = 0;
    int sent = 0;
    try (var rig =
        new ServerRig(
            s -> s.get("/thread", _ -> next.get()).get("/loop", Handler.onLoop(_ -> next.get())))) {
      var peer = rig.raw();
      for (int round = 0; round < ROUNDS; round++) {
        var expected = new ArrayList<Expected>();
        try {
          next.set(set(random, expected));
        } catch (IllegalArgumentException atOnce) {
          refused++;
          continue;
        }
        if (++sent % 500 == 0) {
          peer.close();
          peer = rig.raw();
        }
        comesAlone(peer, sent % 2 == 0 ? "/thread" : "/loop", expected.getFirst());
      }
      peer.close();
    }
    assertThat(refused).isGreaterThan(ROUNDS / 10);
    assertThat(sent).isGreaterThan(ROUNDS / 4);
  }

  private static void comesAlone(RawHttp peer, String path, Expected expected) throws Exception {
    peer.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    var head = peer.head();
    var body = peer.body(head, "GET").bytes();

    var others = new ArrayList<>(head.fields());
    var _ =
        others.removeIf(field ->
            List.of("date", "content-length", "content-type")
                .contains(field.name().toLowerCase(java.util.Locale.ROOT)));
    assertThat(head.all(expected.name)).containsExactly(expected.value.strip());
    assertThat(others.size()).as(head.raw()).isLessThanOrEqualTo(1);
    assertThat(head.raw()).doesNotContain("X-Forged");
    assertThat(head.raw().chars().filter(c -> c == '\n').count())
        .as(head.raw())
        .isEqualTo(head.fields().size() + 2L);
    assertThat(body.length).isLessThan(200);
  }

  @Test
  void anEventSaysOneThingOrIsRefused() throws Exception {
    var random = new Random(42);
    var events = new ArrayList<Event>();
    while (events.size() < 500) {
      try {
        events.add(Event.of(text(random)).withName(text(random)).withId(text(random)));
      } catch (IllegalArgumentException refused) {
        assertThat(refused).hasMessageContaining("line end or NUL");
      }
    }
    try (var rig =
            new ServerRig(s ->
                s.get(
                    "/",
                    _ ->
                        EventStream.answer(
                            Slow.waitUpTo(ServerRig.PATIENCE),
                            stream -> {
                              for (var event : events) {
                                var _ = stream.send(event);
                              }
                              stream.close();
                            })));
        var peer = rig.raw()) {
      peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      var wire = new String(peer.body(peer.head(), "GET").bytes(), StandardCharsets.UTF_8);

      var blocks = wire.substring(":\n\n".length()).split("\n\n", -1);
      assertThat(blocks).hasSize(events.size() + 1);
      for (int i = 0; i < events.size(); i++) {
        var lines = List.of(blocks[i].split("\n", -1));
        assertThat(lines).filteredOn(line -> line.startsWith("event:")).hasSize(1);
        assertThat(lines).filteredOn(line -> line.startsWith("id:")).hasSize(1);
        assertThat(lines).allMatch(line -> line.matches("(?s)(event|id|data): .*"));
        assertThat(blocks[i]).doesNotContain("\r");
      }
    }
  }

  @Test
  void statusesThatAreNoneOfAnAnswersAreRefused() {
    for (int status : new int[] {-1, 0, 99, 100, 101, 199, 600, 1_000}) {
      assertThatIllegalArgumentException().isThrownBy(() -> Answer.empty(status));
      assertThatIllegalArgumentException().isThrownBy(() -> Answer.text("x").withStatus(status));
    }
    for (int status : new int[] {200, 399, 600})
      assertThatIllegalArgumentException().isThrownBy(() -> new HttpError(status, "x"));
  }

  private static Answer large(Content content) {
    var answer = new Answer(200, List.of(), content);
    for (int i = 0; i < 128; i++) answer = answer.withField("X-" + i, "x".repeat(1_000));
    return answer;
  }

  @Test
  void anAnswerWhoseHeadHasNoRoomIsAFaultOfOursAndNobodyWaits() throws Exception {
    try (var rig =
        new ServerRig(s ->
            s.get("/thread", _ -> large(new Content.Nothing()))
                .get("/loop", Handler.onLoop(_ -> large(new Content.Nothing())))
                .get("/written", _ -> large(new Content.Written(out -> out.write(1)))))) {
      for (var path : List.of("/thread", "/loop", "/written")) {
        try (var peer = rig.raw()) {
          assertThat(peer.get("x", path).status()).as(path).isEqualTo(500);
        }
      }
    }
  }
}
