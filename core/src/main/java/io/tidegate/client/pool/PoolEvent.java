package io.tidegate.client.pool;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// What a [PoolListener] is told, for Java's flight recorder.
@Name("io.tidegate.Pool")
@Label("Pool event")
@Category({"Tidegate", "WebSocket"})
@Description("What happened in a pool of WebSockets")
@StackTrace(false)
final class PoolEvent extends Event {
  @Label("Pool")
  @Description("Its name")
  String pool = "";

  @Label("What")
  @Description("Ready, Lost, Rotated, EndpointHeld, ...")
  String what = "";

  @Label("Text")
  @Description("Member, endpoint, and why")
  String text = "";

  private PoolEvent() {}

  /// Records `event`, if somebody wants it.
  static void record(String pool, PoolListener.Event event) {
    var recorded = new PoolEvent();
    if (!recorded.isEnabled()) return;
    recorded.pool = pool;
    recorded.what = event.getClass().getSimpleName();
    recorded.text = event.toString();
    recorded.commit();
  }
}
