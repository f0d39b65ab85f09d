package io.tidegate.client.pool;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import jdk.jfr.consumer.RecordingStream;

/// What Java's flight recorder is told of pools, as it comes: a pool's name and what happened. The
/// recorder's types stay in here, for the build finds tests in a JVM that has none.
final class FlightRecording implements AutoCloseable {
  final List<String> seen = new CopyOnWriteArrayList<>();
  private final RecordingStream stream = new RecordingStream();

  FlightRecording() {
    var _ = stream.enable("io.tidegate.Pool");
    stream.onEvent(
        "io.tidegate.Pool",
        event -> seen.add(event.getString("pool") + " " + event.getString("what")));
    stream.startAsync();
  }

  @Override
  public void close() {
    stream.close();
  }
}
