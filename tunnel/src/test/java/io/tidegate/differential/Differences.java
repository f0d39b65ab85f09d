package io.tidegate.differential;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// Where we take fewer or more requests than nginx, haproxy and Node do, and why that is right.
///
/// Fewer than all three, or more than the strictest of them: each must be listed here. More than
/// all three is never right.
final class Differences {
  /// A trait by which cases are known.
  private record Listed(Pattern trait, String why) {}

  private static final List<Listed> STRICTER =
      List.of(
          listed("^chunk size: 9,000 zeros$", "a size has 16 digits at most"),
          listed("^before '\\\\r\\\\n\\\\r|5,000 CRLF before", "one empty line is let pass"),
          listed("^before '\\\\n'", "a bare LF ends no line"),
          listed("^request line: two sp|^space '  '|^version '  ", "one space, RFC 9112 §3"),
          listed("^host:? '", "a Host that is none is answered 400, RFC 9112 §3.2"),
          listed("unknown expectation|Expect: 200-ok", "answered 417, RFC 9110 §10.1.1"),
          listed("^connection 'Connection: (Host|keep-alive, C|Tr)", "fields of no single hop"),
          listed("^connection 'Connection: \"", "no list of tokens, RFC 9110 §7.6.1"),
          listed("^trailer '(Host|Trailer|Authorization): ", "no trailers, RFC 9110 §6.5.1"));

  private static final List<Listed> MORE_THAN_THE_STRICTEST =
      List.of(
          listed("^version: 1.2$|^version ' HTTP/1.9'", "Node: 1.0 and 1.1; RFC 9110 §2.5: any"),
          listed("^(length|coding|host) '.*\\\\x09", "nginx, Node: no tab around some values"),
          listed("^coding: tab before$", "nginx: no tab before it; RFC 9112 §5: any OWS"),
          listed("asterisk of OPTIONS", "nginx does not know it; RFC 9112 §3.2.4"),
          listed("h2c, which|'Connection: Upgrade", "Node: nothing behind an upgrade not taken"),
          listed(
              "^target absolute, other Host", "haproxy: both alike; RFC 9112 §3.2.2: the target"));

  /// As above, but only if what follows comes with it.
  private static final List<Listed> AT_TIMES_MORE_THAN_THE_STRICTEST =
      List.of(
          listed("^length: underscore", "Node: no answer to what came before what is malformed"),
          listed("^host: none in HTTP/1.0$", "Node: no answer if more follows a last request"));

  private static final Set<Listed> USED = ConcurrentHashMap.newKeySet();

  private Differences() {}

  private static Listed listed(String trait, String why) {
    return new Listed(Pattern.compile(trait), why);
  }

  /// What is wrong with how `outcome` compares; empty if nothing is.
  static List<String> faults(Outcome outcome) {
    var taken = outcome.takenByReferences();
    int ours = outcome.ours().taken();
    int most = Collections.max(taken.values());
    int least = Collections.min(taken.values());
    if (ours > most) return List.of(outcome.one() + ": we took " + ours + ", others " + taken);
    if (ours < least && !isListed(outcome.one(), STRICTER))
      return List.of(outcome.one() + ": stricter than all, " + ours + " of " + taken);
    if (ours > least
        && !isListed(outcome.one(), MORE_THAN_THE_STRICTEST)
        && !isListed(outcome.one(), AT_TIMES_MORE_THAN_THE_STRICTEST))
      return List.of(outcome.one() + ": more than the strictest, " + ours + " of " + taken);
    return List.of();
  }

  private static boolean isListed(RawCase one, List<Listed> all) {
    boolean found = false;
    for (var entry : all) {
      if (one.traits().stream().noneMatch(trait -> entry.trait.matcher(trait).find())) continue;
      var _ = USED.add(entry);
      found = true;
    }
    return found;
  }

  /// Reasons that no case has needed.
  static List<String> unused() {
    return java.util.stream.Stream.of(STRICTER, MORE_THAN_THE_STRICTEST)
        .flatMap(List::stream)
        .filter(entry -> !USED.contains(entry))
        .map(entry -> "not needed: " + entry.trait + ", " + entry.why)
        .toList();
  }

  /// Whether a request of `one` that is good for the server may not be so behind the edge: one
  /// without a host is for no tunnel, and nginx does not know OPTIONS of the whole server.
  static boolean mayMissBehindTheEdge(RawCase one, String origin) {
    var trait = one.traits().getFirst();
    return trait.equals("host: none in HTTP/1.0")
        || (origin.equals("nginx") && trait.equals("target: asterisk of OPTIONS"));
  }
}
