package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The queue against a model: the bytes in order, and what each payer is owed.
@ExtendWith(Quiet.class)
class PieceQueueTest {
  private static final int LARGE = 16 * 1024;

  private final Account root = Ledger.open(new Budget(1 << 20, 1 << 20));
  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true);
  private final PieceQueue queue = new PieceQueue(buffers, root);
  private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
  private final ByteArrayOutputStream came = new ByteArrayOutputStream();
  private final List<Counting> payers =
      List.of(new Counting(), new Counting(), new Counting(), new Counting());
  private byte next;

  /// A payer that counts what it is owed.
  private static final class Counting implements Payer {
    private long owed;
    private int calls;

    @Override
    public void released(int bytes) {
      owed -= bytes;
      calls++;
      assertThat(owed).as("told of more than it paid").isNotNegative();
    }
  }

  @AfterEach
  void nothingIsHeldAfterwards() {
    queue.clear();
    assertThat(root.held(Purse.DIRECT)).isZero();
    assertThat(root.held(Purse.HEAP)).isZero();
    assertThat(buffers.metric().usedDirectMemory()).isZero();
    for (var payer : payers) assertThat(payer.owed).isZero();
  }

  private ByteBuf piece(int length, int capacity) {
    return buffers.directBuffer(Math.max(1, capacity)).writeBytes(content(length));
  }

  private byte[] content(int length) {
    var content = new byte[length];
    for (int i = 0; i < length; i++) content[i] = next++;
    return content;
  }

  /// A slice of a larger buffer that nobody else has.
  private ByteBuf slice(int length, int around) {
    var whole = buffers.directBuffer(length + around).writeZero(around);
    whole.writeBytes(content(length));
    var slice = whole.retainedSlice(around, length);
    whole.release();
    return slice;
  }

  private boolean add(ByteBuf piece, int owed, Counting payer) {
    var bytes = new byte[piece.readableBytes()];
    piece.getBytes(piece.readerIndex(), bytes);
    payer.owed += owed;
    boolean added = queue.add(piece, owed, payer);
    if (added) expected.writeBytes(bytes);
    return added;
  }

  private void put(ByteBuf piece, int owed, Counting payer) {
    assertThat(add(piece, owed, payer)).isTrue();
  }

  private void takeAll() {
    for (var piece = queue.take(); piece != null; piece = queue.take()) drain(piece);
    queue.settle();
  }

  private void drain(ByteBuf piece) {
    var bytes = new byte[piece.readableBytes()];
    piece.readBytes(bytes);
    piece.release();
    came.writeBytes(bytes);
  }

  private long owed() {
    return payers.stream().mapToLong(payer -> payer.owed).sum();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void bytesStayInOrderAndPayersAreToldExactly(long seed) {
    var random = new Random(seed);
    for (int step = 0; step < 2_000; step++) {
      step(random);

      long charged = root.held(Purse.DIRECT) + owed();
      long pinned = buffers.metric().usedDirectMemory();
      assertThat(charged).as("charged, of %s pinned", pinned).isGreaterThanOrEqualTo(pinned);
      assertThat(root.held(Purse.DIRECT)).as("beyond the payers'").isLessThanOrEqualTo(pinned);
      assertThat(queue.bytes()).isEqualTo(expected.size() - came.size());
    }
    takeAll();

    assertThat(came.toByteArray()).isEqualTo(expected.toByteArray());
    assertThat(owed()).isZero();
  }

  private void step(Random random) {
    switch (random.nextInt(9)) {
      case 8 -> write(1 + random.nextInt(random.nextBoolean() ? 40 : 4_000));
      case 0, 1 -> addSome(random, 1 + random.nextInt(40));
      case 2 -> addSome(random, 1 + random.nextInt(3_000));
      case 3 -> addSome(random, 1 + random.nextInt(LARGE));
      case 4 -> {
        int length = 1 + random.nextInt(4_000);
        var _ =
            add(slice(length, random.nextInt(3 * length)), random.nextInt(length + 1), any(random));
      }
      case 5 -> {
        for (int i = random.nextInt(4); i > 0; i--) {
          var piece = queue.take();
          if (piece != null) drain(piece);
        }
        queue.settle();
      }
      case 6 -> {
        int most = 1 + random.nextInt(5_000);
        if (!queue.isEmpty()) assertThat(queue.moveTo(new Sink(), most)).isBetween(1, most);
      }
      default -> {
        if (random.nextInt(40) == 0) clearAll();
      }
    }
  }

  private void addSome(Random random, int length) {
    int owed = random.nextBoolean() ? length : random.nextInt(length + 1);
    var _ = add(piece(length, length + random.nextInt(length)), owed, any(random));
  }

  private void write(int length) {
    var bytes = content(length);
    if (queue.add(length, to -> to.writeBytes(bytes))) expected.writeBytes(bytes);
  }

  private Counting any(Random random) {
    return payers.get(random.nextInt(payers.size()));
  }

  private void clearAll() {
    queue.clear();
    expected.reset();
    came.reset();
    assertThat(owed()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void aFullAccountRefusesAPieceAndItsPayerIsToldAtOnce(long seed) {
    var random = new Random(seed);
    int refused = 0;
    for (int step = 0; step < 1_500; step++) {
      long before = owed();
      int length = 1 + random.nextInt(2_000);
      if (!add(piece(length, 2 * length), length, any(random))) {
        refused++;
        assertThat(owed()).isEqualTo(before);
        if (random.nextInt(20) == 0) takeAll();
      }
    }

    assertThat(refused).isPositive();
    takeAll();
    assertThat(came.toByteArray()).isEqualTo(expected.toByteArray());
    assertThat(owed()).as("a refused piece leaves no debt behind").isZero();
  }

  @Test
  void aRefusedPieceDoesNotDelayWhatThePayerIsToldOfTheOneBefore() {
    var payer = payers.getFirst();
    var tight = Ledger.open(new Budget(1 << 20, PieceQueue.PIECE_BYTES + PieceQueue.DEBT_BYTES));
    var narrow = new PieceQueue(buffers, tight);
    payer.owed = 2_000;
    assertThat(narrow.add(piece(1_500, 1_500), 1_500, payer)).isTrue();

    assertThat(narrow.add(piece(500 + 1_000, 1_500), 500, payer)).isFalse();
    assertThat(payer.owed).isEqualTo(1_500);

    var taken = java.util.Objects.requireNonNull(narrow.take());
    taken.release();
    narrow.settle();
    assertThat(payer.owed).isZero();
    assertThat(tight.held(Purse.HEAP)).isZero();
  }

  @Test
  void oneBytePiecesAreGathered() {
    var payer = payers.getFirst();
    for (int i = 0; i < 8 * 1024; i++) put(piece(1, 1), 1, payer);

    int pieces = 8 * 1024 / PieceQueue.GATHER_BYTES;
    assertThat(root.held(Purse.HEAP))
        .isLessThanOrEqualTo(pieces * PieceQueue.PIECE_BYTES + PieceQueue.DEBT_BYTES);
    assertThat(root.held(Purse.DIRECT)).isZero();
    takeAll();
    assertThat(payer.calls).as("credit goes back in useful steps").isEqualTo(1);
    assertThat(came.toByteArray()).isEqualTo(expected.toByteArray());
  }

  @Test
  void whatIsWrittenInPlaceStaysWhereSmallPiecesAreAndIsPaidByTheAccount() {
    var payer = payers.getFirst();
    write(100);
    put(piece(10, 10), 10, payer);
    write(200);

    assertThat(root.held(Purse.HEAP)).isEqualTo(PieceQueue.PIECE_BYTES + PieceQueue.DEBT_BYTES);
    assertThat(root.held(Purse.DIRECT) + payer.owed).isEqualTo(PieceQueue.GATHER_BYTES);
    takeAll();
    assertThat(came.toByteArray()).isEqualTo(expected.toByteArray());
  }

  @Test
  void aWriterThatKeepsNotToItsLengthLeavesNothingBehind() {
    write(100);

    assertThatIllegalStateException()
        .isThrownBy(() -> queue.add(8, to -> to.writeLong(1).writeByte(1)));
    assertThatIllegalStateException().isThrownBy(() -> queue.add(8, to -> to.writeInt(1)));
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            queue.add(
                8,
                to -> {
                  to.writeInt(1);
                  throw new IllegalArgumentException("no such status");
                }));

    write(20);
    assertThat(queue.bytes()).isEqualTo(120);
    takeAll();
    assertThat(came.toByteArray()).isEqualTo(expected.toByteArray());
  }

  @Test
  void whatTheAccountHasNoRoomForIsNotWritten() {
    var tight = Ledger.open(new Budget(100, PieceQueue.PIECE_BYTES));
    var narrow = new PieceQueue(buffers, tight);

    assertThat(narrow.add(50, _ -> fail("written"))).isFalse();
    assertThat(narrow.isEmpty()).isTrue();
    assertThat(tight.held(Purse.HEAP)).isZero();
  }

  @Test
  void aSliceUnderHalfOfItsBufferIsCopiedAndALargerOnePaysForWhatItPins() {
    var payer = payers.getFirst();
    put(slice(1_999, 2_001), 1_999, payer);
    assertThat(buffers.metric().usedDirectMemory()).isLessThanOrEqualTo(2_048);

    put(slice(2_001, 1_999), 2_001, payer);

    assertThat(root.held(Purse.DIRECT) + payer.owed).isEqualTo(buffers.metric().usedDirectMemory());
  }

  @Test
  void wholePiecesAreCountedUpToABound() {
    var payer = payers.getFirst();
    for (int length : new int[] {3_000, 2_000, 4_000}) put(piece(length, length), length, payer);

    assertThat(queue.wholePieces(100)).isEqualTo(100);
    assertThat(queue.wholePieces(2_999)).isEqualTo(2_999);
    assertThat(queue.wholePieces(3_000)).isEqualTo(3_000);
    assertThat(queue.wholePieces(5_001)).isEqualTo(5_000);
    assertThat(queue.wholePieces(100_000)).isEqualTo(9_000);
    takeAll();
  }

  @Test
  void whatAFrontLeavesBehindIsStillPaidForInFull() {
    var payer = payers.getFirst();
    put(piece(LARGE, LARGE), LARGE, payer);

    assertThat(queue.moveTo(new Sink(), LARGE - 10)).isEqualTo(LARGE - 10);

    assertThat(payer.owed).isEqualTo(10);
    assertThat(root.held(Purse.DIRECT) + payer.owed).isEqualTo(LARGE);
  }

  @Test
  void aPayerMayComeBackWhileItIsTold() {
    var again =
        new Payer() {
          private int left = 100;
          private int told;

          @Override
          public void released(int bytes) {
            told += bytes;
            if (left-- > 0) assertThat(queue.add(piece(10, 10), 10, this)).isTrue();
          }
        };
    assertThat(queue.add(piece(10, 10), 10, again)).isTrue();

    for (int i = 0; i < 200; i++) takeAll();

    assertThat(again.told).isEqualTo(101 * 10);
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void clearingFromWithinAPayerTellsEachOnce() {
    var told = new ArrayList<Integer>();
    for (int i = 1; i <= 5; i++) {
      int amount = i;
      Payer payer =
          bytes -> {
            told.add(amount);
            queue.clear();
          };
      assertThat(queue.add(piece(2_000, 2_000), amount, payer)).isTrue();
    }
    var first = java.util.Objects.requireNonNull(queue.take());
    first.release();

    queue.settle();

    assertThat(told).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void clearGivesBackWhatWasTakenToo() {
    put(piece(5_000, 5_000), 5_000, payers.get(0));
    put(piece(6_000, 6_000), 6_000, payers.get(1));
    var taken = java.util.Objects.requireNonNull(queue.take());

    queue.clear();
    taken.release();

    assertThat(owed()).isZero();
    queue.settle();
    assertThat(owed()).isZero();
  }

  /// Pays once for what waits in many queues.
  private static final class Sharing implements Payer {
    private int told;

    @Override
    public void released(int bytes) {
      told += bytes;
    }

    @Override
    public boolean isShared() {
      return true;
    }
  }

  @Test
  void whatManyHoldIsKeptAsItIsAndCopiesOfItAreCharged() {
    var payer = new Sharing();
    assertThat(queue.add(slice(3_000, 100_000), 3_000, payer)).isTrue();
    assertThat(root.held(Purse.DIRECT)).as("of what is kept").isZero();
    assertThat(queue.nextSharedBytes()).isEqualTo(3_000);

    assertThat(queue.add(slice(500, 100_000), 500, payer)).isTrue();
    assertThat(root.held(Purse.DIRECT)).as("of a copy").isEqualTo(PieceQueue.GATHER_BYTES);
    assertThat(queue.add(slice(600, 100_000), 600, payer)).isTrue();
    assertThat(root.held(Purse.DIRECT)).as("of two").isEqualTo(PieceQueue.GATHER_BYTES);

    takeAll();
    assertThat(payer.told).isEqualTo(4_100);
  }

  @Test
  void theRestOfWhatManyHoldIsNotCopiedWhereTheQueueCannotPayForIt() {
    var tight = Ledger.open(new Budget(1, 1 << 20));
    var narrow = new PieceQueue(buffers, tight);
    var payer = new Sharing();
    assertThat(narrow.add(piece(200_000, 200_000), 200_000, payer)).isTrue();
    long before = buffers.metric().usedDirectMemory();

    int moved = narrow.moveTo(new Sink(), LARGE);

    assertThat(moved).isEqualTo(LARGE);
    assertThat(buffers.metric().usedDirectMemory()).isEqualTo(before);
    assertThat(tight.held(Purse.DIRECT)).isZero();
    narrow.clear();
    assertThat(payer.told).isEqualTo(200_000);
    assertThat(tight.held(Purse.HEAP)).isZero();
  }

  /// Whoever opens the file has it shared.
  private FileSlice part(SharedFile file, int bytes, Counting payer) {
    payer.owed += bytes;
    return file.slice(0, bytes);
  }

  @Test
  void aPartOfAFileHoldsItsEntryAloneAndKeepsItsPlace(@TempDir Path directory) throws Exception {
    var path = Files.write(directory.resolve("file"), new byte[5_000]);
    var payer = payers.getFirst();
    try (var file = SharedFile.open(path, null)) {
      assertThat(file.tryShare()).isTrue();
      put(piece(100, 100), 0, payer);
      assertThat(queue.add(part(file, 5_000, payer), payer)).isTrue();
      put(piece(100, 100), 0, payer);

      assertThat(queue.bytes()).isEqualTo(5_200);
      assertThat(queue.fileBytes()).isEqualTo(5_000);
      assertThat(root.held(Purse.DIRECT)).isEqualTo(2 * PieceQueue.GATHER_BYTES);
      assertThat(root.held(Purse.HEAP))
          .isEqualTo(3 * PieceQueue.PIECE_BYTES + PieceQueue.DEBT_BYTES);

      drain(java.util.Objects.requireNonNull(queue.take()));
      assertThat(queue.take()).as("bytes").isNull();
      assertThat(queue.nextBytes()).isEqualTo(5_000);
      assertThat(queue.takeFile()).isNotNull();
      assertThat(queue.takeFile()).as("a part of a file").isNull();
      queue.settle();
      assertThat(payer.owed).isZero();
      assertThat(queue.fileBytes()).isZero();
      takeAll();
    }
    assertThat(came.toByteArray()).isEqualTo(expected.toByteArray());
  }

  @Test
  void aPartOfAFileIsRefusedWithoutRoomAndDiscardedWithTheRest(@TempDir Path directory)
      throws Exception {
    var tight = Ledger.open(new Budget(1 << 20, PieceQueue.PIECE_BYTES + PieceQueue.DEBT_BYTES));
    var narrow = new PieceQueue(buffers, tight);
    var payer = payers.getFirst();
    var file = SharedFile.open(Files.write(directory.resolve("file"), new byte[5_000]), null);
    assertThat(file.tryShare()).isTrue();

    assertThat(narrow.add(part(file, 5_000, payer), payer)).isTrue();
    assertThat(narrow.add(part(file, 5_000, payer), payer)).isFalse();
    assertThat(payer.owed).isEqualTo(5_000);
    assertThatThrownBy(() -> narrow.moveTo(new Sink(), 10))
        .isInstanceOf(IllegalStateException.class);

    narrow.clear();
    assertThat(payer.owed).isZero();
    assertThat(tight.held(Purse.HEAP)).isZero();
    file.close();
    Rig.await("closed", () -> !file.channel().isOpen());
  }

  /// Takes everything and tells the payer at once.
  private final class Sink implements ByteStream {
    @Override
    public boolean offer(ByteBuf piece, int owed, Payer payer) {
      drain(piece);
      payer.released(owed);
      return true;
    }

    @Override
    public Loop loop() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Account account() {
      return root;
    }

    @Override
    public String peer() {
      return "sink";
    }

    @Override
    public void read(Reader reader) {}

    @Override
    public long queuedBytes() {
      return 0;
    }

    @Override
    public void end() {}

    @Override
    public void reset(@Nullable CutReason reason) {}

    @Override
    public boolean isClosed() {
      return false;
    }

    @Override
    public void released(int bytes) {}
  }
}
