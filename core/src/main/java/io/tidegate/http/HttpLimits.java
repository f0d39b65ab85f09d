package io.tidegate.http;

import io.tidegate.http.message.HeadLimits;
import java.time.Duration;

/// How long an HTTP peer may take, and how much a connection may be used.
///
/// @param head bounds of heads, trailers and chunk extensions
/// @param headTimeout from the connection's or the head's first byte to its end, absolute
/// @param idleTimeout between two requests
/// @param bodyGrace before the body's rate is looked at
/// @param leastBodyBytesPerSecond least rate of a request body, while we read and have not answered
/// @param requests most requests of one connection
/// @param age longest life of a connection that is kept alive, less a jitter of up to a tenth
public record HttpLimits(
    HeadLimits head,
    Duration headTimeout,
    Duration idleTimeout,
    Duration bodyGrace,
    int leastBodyBytesPerSecond,
    int requests,
    Duration age) {
  /// For servers open to anyone.
  public static final HttpLimits DEFAULT =
      new HttpLimits(
          HeadLimits.DEFAULT,
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          Duration.ofSeconds(5),
          240,
          1_000,
          Duration.ofHours(1));

  /// @throws IllegalArgumentException if a bound is not positive
  public HttpLimits {
    positive("headTimeout", headTimeout);
    positive("idleTimeout", idleTimeout);
    positive("bodyGrace", bodyGrace);
    positive("age", age);
    if (leastBodyBytesPerSecond < 1)
      throw new IllegalArgumentException("leastBodyBytesPerSecond not positive");
    if (requests < 1) throw new IllegalArgumentException("requests not positive: " + requests);
  }

  private static void positive(String name, Duration value) {
    if (!value.isPositive()) throw new IllegalArgumentException(name + " not positive: " + value);
  }

  /// These limits with another head timeout.
  public HttpLimits withHeadTimeout(Duration headTimeout) {
    return new HttpLimits(
        head, headTimeout, idleTimeout, bodyGrace, leastBodyBytesPerSecond, requests, age);
  }

  /// These limits with another idle timeout.
  public HttpLimits withIdleTimeout(Duration idleTimeout) {
    return new HttpLimits(
        head, headTimeout, idleTimeout, bodyGrace, leastBodyBytesPerSecond, requests, age);
  }

  /// These limits with another grace for bodies.
  public HttpLimits withBodyGrace(Duration bodyGrace) {
    return new HttpLimits(
        head, headTimeout, idleTimeout, bodyGrace, leastBodyBytesPerSecond, requests, age);
  }

  /// These limits with another number of requests a connection.
  public HttpLimits withRequests(int requests) {
    return new HttpLimits(
        head, headTimeout, idleTimeout, bodyGrace, leastBodyBytesPerSecond, requests, age);
  }
}
