package io.tidegate.hub.mercure;

import io.tidegate.hub.Entry;
import java.util.List;
import java.util.function.Predicate;

/// What a subscriber sees of the hub's one log: the updates whose topics it asks for, private ones
/// only if its token allows them. Asked for every message, those of the past included.
///
/// @param wanted topics that it asks for
/// @param allowed topics whose private updates it may see
record Interest(List<TopicSelector> wanted, List<TopicSelector> allowed)
    implements Predicate<Entry> {
  @Override
  public boolean test(Entry entry) {
    return entry.publication().attachment() instanceof Update update && sees(update);
  }

  boolean sees(Update update) {
    return TopicSelector.anyMatches(wanted, update)
        && (!update.isPrivate() || TopicSelector.anyMatches(allowed, update));
  }

  /// What a subscription is charged for this.
  int heldBytes() {
    int bytes = 0;
    for (var selector : wanted) bytes += selector.heldBytes();
    for (var selector : allowed) bytes += selector.heldBytes();
    return bytes;
  }
}
