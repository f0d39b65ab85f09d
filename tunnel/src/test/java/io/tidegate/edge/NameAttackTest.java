package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.edge.keys.Key;
import io.tidegate.edge.keys.LoopbackKey;
import io.tidegate.edge.keys.Names;
import io.tidegate.edge.keys.TokenFile;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChaosProxy;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A35, A36 and A37: taking a name while its owner is away, serving a name that was lost, and
/// racing past the number of names that a key may hold.
@ExtendWith(Balanced.class)
class NameAttackTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final int RACES = 10_000;
  private static final Duration RESERVED = Duration.ofSeconds(60);

  private static final Key OWNER = Key.of("owner", TokenFileLines.hash("owner"));
  private static final Key THIEF = Key.of("thief", TokenFileLines.hash("thief"));

  /// Token files for tests.
  private static final class TokenFileLines {
    static String hash(String token) {
      return java.util.HexFormat.of().formatHex(TokenFile.hash(token));
    }

    static Path write(Path folder, String... lines) throws IOException {
      var file = folder.resolve("tokens");
      Files.writeString(file, String.join("\n", lines) + "\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      return file;
    }
  }

  /// A directory with a clock of its own, and sessions without links.
  private static final class Names implements AutoCloseable {
    final Loops loops =
        Loops.open(new LoopsConfig("names", 1, TunnelRig.BUDGET, Transport.best(), false));
    final Account account = loops.root();
    final FakeTicker ticker = new FakeTicker();
    final LocalDirectory directory = new LocalDirectory(ticker, account);
    private final KeyShares shares = new KeyShares(account);
    private final AtomicInteger sessions = new AtomicInteger();

    Session session(Key key) {
      var made = new Session("%032x".formatted(sessions.incrementAndGet()), key, shares, () -> {});
      var _ = made.propose(0, ClaimPolicy.DEFAULT);
      return made;
    }

    boolean claims(String name, Session session) {
      return directory.claim(name, session.key(), session, 0) instanceof Directory.Claimed.Granted;
    }

    void end(Session session) {
      session.abandon();
      directory.left(session);
    }

    @Override
    public void close() {
      loops.close();
    }
  }

  @Test
  void nobodyTakesANameInTenThousandReturnsOfItsOwner() throws Exception {
    try (var names = new Names();
        var threads = Executors.newFixedThreadPool(3)) {
      var over = new AtomicBoolean();
      var taken = new AtomicInteger();
      var tries = new AtomicInteger();
      var first = names.session(OWNER);
      assertThat(names.claims("shop", first)).isTrue();
      names.end(first);
      Callable<Boolean> thief =
          () -> {
            var session = names.session(THIEF);
            while (!over.get()) {
              if (names.claims("shop", session)) taken.incrementAndGet();
              tries.incrementAndGet();
            }
            names.end(session);
            return true;
          };
      var thieves = List.of(threads.submit(thief), threads.submit(thief));

      for (int race = 0; race < RACES; race++) {
        var session = names.session(OWNER);
        assertThat(names.claims("shop", session)).isTrue();
        assertThat(names.directory.find("shop")).isInstanceOf(Directory.Found.Here.class);
        names.end(session);
        if (race % 100 == 0) names.ticker.advance(Duration.ofSeconds(59));
        if (race % 100 == 50) names.directory.sweep();
      }
      over.set(true);
      for (var one : thieves) assertThat(one.get()).isTrue();

      Figures.note(
          "A35: " + taken + " takeovers in " + RACES + " returns against " + tries + " claims");
      assertThat(taken).hasValue(0);
      assertThat(tries.get()).isGreaterThan(1_000);
    }
  }

  @Test
  void aNameThatItsOwnerLeftForAMinuteGoesToOneOfThoseWhoWantIt() throws Exception {
    try (var names = new Names()) {
      for (int round = 0; round < 50; round++) {
        var name = "shop-" + round;
        var owner = names.session(OWNER);
        assertThat(names.claims(name, owner)).isTrue();
        names.end(owner);
        names.ticker.advance(RESERVED);

        assertThat(winners(names, name, 8, i -> Key.of("thief-" + i, TokenFileLines.hash("" + i))))
            .isEqualTo(1);
      }
    }
  }

  @Test
  void ofAHundredClaimsAtOnceAsManyAreGrantedAsTheKeyMayHold() throws Exception {
    try (var names = new Names()) {
      for (int round = 0; round < 20; round++) {
        int most = round % 2 == 0 ? 1 : 8;
        var key =
            new Key(
                "limited-" + round, TokenFileLines.hash("x" + round), List.of("*"), most, 4, 50);
        assertThat(winners(names, "", 100, _ -> key)).isEqualTo(most);
      }
    }
  }

  /// How many of `racers` sessions get `name`, or one of their own if it is empty, all asking at
  /// once.
  private static int winners(Names names, String name, int racers, IntFunction<Key> keys)
      throws Exception {
    var barrier = new CyclicBarrier(racers);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var claims = new ArrayList<Callable<Session>>();
      for (int i = 0; i < racers; i++) {
        var session = names.session(keys.apply(i));
        var own = name.isEmpty() ? "name-" + NAMES.incrementAndGet() : name;
        claims.add(() -> {
          barrier.await();
          return names.claims(own, session) ? session : null;
        });
      }
      int won = 0;
      var all = new ArrayList<Session>();
      for (var claim : threads.invokeAll(claims)) {
        if (claim.get() != null) {
          won++;
          all.add(claim.get());
        }
      }
      all.forEach(names::end);
      return won;
    }
  }

  @Test
  void theSessionsOfAKeyTogetherHoldNoMoreThanItsShare() {
    var key = new Key("busy", TokenFileLines.hash("busy"), List.of("*"), 8, 4, 25);
    try (var names = new Names()) {
      int quarter = Math.toIntExact(names.account.limit(Purse.DIRECT) / 4);
      var first = names.session(key);
      var second = names.session(key);
      var other = names.session(OWNER);

      assertThat(first.account().charge(Purse.DIRECT, quarter - 1_000)).isTrue();
      assertThat(second.account().charge(Purse.DIRECT, 2_000)).isFalse();
      assertThat(second.account().charge(Purse.DIRECT, 1_000)).isTrue();
      assertThat(other.account().charge(Purse.DIRECT, quarter)).isTrue();

      names.end(first);
      assertThat(second.account().charge(Purse.DIRECT, quarter - 1_000)).isTrue();
      names.end(second);
      names.end(other);
      assertThat(names.account.held(Purse.DIRECT)).isZero();
    }
  }

  @Test
  void reservedNamesAndLookalikesAreRefused() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1)) {
      for (var name :
          List.of(
              "www",
              "api",
              "admin",
              "mail",
              "edge",
              "status",
              "link",
              "xn--shp-vka",
              "sh\\u043fp",
              "Shop",
              "-shop",
              "shop-",
              "a.b",
              "ab",
              "a".repeat(64),
              "shop\\u0000")) {
        try (var agent = RawAgent.open(rig)) {
          assertThat(agent.claim(name)).as(name).contains("\"refused\"");
        }
      }
    }
  }

  @Test
  void ofAHundredLinksThatClaimAtOnceAsManyGetNamesAsTheirKeyMayHold(@TempDir Path folder)
      throws Exception {
    var tokens =
        TokenFileLines.write(
            folder, new Key("one", TokenFileLines.hash("secret"), List.of("*"), 50, 4, 50).line());
    try (var rig = TunnelRig.bare(edge -> edge.withTokens(tokens), 2);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var agents = new ArrayList<RawAgent>();
      try {
        for (int i = 0; i < 100; i++) agents.add(RawAgent.open(rig.edge.port(), "secret"));
        var said = new ArrayList<Callable<String>>();
        for (int i = 0; i < 100; i++) {
          var agent = agents.get(i);
          var name = "name-" + i;
          said.add(() -> agent.claim(name));
        }
        int granted = 0;
        for (var one : threads.invokeAll(said)) if (one.get().contains("\"registered\"")) granted++;

        Figures.note("A37: " + granted + " of 100 claims granted where the key may hold 50");
        assertThat(granted).isEqualTo(50);
      } finally {
        for (var agent : agents) agent.close();
      }
    }
  }

  /// The link of the first agent is frozen, as on a laptop that sleeps; a second one of the same
  /// key takes the name; then the first wakes up.
  @Test
  void anAgentThatWakesUpServesNobodyUnderTheNameThatItLost() throws IOException {
    try (var old = RecordingOrigin.open(_ -> answer("old"));
        var fresh = RecordingOrigin.open(_ -> answer("new"));
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2);
        var proxy = ChaosProxy.open(rig.address())) {
      Files.copy(LoopbackKey.file(rig.edge.port()), LoopbackKey.file(proxy.address().getPort()));
      var _ =
          rig.expose(
              "shop",
              _ ->
                  io.tidegate.agent.AgentConfig.of(
                          URI.create("http://127.0.0.1:" + proxy.address().getPort()), old.port())
                      .withName("shop"));
      assertThat(asked(rig, "/before")).isEqualTo("old");
      proxy.freeze();
      var _ = rig.expose("shop", fresh.port());

      int wrong = 0;
      for (int i = 0; i < 200; i++) {
        if (i == 100) proxy.thaw();
        if (!asked(rig, "/" + i).equals("new")) wrong++;
      }
      Eventually.await(
          SOON, () -> "superseded " + rig.heard.ends, () -> rig.heard.ends.size() == 1);
      for (int i = 200; i < 300; i++) if (!asked(rig, "/" + i).equals("new")) wrong++;

      Figures.note("A36: " + wrong + " of 300 requests reached the wrong agent");
      assertThat(wrong).isZero();
      assertThat(rig.heard.ends.getFirst()).startsWith("SUPERSEDED");
      assertThat(old.whole()).extracting(RecordingOrigin.Seen::target).containsExactly("/before");
    }
  }

  private static String answer(String text) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text;
  }

  private static String asked(TunnelRig rig, String target) throws IOException {
    try (RawHttp visitor = rig.visit()) {
      return visitor.get(rig.host("shop"), target).body();
    }
  }

  @Test
  void aLateAnswerOfAnAgentThatLostItsNameReachesNobody() throws Exception {
    try (var fresh = RecordingOrigin.open(_ -> answer("new"));
        var rig = TunnelRig.bare(UnaryOperator.identity(), 1);
        var stale = RawAgent.open(rig);
        var visitor = rig.visit()) {
      assertThat(stale.claim("shop")).contains("\"registered\"");
      visitor.send("GET /pending HTTP/1.1\r\nHost: " + rig.host("shop") + "\r\n\r\n");
      int stream = stale.request();

      var _ = rig.expose("shop", fresh.port());
      try {
        stale.answer(stream, answer("stale"));
      } catch (IOException cut) {
        assertThat(cut).isNotNull(); // it was told already
      }

      var head = visitor.finalHead();
      assertThat(visitor.body(head, "GET").text()).doesNotContain("stale");
      assertThat(head.status()).isIn(200, 502);
      assertThat(asked(rig, "/after")).isEqualTo("new");
      assertThat(stale.awaitGoAway()).isIn(0, -1);
    }
  }

  @Test
  void aReservationIsPaidAndGivenBack() {
    try (var names = new Names()) {
      var session = names.session(OWNER);
      long before = names.account.held(Purse.HEAP);
      for (int i = 0; i < 8; i++) assertThat(names.claims("shop-" + i, session)).isTrue();
      assertThat(names.account.held(Purse.HEAP)).isGreaterThanOrEqualTo(before + 8 * 512);

      names.end(session);
      names.ticker.advance(RESERVED);
      names.directory.sweep();

      assertThat(names.account.held(Purse.HEAP)).isLessThanOrEqualTo(before);
    }
  }
}
