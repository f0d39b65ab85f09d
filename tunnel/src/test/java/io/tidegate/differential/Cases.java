package io.tidegate.differential;

import io.tidegate.differential.Draft.Shape;
import io.tidegate.testkit.HttpCorpus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// All inputs: the corpus of the testkit, every mutation alone, and mutations that meet. The same
/// ones in the same order each time, but for the host that they ask for.
///
/// Behind each follows a canary that ends the connection: it is answered only by who takes what
/// came before it for whole requests.
final class Cases {
  private static final int GENERATED = 560;
  private static final long SEED = 9112;
  private static final int MOST_TOGETHER = 3;

  /// Each of these rewrites what another of them may have written.
  private static final Set<String> ABOUT_THE_HOST = Set.of("target", "host", "Host's end");

  private final String host;
  private final String canary;
  private final List<RawCase> cases = new ArrayList<>();
  private final List<Mutation> mutations = Catalogue.all();
  private final Random random = new Random(SEED);

  private Cases(String host) {
    this.host = host;
    this.canary = "GET /canary HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
  }

  /// The cases that ask for `host`.
  static List<RawCase> all(String host) {
    var cases = new Cases(host);
    cases.corpus();
    cases.eachAlone();
    cases.together();
    return List.copyOf(cases.cases);
  }

  private void corpus() {
    for (var one : HttpCorpus.cases(host)) {
      // all our ports but those of HTTP/1.1 alone speak HTTP/2 when they see its preface
      if (one.toString().contains("preface of HTTP/2")) continue;
      boolean ends = one.status() != 0 || one.wire().startsWith("GET / HTTP/1.0");
      int taken = one.complete() + (ends ? 0 : 1);
      add("corpus", List.of(one.toString()), one.wire(), taken);
    }
  }

  private void eachAlone() {
    for (int i = 0; i < mutations.size(); i++) {
      var mutation = mutations.get(i);
      var shapes = mutation.shapes().stream().sorted().toList();
      generate(shapes.get(i % shapes.size()), List.of(mutation));
    }
  }

  private void together() {
    for (int i = mutations.size(); i < GENERATED; i++) {
      var shape = Shape.values()[random.nextInt(Shape.values().length)];
      generate(shape, choose(shape, random.nextInt(5) < 2));
    }
  }

  private List<Mutation> choose(Shape shape, boolean harmless) {
    var fitting =
        mutations.stream()
            .filter(one -> one.shapes().contains(shape) && (one.harmless() || !harmless))
            .toList();
    int many = 2 + random.nextInt(MOST_TOGETHER - 1);
    var chosen = new ArrayList<Mutation>();
    var kinds = new HashSet<String>();
    while (chosen.size() < many) {
      var one = fitting.get(random.nextInt(fitting.size()));
      var kind = ABOUT_THE_HOST.contains(one.kind()) ? "host" : one.kind();
      if (kinds.add(kind)) chosen.add(one);
    }
    chosen.sort(Comparator.comparingInt(mutations::indexOf)); // who replaces comes before who adds
    return chosen;
  }

  private void generate(Shape shape, List<Mutation> chosen) {
    var draft = new Draft(shape, host, "/g" + cases.size());
    for (var mutation : chosen) mutation.change().accept(draft);
    boolean harmless = chosen.stream().allMatch(Mutation::harmless);
    var traits = chosen.stream().map(Mutation::toString).toList();
    add(shape.toString(), traits, draft.wire(), harmless ? 2 : 0);
  }

  private void add(String what, List<String> traits, String wire, int taken) {
    cases.add(new RawCase(what + " " + cases.size(), traits, wire + canary, taken));
  }
}
