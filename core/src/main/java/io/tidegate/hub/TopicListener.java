package io.tidegate.hub;

/// Is told when topics begin and cease to be watched: a camera rests when nobody looks.
///
/// Called on a virtual thread, one call after the other. A topic that changes faster than a call
/// returns is told of once, as it is then. What is thrown is logged.
public interface TopicListener {
  /// `topic` has a subscriber, and had none.
  void firstSubscriber(String topic) throws Exception;

  /// `topic` has no subscriber any more.
  void lastSubscriber(String topic) throws Exception;
}
