package io.tidegate.net;

/// What a protocol attaches to a [Connection], where it can say what the connection is for.
public interface Described {
  /// A word for people, such as `visitor` or `link`; the same object at each call.
  String what();
}
