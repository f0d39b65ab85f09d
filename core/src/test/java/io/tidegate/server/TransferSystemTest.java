package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Budget;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.Pattern;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Answers that are sent piece by piece: they give their threads to others while peers do not read.
class TransferSystemTest {
  /// A tenth of 8 MiB of heap carries 51 handlers.
  private static final Budget BUDGET = new Budget(64L << 20, 8L << 20);

  private static final int PLACES = 51;

  /// More than is ahead of a peer that reads nothing.
  private static final int BYTES = 300_000;

  private static final int NARROW = 16 * 1024;
  private static final byte[] BODY = Pattern.bytes(0, BYTES);

  @TempDir private Path directory;

  private final List<HostilePeer> peers = new ArrayList<>();
  private final AtomicInteger open = new AtomicInteger();

  @AfterEach
  void hangUp() {
    peers.forEach(HostilePeer::close);
  }

  /// What is sent, and how many more than there are places ask for it: what rests has a tenth of
  /// the heap, and bytes are paid for.
  enum Kind {
    BYTES(1),
    FILE(30),
    STREAM(30);

    private final int more;

    Kind(int more) {
      this.more = more;
    }
  }

  private Answer answer(Kind kind) throws IOException {
    return switch (kind) {
      case BYTES -> Answer.bytes(BODY);
      case FILE -> Answer.file(Files.write(directory.resolve("file"), BODY));
      case STREAM -> new Answer(200, List.of(), new Content.Stream(stream(), BYTES));
    };
  }

  /// One that is counted until it is closed.
  private InputStream stream() {
    var _ = open.incrementAndGet();
    return new FilterInputStream(new ByteArrayInputStream(BODY)) {
      @Override
      public void close() {
        var _ = open.decrementAndGet();
      }
    };
  }

  private ServerRig rig(Kind kind) throws IOException {
    var answer = kind == Kind.STREAM ? null : answer(kind);
    return new ServerRig(
        BUDGET,
        s ->
            s.get("/", _ -> "hello")
                .get("/long", _ -> answer == null ? answer(kind) : answer)
                .get(
                    "/asked",
                    call -> {
                      assertThat(call.body().bytes(10)).isEmpty();
                      return answer == null ? answer(kind) : answer;
                    }));
  }

  /// More than there are places, each of whom has the beginning of his answer and does not read on.
  private void crowd(ServerRig rig, Kind kind) throws IOException {
    crowd(rig, kind, "/long");
  }

  private void crowd(ServerRig rig, Kind kind, String path) throws IOException {
    for (int i = 0; i < PLACES + kind.more; i++) {
      var peer = HostilePeer.openNarrow(rig.address(), NARROW);
      peers.add(peer);
      peer.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    for (var peer : peers)
      assertThat(peer.readUntil("\r\n\r\n", ServerRig.PATIENCE)).startsWith("HTTP/1.1 200 ");
  }

  @ParameterizedTest
  @EnumSource
  void aCrowdThatDoesNotReadKeepsNobodyOutAndHasAllWhenItDoes(Kind kind) throws Exception {
    hasAllWhenItReads(kind, "/long");
  }

  /// That somebody has asked for a body that is none is no reason to wait for it.
  @ParameterizedTest
  @EnumSource
  void norDoesACrowdWhoseBodiesWereAskedForThoughThereAreNone(Kind kind) throws Exception {
    hasAllWhenItReads(kind, "/asked");
  }

  private void hasAllWhenItReads(Kind kind, String path) throws Exception {
    try (var rig = rig(kind)) {
      crowd(rig, kind, path);

      for (int i = 0; i < 20; i++) assertThat(rig.get("/").body()).isEqualTo("hello");

      for (var peer : peers)
        assertThat(Pattern.firstMismatch(peer.read(BYTES, ServerRig.PATIENCE), BYTES, 0))
            .isEqualTo(-1);
      ServerRig.await("closed", () -> open.get() == 0);
      hangUp();
    }
  }

  @Test
  void whoRestsKeepsNoArrayForTheNextChunk() throws Exception {
    try (var rig = rig(Kind.STREAM)) {
      crowd(rig, Kind.STREAM);
      assertThat(rig.get("/").body()).isEqualTo("hello");

      int most = PLACES * (16 * 1024 - 1024); // beyond what the price of a thread contains
      Eventually.await(
          ServerRig.PATIENCE, () -> rig.server.census().toString(), () -> inHands(rig) < most);
      hangUp();
    }
  }

  private static long inHands(ServerRig rig) {
    return rig.server.census().children().stream()
        .filter(account -> account.label().equals("held by handlers"))
        .mapToLong(account -> account.heap().held())
        .sum();
  }

  @Test
  void whatIsReadFromIsClosedWhenItsPeerGoes() throws Exception {
    try (var rig = rig(Kind.STREAM)) {
      crowd(rig, Kind.STREAM);
      assertThat(open).hasValue(PLACES + Kind.STREAM.more);

      hangUp();

      Eventually.await(ServerRig.PATIENCE, open::toString, () -> open.get() == 0);
      assertThat(rig.get("/").body()).isEqualTo("hello");
    }
  }

  @Test
  void whatIsReadFromIsClosedWhenTheServerEnds() throws Exception {
    try (var rig = rig(Kind.STREAM)) {
      crowd(rig, Kind.STREAM);
      assertThat(open).hasValue(PLACES + Kind.STREAM.more);

      rig.server.close();

      Eventually.await(ServerRig.PATIENCE, open::toString, () -> open.get() == 0);
    }
  }
}
