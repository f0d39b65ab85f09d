package io.tidegate.client;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.net.CutReason;
import io.tidegate.net.tls.TlsClient;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/// Says what the failure of a step means, in our own words: those of the system and of libraries
/// are in other languages and tell more than they should. Pure.
final class Diagnosis {
  /// What does not change by asking again: who we are, what we may, what there is; also at proxies.
  private static final Set<Integer> LASTING = Set.of(401, 403, 404, 407);

  private Diagnosis() {}

  static ConnectFailure passing(Step step, String reason) {
    return new ConnectFailure(step, false, 0, null, reason);
  }

  /// This process has nothing left for it; the server may be well.
  static ConnectFailure local(String reason) {
    return passing(Step.LOCAL, reason);
  }

  static ConnectFailure lasting(Step step, String reason) {
    return new ConnectFailure(step, true, 0, null, reason);
  }

  static ConnectFailure tooSlow(Step step, Duration timeout) {
    var what =
        switch (step) {
          case RESOLVE -> "no address of the host";
          case CONNECT -> "no connection";
          case PROXY -> "no answer of the proxy";
          case TLS -> "no end of the TLS handshake";
          case HANDSHAKE -> "no whole answer";
          case ABANDONED, LOCAL -> "nothing";
        };
    return passing(step, what + " within " + timeout.toMillis() + " ms");
  }

  static ConnectFailure notDialled(CutReason reason) {
    return switch (reason) {
      case NO_LOCAL_PORT, NO_DESCRIPTOR, MEMORY_REFUSED -> local(reason.text());
      case APP_REFUSED -> passing(Step.CONNECT, "the connection was refused");
      case APP_SILENT -> passing(Step.CONNECT, "no address answered in time");
      default -> passing(Step.CONNECT, "the host cannot be reached");
    };
  }

  /// An answer that is not 101.
  static ConnectFailure answered(Step step, ResponseHead head) {
    int status = head.status();
    var who = step == Step.PROXY ? "the proxy" : "the server";
    return new ConnectFailure(
        step,
        LASTING.contains(status),
        status,
        RetryAfter.of(head.fields(), Instant.now()),
        who + " answered " + status);
  }

  /// The connection ended, or was cut, in `step`.
  static ConnectFailure lost(Step step, CutReason reason, boolean secure) {
    if (step == Step.HANDSHAKE && secure && reason == CutReason.TLS_FAILED) {
      // in TLS 1.3 a server judges our certificate when we have long been done
      return lasting(Step.TLS, "the server ended TLS: it wants a certificate, or not this one");
    }
    return switch (reason) {
      case MEMORY_REFUSED -> local(reason.text());
      case APP_BAD_ANSWER, BAD_MESSAGE ->
          passing(step, "the answer was malformed or too long, or there was none");
      case PEER_GONE -> passing(step, "the connection ended");
      default -> passing(step, reason.text());
    };
  }

  static ConnectFailure untrusted(TlsClient.Refusal why) {
    return switch (why.cause()) {
      case UNKNOWN_AUTHORITY ->
          lasting(Step.TLS, "nobody that is trusted vouches for the server's certificate");
      case OTHER_NAME -> lasting(Step.TLS, "the server's certificate is of another name");
      case OUT_OF_TIME ->
          lasting(Step.TLS, "the server's certificate has expired or is not valid yet");
      case NO_MEMORY -> local(CutReason.MEMORY_REFUSED.text());
      case LOST -> passing(Step.TLS, "the connection ended in the TLS handshake");
      case FAILED -> passing(Step.TLS, "no TLS handshake: the server speaks other TLS, or none");
    };
  }
}
