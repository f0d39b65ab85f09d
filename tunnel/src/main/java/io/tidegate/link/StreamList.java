package io.tidegate.link;

import org.jspecify.annotations.Nullable;

/// A list of streams through nodes that they carry themselves: entering and leaving cost nothing
/// and hold nothing.
final class StreamList {
  private @Nullable Node first;
  private @Nullable Node last;
  private int size;

  /// The place of one stream in at most one list.
  static final class Node {
    private final LinkStream stream;
    private @Nullable StreamList list;
    private @Nullable Node previous;
    private @Nullable Node next;

    Node(LinkStream stream) {
      this.stream = stream;
    }

    boolean isListed() {
      return list != null;
    }

    /// Leaves its list, if it is in one.
    void leave() {
      var from = list;
      if (from == null) return;
      if (previous == null) from.first = next;
      else previous.next = next;
      if (next == null) from.last = previous;
      else next.previous = previous;
      from.size--;
      list = null;
      previous = null;
      next = null;
    }
  }

  int size() {
    return size;
  }

  boolean isEmpty() {
    return first == null;
  }

  /// The stream at the head, or null.
  @Nullable LinkStream first() {
    return first == null ? null : first.stream;
  }

  /// The stream behind `node`, or null.
  static @Nullable LinkStream after(Node node) {
    return node.next == null ? null : node.next.stream;
  }

  void addLast(Node node) {
    node.list = this;
    node.previous = last;
    if (last == null) first = node;
    else last.next = node;
    last = node;
    size++;
  }

  void addFirst(Node node) {
    node.list = this;
    node.next = first;
    if (first == null) last = node;
    else first.previous = node;
    first = node;
    size++;
  }
}
