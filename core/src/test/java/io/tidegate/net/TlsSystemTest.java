package io.tidegate.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.ledger.Purse;
import io.tidegate.net.tls.ClientAuthentication;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemException;
import io.tidegate.net.tls.PemFile;
import io.tidegate.net.tls.PemPair;
import io.tidegate.net.tls.TlsConfig;
import io.tidegate.net.tls.TlsEngine;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.TestAuthority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith({Balanced.class, Quiet.class})
class TlsSystemTest {
  @TempDir private static Path directory;
  private static TestAuthority authority;
  private static PemPair pair;

  @BeforeAll
  static void issue() {
    authority = TestAuthority.in(directory);
    pair = TlsDoor.pair(authority.issue("DNS:localhost", "DNS:*.edge.test"));
  }

  static Stream<Arguments> ways() {
    return Stream.of(Transport.values())
        .flatMap(transport ->
            Stream.of(TlsEngine.values())
                .flatMap(engine ->
                    Stream.of("TLSv1.3", "TLSv1.2")
                        .map(version -> Arguments.of(transport, engine, version))));
  }

  private static PemCertificates certificates() throws PemException {
    return PemCertificates.open(List.of(pair));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void whatIsSentComesBackByteForByte(Transport transport, TlsEngine engine, String version)
      throws Exception {
    var sent = TlsDoor.random(10 << 20);
    try (var rig = new Rig(transport);
        var certificates = certificates();
        var door =
            TlsDoor.open(rig, certificates, with -> with.withEngine(engine), TlsDoor.Echo::new);
        var client = TlsDoor.client(authority.trusting(), door, "Shop.edge.test")) {
      client.setEnabledProtocols(new String[] {version});
      var parameters = client.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h3", "http/1.1"});
      client.setSSLParameters(parameters);

      var writer = TlsDoor.sends(client, sent);
      var received = client.getInputStream().readNBytes(sent.length);
      var session = Objects.requireNonNull(door.next().tls());

      assertThat(received).isEqualTo(sent);
      assertThat(session.protocol()).isEqualTo(version);
      assertThat(session.serverName()).isEqualTo("shop.edge.test");
      assertThat(session.applicationProtocol()).isEqualTo("http/1.1");
      assertThat(session.cipherSuite()).matches(".*(GCM|CHACHA20|POLY1305).*");
      writer.join();
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingLeavesPastTheRecords(TlsEngine engine) throws Exception {
    var tried = new AtomicInteger(-1);
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig,
                certificates,
                with -> with.withEngine(engine),
                connection -> new Prompt(connection, tried));
        var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
      client.getOutputStream().write("secret".getBytes(US_ASCII));

      var answer = client.getInputStream().readNBytes(6);

      assertThat(answer).asString(US_ASCII).isEqualTo("secret");
      assertThat(tried).hasValue(0);
    }
  }

  /// Pays once for what many connections are sent.
  private static final class Sharing implements Payer {
    private final AtomicInteger told = new AtomicInteger();

    @Override
    public void released(int bytes) {
      told.addAndGet(bytes);
    }

    @Override
    public boolean isShared() {
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatManyAreSentIsSealedInPartsThatEachPaysFor(TlsEngine engine) throws Exception {
    int bytes = 16 << 20;
    var payer = new Sharing();
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, with -> with.withEngine(engine), Recorder::of)) {
      Connection connection;
      try (var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
        client.startHandshake();
        connection = door.next();
        var account = connection.account();
        long before = account.held(Purse.DIRECT);
        Rig.run(
            connection.loop(),
            () -> {
              connection.holdLittle();
              var piece = connection.loop().buffers().directBuffer(bytes).writeZero(bytes);
              assertThat(connection.offer(piece, bytes, payer)).isTrue();
            });

        Rig.await("it waits", () -> account.held(Purse.DIRECT) > before);
        assertThat(account.held(Purse.DIRECT) - before).isEqualTo(SocketWriter.BATCH_BYTES);
        var received = client.getInputStream().readNBytes(bytes / 2);
        assertThat(received).hasSize(bytes / 2).containsOnly(0);
        assertThat(payer.told.get()).isBetween(bytes / 2, bytes - SocketWriter.BATCH_BYTES);
      }
      Rig.await("all are told", () -> payer.told.get() == bytes);
      Rig.await("nothing is held", () -> connection.account().held(Purse.DIRECT) == 0);
    }
  }

  /// Sends back what comes, at once if it may.
  private record Prompt(Connection connection, AtomicInteger tried) implements ByteStream.Reader {
    @Override
    public void bytes(io.netty.buffer.ByteBuf piece) {
      tried.set(connection.writeNow(piece));
      var _ = connection.offer(piece, piece.readableBytes(), connection);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@org.jspecify.annotations.Nullable CutReason reason) {}
  }

  @ParameterizedTest
  @EnumSource
  void aReaderThatReleasesNothingIsSentNoMoreThanItsWindow(TlsEngine engine) throws Exception {
    var sent = TlsDoor.random(3 << 20);
    var recorder = new AtomicReference<Recorder>();
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig,
                certificates,
                with -> with.withEngine(engine),
                connection -> {
                  recorder.set(Recorder.holding(connection));
                  return recorder.get();
                });
        var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
      client.startHandshake();
      var connection = door.next();

      var writer = TlsDoor.sends(client, sent);
      Rig.await("reading stops", connection::isReadingPaused);
      var most = recorder.get().receivedBytes();
      var charged = connection.account().held(io.tidegate.ledger.Purse.DIRECT);
      while (recorder.get().receivedBytes() < sent.length)
        Rig.runs(connection.loop(), () -> recorder.get().release());
      Rig.runs(connection.loop(), () -> recorder.get().release());

      assertThat(most).isLessThanOrEqualTo(Connection.READ_WINDOW + 16 * 1024);
      assertThat(charged).isGreaterThanOrEqualTo(most);
      assertThat(recorder.get().received()).isEqualTo(sent);
      writer.join();
      Rig.run(connection.loop(), connection::end); // the JDK's client waits for it when it closes
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPeerThatEndsInOrderIsAnEndAndOneThatOnlyClosesIsGone(TlsEngine engine) throws Exception {
    var recorders = new java.util.concurrent.LinkedBlockingQueue<Recorder>();
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig,
                certificates,
                with -> with.withEngine(engine),
                connection -> {
                  var recorder = Recorder.of(connection);
                  recorders.add(recorder);
                  return recorder;
                })) {
      var orderly = TlsDoor.client(authority.trusting(), door, "localhost");
      orderly.getOutputStream().write(1);
      var first = recorders.take();
      var closing = Thread.ofVirtual().start(() -> close(orderly)); // waits for our end
      Rig.await("the end", () -> first.events().contains("end"));
      var connection = door.next();
      Rig.run(connection.loop(), connection::end);
      Rig.await("closed", first::isClosed);
      closing.join();
      var plain = door.call();
      var rude = TlsDoor.client(authority.trusting(), plain, "localhost");
      rude.getOutputStream().write(1);
      var second = recorders.take();
      plain.shutdownOutput();
      Rig.await("closed", second::isClosed);
      plain.close();

      assertThat(first.closings()).containsExactly(Optional.empty());
      assertThat(second.events()).doesNotContain("end");
      assertThat(second.closings()).containsExactly(Optional.of(CutReason.PEER_GONE));
      assertThat(rig.loops.cuts(CutReason.PEER_GONE)).isEqualTo(1);
    }
  }

  private static void close(java.net.Socket socket) {
    try {
      socket.close();
    } catch (java.io.IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenWeHaveEndedThePeerReadsAnEndAndIsStillHeard(TlsEngine engine) throws Exception {
    var recorder = new AtomicReference<Recorder>();
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig,
                certificates,
                with -> with.withEngine(engine),
                connection -> {
                  recorder.set(Recorder.of(connection));
                  return recorder.get();
                });
        var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
      client.startHandshake();
      var connection = door.next();
      Rig.run(connection.loop(), connection::end);

      var read = client.getInputStream().read();
      client.getOutputStream().write(new byte[100_000]);

      Rig.await("what came", () -> recorder.get().receivedBytes() == 100_000);
      assertThat(read).isEqualTo(-1);
      client.shutdownOutput();
      Rig.await("closed", recorder.get()::isClosed);
      assertThat(recorder.get().closings()).containsExactly(Optional.empty());
    }
  }

  @Test
  void withTheJdksEngineAnEndOfThePeerLeavesOurDirectionOpen() throws Exception {
    var sent = TlsDoor.random(1 << 20);
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig, certificates, with -> with.withEngine(TlsEngine.JDK), TlsDoor.Echo::new);
        var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
      var writer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.getOutputStream().write(sent);
                  client.shutdownOutput();
                } catch (java.io.IOException broken) {
                  throw new java.io.UncheckedIOException(broken);
                }
              });
      var received = client.getInputStream().readAllBytes();

      assertThat(received).isEqualTo(sent);
      writer.join();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPeerThatTakesNothingIsCutAtTheStallDeadline(TlsEngine engine) throws Exception {
    var quick = WriteLimits.DEFAULT.withStall(Duration.ofSeconds(2));
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig,
                certificates,
                with -> with.withEngine(engine),
                listener -> listener.withWriteLimits(quick),
                Recorder::of);
        var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
      client.startHandshake();
      var connection = door.next();
      Rig.run(
          connection.loop(),
          () -> {
            for (int i = 0; i < 8; i++) {
              var piece =
                  connection.loop().buffers().directBuffer(128 * 1024).writeZero(128 * 1024);
              var _ = connection.offer(piece, 0, Payer.NOBODY);
            }
          });
      for (int i = 0; i < 100 && !connection.isClosed(); i++)
        Rig.run(
            connection.loop(),
            () -> {
              if (connection.unwrittenBytes() > 256 * 1024) return;
              var piece =
                  connection.loop().buffers().directBuffer(256 * 1024).writeZero(256 * 1024);
              var _ = connection.offer(piece, 0, Payer.NOBODY);
            });

      Rig.await("the cut", connection::isClosed);

      assertThat(rig.loops.cuts(CutReason.WRITE_STALLED)).isEqualTo(1);
    }
  }

  @Test
  void theCertificateIsTheOneOfTheNameThatIsAskedFor() throws Exception {
    var other = TlsDoor.pair(authority.issue("DNS:b.test", "DNS:*.wild.test"));
    try (var rig = new Rig(Transport.best());
        var certificates = PemCertificates.open(List.of(pair, other));
        var door = TlsDoor.open(rig, certificates, UnaryOperator.identity(), TlsDoor.Echo::new)) {

      var names =
          Stream.of("localhost", "x.edge.test", "b.test", "a.wild.test", "a.b.wild.test", "")
              .map(name -> namesShown(door, name))
              .toList();

      var first = "[localhost, *.edge.test]";
      var second = "[b.test, *.wild.test]";
      assertThat(names).containsExactly(first, first, second, second, first, first);
    }
  }

  private static String namesShown(Rig.Door door, String serverName) {
    try (var client = TlsDoor.client(authority.trusting(), door, serverName)) {
      client.startHandshake();
      var shown = (X509Certificate) client.getSession().getPeerCertificates()[0];
      return shown.getSubjectAlternativeNames().stream().map(san -> san.get(1)).toList().toString();
    } catch (Exception fault) {
      throw new IllegalStateException(fault);
    }
  }

  @Test
  void aNameThatNobodyHasIsRefusedWhereTheSourceSaysSo() throws Exception {
    try (var rig = new Rig(Transport.best());
        var door = TlsDoor.open(rig, _ -> null, UnaryOperator.identity(), TlsDoor.Echo::new);
        var client = TlsDoor.client(authority.trusting(), door, "nobody.test")) {
      assertThatThrownBy(client::startHandshake)
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("unrecognized_name");
      Rig.await("counted", () -> rig.loops.cuts(CutReason.TLS_FAILED) == 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereCertificatesAreRequiredNobodyComesInWithoutOne(TlsEngine engine) throws Exception {
    var own = authority.issue("DNS:client.test");
    var authorities = PemFile.certificates(authority.file());
    UnaryOperator<TlsConfig> asks =
        with -> with.withEngine(engine).withClients(ClientAuthentication.REQUIRED, authorities);
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door = TlsDoor.open(rig, certificates, asks, TlsDoor.Echo::new);
        var known = TlsDoor.client(authority.trusting(own), door, "localhost");
        var nobody = TlsDoor.client(authority.trusting(), door, "localhost")) {
      known.getOutputStream().write(7);
      var echoed = known.getInputStream().read();
      var session = Objects.requireNonNull(door.next().tls());

      assertThatThrownBy(() -> echo(nobody)).isInstanceOf(java.io.IOException.class);
      assertThat(echoed).isEqualTo(7);
      assertThat(session.peerCertificates().getFirst().getSubjectAlternativeNames().toString())
          .contains("client.test");
      Rig.await("counted", () -> rig.loops.cuts(CutReason.TLS_FAILED) == 1);
    }
  }

  private static int echo(SSLSocket client) throws java.io.IOException {
    client.getOutputStream().write(7);
    return client.getInputStream().read();
  }

  @Test
  void newCertificatesServeNewHandshakesWhileOldConnectionsLiveOn() throws Exception {
    var renewed = authority.issue("DNS:renewed.test");
    var live = Files.createTempDirectory(directory, "live");
    var chain = Files.copy(pair.certificates(), live.resolve("chain.pem"));
    var key = Files.copy(pair.key(), live.resolve("key.pem"));
    try (var rig = new Rig(Transport.best());
        var certificates = PemCertificates.open(List.of(new PemPair(chain, key)));
        var door = TlsDoor.open(rig, certificates, UnaryOperator.identity(), TlsDoor.Echo::new);
        var old = TlsDoor.client(authority.trusting(), door, "localhost")) {
      var before = echo(old);
      Files.write(chain, Files.readAllBytes(renewed.certificate()));
      assertThatThrownBy(certificates::reload)
          .isInstanceOf(PemException.class)
          .hasMessageContaining("is not the key of the first certificate");
      var whileBroken = namesShown(door, "localhost");
      Files.write(key, Files.readAllBytes(renewed.key()));

      var reloaded = certificates.reloadIfChanged();
      var after = namesShown(door, "localhost");

      assertThat(before).isEqualTo(7);
      assertThat(reloaded).isTrue();
      assertThat(certificates.reloadIfChanged()).isFalse();
      assertThat(whileBroken).isEqualTo("[localhost, *.edge.test]");
      assertThat(after).isEqualTo("[renewed.test]");
      assertThat(echo(old)).isEqualTo(7);
    }
  }

  @Test
  void keysInTheirOlderFormsAreReadToo() throws Exception {
    var ec = directory.resolve("sec1.key");
    var rsa = directory.resolve("rsa.pem");
    var pkcs1 = directory.resolve("pkcs1.key");
    openssl("ec", "-in", pair.key().toString(), "-out", ec.toString());
    openssl("genrsa", "-out", rsa.toString(), "2048");
    openssl("rsa", "-in", rsa.toString(), "-traditional", "-out", pkcs1.toString());

    assertThat(((ECPrivateKey) PemFile.key(ec)).getS())
        .isEqualTo(((ECPrivateKey) PemFile.key(pair.key())).getS());
    assertThat(PemFile.key(pkcs1)).isEqualTo(PemFile.key(rsa));
    assertThat(Files.readString(ec)).contains("EC PRIVATE KEY");
    assertThat(Files.readString(pkcs1)).contains("RSA PRIVATE KEY");
  }

  private static void openssl(String... arguments) throws Exception {
    var command = Stream.concat(Stream.of("openssl"), Stream.of(arguments)).toList();
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void closedCertificatesTakeNoMoreHandshakes(TlsEngine engine) throws Exception {
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(rig, certificates, with -> with.withEngine(engine), TlsDoor.Echo::new);
        var first = TlsDoor.client(authority.trusting(), door, "localhost");
        var second = TlsDoor.client(authority.trusting(), door, "localhost")) {
      first.startHandshake();
      certificates.close();
      certificates.reload();

      assertThatThrownBy(second::startHandshake).isInstanceOf(SSLException.class);

      first.getOutputStream().write(7);
      assertThat(first.getInputStream().read()).isEqualTo(7);
      assertThat(rig.loops.cuts(CutReason.TLS_FAILED)).isEqualTo(1);
    }
  }

  @Test
  void whoShakesHandsWhileTheListenerDrainsIsToldBehindIt() throws Exception {
    var reader = new AtomicReference<Recorder>();
    try (var rig = new Rig(Transport.best());
        var certificates = certificates();
        var door =
            TlsDoor.open(
                rig,
                certificates,
                with -> with,
                connection -> {
                  var made = Recorder.of(connection);
                  reader.set(made);
                  return made;
                });
        var client = TlsDoor.client(authority.trusting(), door, "localhost")) {
      Rig.await("accepted", () -> door.listener.connectionCount() == 1);
      door.listener.beginDrain();
      client.startHandshake();

      Rig.await("told", () -> reader.get() != null && reader.get().events().contains("draining"));
    }
  }
}
