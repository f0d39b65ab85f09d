package io.tidegate.hub;

import io.tidegate.ledger.Budget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a hub keeps and for whom. No value means "unlimited".
///
/// @param budget most that all rings hold together, what is on its way out of them included
/// @param rules which topics there are; a name that none is for is refused
/// @param maxTopics most topics in use at once
/// @param maxNameChars longest name of a topic, and longest key
/// @param maxSubscriptions most subscriptions of one connection
/// @param unusedAfter how long a topic without a subscriber and without a new message lasts
/// @param aheadBytes a connection gets no message while as many bytes are on their way to it; so at
///   most as many, and the message that passes them, are
/// @param turnBytes most bytes that one loop hands out before others on it have their turn
/// @param controlBytes most bytes that wait for one connection beside its messages: replies, gaps
public record HubConfig(
    Budget budget,
    List<TopicRule> rules,
    int maxTopics,
    int maxNameChars,
    int maxSubscriptions,
    Duration unusedAfter,
    int aheadBytes,
    int turnBytes,
    int controlBytes) {
  /// For a service of a few thousand subscribers: rings of 64 MiB in all and 32 MiB of entries, no
  /// topic before a rule is added, 10,000 topics with names of up to 200 characters, 128
  /// subscriptions a connection, topics unused for 10 min end, 16 KiB ahead (what the kernel takes
  /// unsent), turns of 256 KiB (a tenth of a millisecond), 16 KiB of replies.
  public static final HubConfig DEFAULT =
      new HubConfig(
          new Budget(64 << 20, 32 << 20),
          List.of(),
          10_000,
          200,
          128,
          Duration.ofMinutes(10),
          16 * 1024,
          256 * 1024,
          16 * 1024);

  /// @throws IllegalArgumentException if a bound is not positive, or a rule's ring outgrows the
  ///   budget
  public HubConfig {
    rules = List.copyOf(rules);
    require("maxTopics", maxTopics);
    require("maxNameChars", maxNameChars);
    require("maxSubscriptions", maxSubscriptions);
    require("aheadBytes", aheadBytes);
    require("turnBytes", turnBytes);
    require("controlBytes", controlBytes);
    if (!unusedAfter.isPositive())
      throw new IllegalArgumentException("unusedAfter not positive: " + unusedAfter);
    for (var rule : rules) requireFits(rule, budget);
  }

  private static void require(String what, int bound) {
    if (bound < 1) throw new IllegalArgumentException(what + " not positive: " + bound);
  }

  private static void requireFits(TopicRule rule, Budget budget) {
    long ring =
        switch (rule.kind()) {
          case TopicKind.Log log -> log.ringBytes();
          case TopicKind.Keyed keyed -> keyed.ringBytes();
          case TopicKind.Latest latest -> 2L * latest.maxMessageBytes();
        };
    if (ring > budget.directBytes())
      throw new IllegalArgumentException(
          rule.pattern() + ": a ring of " + ring + " bytes outgrows " + budget.directBytes());
  }

  /// Returns this with another budget.
  public HubConfig withBudget(Budget other) {
    return new HubConfig(
        other,
        rules,
        maxTopics,
        maxNameChars,
        maxSubscriptions,
        unusedAfter,
        aheadBytes,
        turnBytes,
        controlBytes);
  }

  /// Returns this with one more rule behind the others.
  public HubConfig withTopic(String pattern, TopicKind kind) {
    return withTopic(TopicRule.of(pattern, kind));
  }

  /// Returns this with one more rule behind the others.
  public HubConfig withTopic(TopicRule rule) {
    var more = new ArrayList<>(rules);
    more.add(rule);
    return withRules(more);
  }

  /// Returns this with other rules.
  public HubConfig withRules(List<TopicRule> others) {
    return new HubConfig(
        budget,
        others,
        maxTopics,
        maxNameChars,
        maxSubscriptions,
        unusedAfter,
        aheadBytes,
        turnBytes,
        controlBytes);
  }

  /// Returns this with another bound on topics.
  public HubConfig withMaxTopics(int most) {
    return new HubConfig(
        budget,
        rules,
        most,
        maxNameChars,
        maxSubscriptions,
        unusedAfter,
        aheadBytes,
        turnBytes,
        controlBytes);
  }

  /// Returns this with another longest name.
  public HubConfig withMaxNameChars(int most) {
    return new HubConfig(
        budget,
        rules,
        maxTopics,
        most,
        maxSubscriptions,
        unusedAfter,
        aheadBytes,
        turnBytes,
        controlBytes);
  }

  /// Returns this with another bound on a connection's subscriptions.
  public HubConfig withMaxSubscriptions(int most) {
    return new HubConfig(
        budget,
        rules,
        maxTopics,
        maxNameChars,
        most,
        unusedAfter,
        aheadBytes,
        turnBytes,
        controlBytes);
  }

  /// Returns this with another life of unused topics.
  public HubConfig withUnusedAfter(Duration time) {
    return new HubConfig(
        budget,
        rules,
        maxTopics,
        maxNameChars,
        maxSubscriptions,
        time,
        aheadBytes,
        turnBytes,
        controlBytes);
  }

  /// Returns this with another bound on what is on its way.
  public HubConfig withAheadBytes(int bytes) {
    return new HubConfig(
        budget,
        rules,
        maxTopics,
        maxNameChars,
        maxSubscriptions,
        unusedAfter,
        bytes,
        turnBytes,
        controlBytes);
  }

  /// Returns this with other turns.
  public HubConfig withTurnBytes(int bytes) {
    return new HubConfig(
        budget,
        rules,
        maxTopics,
        maxNameChars,
        maxSubscriptions,
        unusedAfter,
        aheadBytes,
        bytes,
        controlBytes);
  }

  /// Returns this with another bound on replies.
  public HubConfig withControlBytes(int bytes) {
    return new HubConfig(
        budget,
        rules,
        maxTopics,
        maxNameChars,
        maxSubscriptions,
        unusedAfter,
        aheadBytes,
        turnBytes,
        bytes);
  }
}
