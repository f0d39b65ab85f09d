package io.tidegate.differential;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What everybody made of one case.
///
/// @param own the address from which it was sent, and no other
/// @param one the case
/// @param ours what our server answered
/// @param handled requests that our server gave to a handler that read them whole
/// @param fronts what visitors of our edge got, by the origin behind it
/// @param references what others answered
record Outcome(
    InetAddress own,
    RawCase one,
    Conversation ours,
    int handled,
    Map<String, Conversation> fronts,
    Map<String, Conversation> references) {

  /// Requests that each reference took.
  Map<String, Integer> takenByReferences() {
    var taken = new TreeMap<String, Integer>();
    references.forEach((name, said) -> taken.put(name, said.taken()));
    return taken;
  }

  /// How many requests our server answers itself: OPTIONS of the whole server.
  private int withoutHandler() {
    return one.traits().getFirst().contains("asterisk of OPTIONS") ? 1 : 0;
  }

  /// Where our server did not take what a strict reader takes, no more and no less.
  List<String> faults() {
    var faults = new ArrayList<String>();
    if (ours.taken() != one.taken())
      faults.add("answered " + ours.taken() + " of " + one.taken() + " requests: " + ours.first());
    if (handled != one.taken() - withoutHandler())
      faults.add("handled " + handled + " of " + one.taken() + " requests");
    if (!ours.ended()) faults.add("left the connection open");
    fronts.forEach((name, said) -> {
      if (!said.ended()) faults.add("the edge before " + name + " left the connection open");
    });
    faults.replaceAll(fault -> one + ": " + fault);
    return faults;
  }
}
