package io.tidegate.differential;

import io.tidegate.ledger.Budget;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.server.Call;
import io.tidegate.server.HttpServer;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/// All who are sent the same: our server, our edge before three origins, and three references.
final class Bench implements AutoCloseable {
  /// Each case is sent to all seven, one after the other.
  private static final int CASES_AT_ONCE = 12;

  /// Requests of a round: the edge reports 200 a second to its agent, and tells of no more; what
  /// comes late of one round and what comes early of the next are never in the same second.
  private static final int REQUESTS_A_ROUND = 180;

  private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(1_200);

  private static final int MOST_BODY_BYTES = 1 << 20;
  private static final Budget BUDGET = new Budget(64L << 20, 64L << 20);

  /// Ours answer or refuse, and end the connection; nobody waits this long.
  private static final Duration OURS = Duration.ofSeconds(20);

  /// A reference may wait for more bytes; what differs for it is asked again, with patience.
  private static final Duration QUIET = Duration.ofSeconds(1);

  private static final Duration PATIENT = Duration.ofSeconds(6);

  private final Map<InetAddress, Integer> handled = new ConcurrentHashMap<>();
  private final List<RawCase> cases = Cases.all("demo.localhost:8080");
  private final HttpServer server;
  private final List<Front> fronts = new ArrayList<>();
  private final List<RealServer> references = new ArrayList<>();

  /// Starts them; what they write is below `folder`.
  Bench(Path folder) throws IOException {
    server =
        HttpServer.start(config -> {
          config.loops(new LoopsConfig("server", 1, BUDGET, Transport.best(), false));
          config.grace(Duration.ofMillis(200));
          config.listen("127.0.0.1", 0).mount("/", this::read);
        });
    try {
      references.add(RealServer.nginx(Files.createDirectory(folder.resolve("r1"))));
      references.add(RealServer.haproxy(Files.createDirectory(folder.resolve("r2"))));
      references.add(RealServer.node(Files.createDirectory(folder.resolve("r3"))));
      front(RealServer.nginx(Files.createDirectory(folder.resolve("o1"))));
      front(RealServer.node(Files.createDirectory(folder.resolve("o2"))));
      front(RealServer.python(Files.createDirectory(folder.resolve("o3"))));
    } catch (IOException | RuntimeException | Error failed) {
      close();
      throw failed;
    }
  }

  private void front(RealServer origin) throws IOException {
    fronts.add(Front.before(origin));
  }

  private String read(Call call) throws IOException {
    var _ = call.body().bytes(MOST_BODY_BYTES);
    var _ = handled.merge(Objects.requireNonNull(call.address()), 1, Integer::sum);
    return "ok";
  }

  List<Front> fronts() {
    return fronts;
  }

  int caseCount() {
    return cases.size();
  }

  /// Sends the cases of these numbers to everybody, in rounds.
  List<Outcome> ask(List<Integer> numbers) throws InterruptedException, ExecutionException {
    var outcomes = new ArrayList<Outcome>();
    for (var round : rounds(numbers)) {
      if (!outcomes.isEmpty()) Thread.sleep(BETWEEN_ROUNDS);
      outcomes.addAll(askAtOnce(round));
    }
    return outcomes;
  }

  private List<List<Integer>> rounds(List<Integer> numbers) {
    var rounds = new ArrayList<List<Integer>>();
    int left = 0;
    for (int number : numbers) {
      int requests = cases.get(number).taken() + 1;
      if (requests > left) {
        rounds.add(new ArrayList<>());
        left = REQUESTS_A_ROUND;
      }
      rounds.getLast().add(number);
      left -= requests;
    }
    return rounds;
  }

  private List<Outcome> askAtOnce(List<Integer> numbers)
      throws InterruptedException, ExecutionException {
    var places = new Semaphore(CASES_AT_ONCE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked = new ArrayList<Future<Outcome>>();
      for (int number : numbers)
        asked.add(
            threads.submit(() -> {
              places.acquire();
              try {
                return ask(number);
              } finally {
                places.release();
              }
            }));
      var outcomes = new ArrayList<Outcome>();
      for (var one : asked) outcomes.add(one.get());
      return outcomes;
    }
  }

  private Outcome ask(int number) throws IOException {
    var own = InetAddress.ofLiteral("127.60." + number / 250 + "." + (1 + number % 250));
    var one = cases.get(number);
    var ours = Conversation.hold(server.address(), own, one, OURS);
    var behind = new TreeMap<String, Conversation>();
    for (var front : fronts) {
      var same = front.cases().get(number);
      behind.put(front.name(), Conversation.hold(front.rig().address(), own, same, OURS));
    }
    var others = new TreeMap<String, Conversation>();
    for (var reference : references)
      others.put(reference.name(), asked(reference.address(), own, one));
    return new Outcome(own, one, ours, handled.getOrDefault(own, 0), behind, others);
  }

  private static Conversation asked(InetSocketAddress reference, InetAddress own, RawCase one)
      throws IOException {
    var said = Conversation.hold(reference, own, one, QUIET);
    if (said.ended() || said.taken() == one.taken()) return said;
    return Conversation.hold(reference, own, one, PATIENT);
  }

  private boolean holdsNothing() {
    var census = server.census();
    return census.direct().held() == census.direct().unused()
        && census.heap().held() == census.heap().unused();
  }

  @Override
  public void close() {
    for (var reference : references) reference.close();
    for (var front : fronts) front.close();
    try {
      Eventually.await(OURS, () -> "held:\n" + server.census(), this::holdsNothing);
    } finally {
      server.close();
    }
  }
}
