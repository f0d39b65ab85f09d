package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemException;
import io.tidegate.net.tls.TlsEngine;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.TestAuthority;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Peers that do not mean to finish a handshake.
@ExtendWith({Balanced.class, Quiet.class})
class TlsAttackSystemTest {
  @TempDir private static Path directory;
  private static TestAuthority authority;
  private static TestAuthority.Issued issued;

  @BeforeAll
  static void issue() {
    authority = TestAuthority.in(directory);
    issued = authority.issue("DNS:localhost");
  }

  private static PemCertificates certificates() throws PemException {
    return PemCertificates.open(List.of(TlsDoor.pair(issued)));
  }

  private static Rig rig() {
    return new Rig(Transport.best(), 1, Rig.PLENTY, Ticker.SYSTEM);
  }

  private static void awaitCuts(Rig rig, CutReason reason, long times) {
    Rig.await(reason + " " + times, () -> rig.loops.cuts(reason) == times);
  }

  @Test
  void plainHttpIsToldSoAndClosed() throws Exception {
    try (var rig = rig();
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with, TlsDoor.Echo::new);
        var peer = HostilePeer.open(door.listener.address())) {
      peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

      var answer = peer.readUntil("http...\n", Rig.PATIENCE);

      assertThat(answer).startsWith("HTTP/1.1 400 ").contains("speaks https");
      awaitCuts(rig, CutReason.NOT_TLS, 1);
    }
  }

  @Test
  void garbageIsClosedAndCountedOnce() throws Exception {
    try (var rig = rig();
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with, TlsDoor.Echo::new);
        var zeroes = HostilePeer.open(door.listener.address());
        var lies = HostilePeer.open(door.listener.address());
        var huge = HostilePeer.open(door.listener.address());
        var chatter = HostilePeer.open(door.listener.address())) {
      zeroes.send(new byte[1000]);
      lies.send(new byte[] {22, 3, 1, 0, 9, 1, 0, 0, 5, 9, 9, 9, 9, 9});
      // announces 16 MiB, as in CVE-2026-45416
      huge.send(new byte[] {22, 3, 1, 64, 0, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff});
      chatter.send(new byte[] {22, 3, 3, 0, 0});

      awaitCuts(rig, CutReason.NOT_TLS, 1);
      awaitCuts(rig, CutReason.TLS_FAILED, 3);

      assertThat(zeroes.awaitCut(Rig.PATIENCE)).isNotNull();
      assertThat(huge.read(7, Rig.PATIENCE)).startsWith(21, 3, 3);
    }
  }

  @Test
  void aHelloThatDoesNotEndHoldsNoMoreThanItsBound() throws Exception {
    try (var rig = rig();
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with, TlsDoor.Echo::new)) {
      helloWithoutEnd(rig, door);
    }
  }

  private static void helloWithoutEnd(Rig rig, Rig.Door door) throws Exception {
    // before the peer is there: its price may be charged as soon as it is
    long empty = rig.held(Purse.DIRECT);
    try (var peer = HostilePeer.open(door.listener.address())) {
      var record = new byte[5 + 16_000];
      System.arraycopy(new byte[] {22, 3, 1, 0x3e, (byte) 0x80, 1, 0, 0x3f, 0}, 0, record, 0, 9);
      peer.send(java.util.Arrays.copyOf(record, 9));
      Rig.await("its price and 512 B", () -> rig.held(Purse.DIRECT) - empty >= 8 * 1024 + 512);
      long little = rig.held(Purse.DIRECT) - empty;
      peer.send(java.util.Arrays.copyOfRange(record, 9, record.length));
      Rig.await("grown", () -> rig.held(Purse.DIRECT) - empty >= 24 * 1024);
      long most = rig.held(Purse.DIRECT) - empty;

      peer.send(new byte[] {22, 3, 1, 0x3e, (byte) 0x80});
      peer.send(new byte[1000]);

      awaitCuts(rig, CutReason.TLS_FAILED, 1);
      assertThat(little).isLessThan(10 * 1024 + 64 * 1024);
      assertThat(most).isLessThanOrEqualTo(25 * 1024 + 64 * 1024);
    }
  }

  @Test
  void aHelloThatComesByteByByteIsAnswered() throws Exception {
    try (var rig = rig();
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with, TlsDoor.Echo::new);
        var peer = HostilePeer.open(door.listener.address())) {
      for (byte one : TlsDoor.hello(authority.trusting())) peer.send(new byte[] {one});

      var answer = peer.read(6, Rig.PATIENCE);

      assertThat(answer).startsWith(22, 3, 3).endsWith(2);
    }
  }

  @Test
  void whoIsSilentOrStopsHalfWayIsCutAtTheDeadline() throws Exception {
    var quick = Duration.ofSeconds(1);
    try (var rig = rig();
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig, certificates, with -> with.withHandshakeTimeout(quick), TlsDoor.Echo::new);
        var silent = HostilePeer.open(door.listener.address());
        var halfWay = HostilePeer.open(door.listener.address())) {
      halfWay.send(TlsDoor.hello(authority.trusting()));

      awaitCuts(rig, CutReason.HANDSHAKE_TIMEOUT, 2);

      assertThat(silent.awaitCut(Rig.PATIENCE)).isNotNull();
    }
  }

  @Test
  void handshakesBeyondTheGateDisplaceTheOldestAndAPoliteClientComesIn() throws Exception {
    var hello = TlsDoor.hello(authority.trusting());
    var peers = new ArrayList<HostilePeer>();
    try (var rig = rig();
        var certificates = certificates();
        var door =
            TlsDoor.open(rig, certificates, with -> with.withMaxHandshakes(8), TlsDoor.Echo::new)) {
      for (int i = 0; i < 40; i++) {
        var peer = HostilePeer.open(door.listener.address());
        peers.add(peer);
        peer.send(hello);
      }
      awaitCuts(rig, CutReason.HANDSHAKE_LIMIT, 32);

      try (var polite = TlsDoor.client(authority.trusting(), door, "localhost")) {
        polite.getOutputStream().write(7);
        assertThat(polite.getInputStream().read()).isEqualTo(7);
      }

      awaitCuts(rig, CutReason.HANDSHAKE_LIMIT, 33);
      peers.forEach(HostilePeer::close);
    }
  }

  @Test
  void oldVersionsOldCiphersAndRenegotiationAreRefused() throws Exception {
    try (var rig = rig();
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with, TlsDoor.Echo::new)) {

      var old = talk(door, "", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
      var unauthenticated = talk(door, "", "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA");
      var modern = talk(door, "", "-tls1_3");
      var again = talk(door, "R\n", "-tls1_2");

      assertThat(old).contains("alert protocol version");
      assertThat(unauthenticated).contains("handshake failure");
      assertThat(modern).contains("Verify return code: 0 (ok)");
      assertThat(again).contains("Verify return code: 0 (ok)").contains("RENEGOTIATING");
      Rig.await("refused", () -> rig.loops.cuts(CutReason.TLS_FAILED) >= 3);
    }
  }

  @Test
  void ticketsResumeSessionsAndTheirKeyIsForgottenAfterTwoChanges() throws Exception {
    var clock = new FakeTicker();
    var ticket = directory.resolve("ticket").toString();
    try (var rig = new Rig(Transport.best(), 1, Rig.PLENTY, clock);
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with, TlsDoor.Echo::new)) {
      assertThat(talk(door, "", "-tls1_2", "-sess_out", ticket)).contains("New, TLSv1.2");

      assertThat(talk(door, "", "-tls1_2", "-sess_in", ticket)).contains("Reused, TLSv1.2");
      later(rig, clock);
      assertThat(talk(door, "", "-tls1_2", "-sess_in", ticket)).contains("Reused, TLSv1.2");
      later(rig, clock);
      assertThat(talk(door, "", "-tls1_2", "-sess_in", ticket)).contains("New, TLSv1.2");
    }
  }

  private static void later(Rig rig, FakeTicker clock) {
    var loop = rig.loops.loop(0);
    long before = loop.lastSweepNanos();
    clock.advance(Duration.ofHours(2));
    Rig.await("a sweep", () -> loop.lastSweepNanos() != before);
  }

  private static String talk(Rig.Door door, String said, String... options) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + door.listener.address().getPort(),
                "-servername",
                "localhost",
                "-CAfile",
                authority.file().toString()));
    command.addAll(List.of(options));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var to = process.getOutputStream()) {
      to.write(said.getBytes(StandardCharsets.US_ASCII));
    }
    var heard = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    var _ = process.waitFor();
    return heard;
  }

  @ParameterizedTest
  @EnumSource
  void whoChangesKeysAgainAndAgainIsCut(TlsEngine engine) throws Exception {
    try (var rig = rig();
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with.withEngine(engine), Recorder::of);
        var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
      client.startHandshake();

      assertThatThrownBy(() -> changesKeys(client, false)).isInstanceOf(IOException.class);

      Rig.await("cut", () -> door.listener.connectionCount() == 0);
      assertThat(rig.loops.cuts(CutReason.FLOOD)).isEqualTo(1);
    }
  }

  /// Content in between makes the changes lawful; that nobody reads the answers does not.
  /// (BoringSSL has one answer wait for all of them.)
  @Test
  void whoChangesKeysAndTakesNoAnswerIsCut() throws Exception {
    try (var rig = rig();
        var certificates = certificates();
        var door =
            TlsDoor.open(rig, certificates, with -> with.withEngine(TlsEngine.JDK), Recorder::of);
        var plain = new Socket()) {
      plain.setReceiveBufferSize(4_096);
      plain.connect(door.listener.address());
      var client = TlsDoor.client(authority.trusting(), plain, "localhost");
      client.startHandshake();

      assertThatThrownBy(() -> changesKeys(client, true)).isInstanceOf(IOException.class);

      Rig.await("cut", () -> door.listener.connectionCount() == 0);
      assertThat(rig.loops.cuts(CutReason.FLOOD)).isEqualTo(1);
    }
  }

  private static void changesKeys(SSLSocket client, boolean withContent) throws IOException {
    for (int i = 0; i < 1_000_000; i++) {
      if (withContent) client.getOutputStream().write(1);
      client.startHandshake();
    }
  }
}
