package io.tidegate.websocket.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class MaskTest {
  private final Random random = new Random(42);

  @Test
  void maskingAgreesWithTheNaiveLoopAtEveryOffsetAndLength() {
    everyOffsetAndLength(Unpooled::buffer);
  }

  @Test
  void maskingAgreesWithTheNaiveLoopInDirectMemory() {
    everyOffsetAndLength(ByteBufAllocator.DEFAULT::directBuffer);
  }

  @Test
  void maskingASliceLeavesTheRestOfItsBufferAlone() {
    var bytes = randomBytes(1_000);
    var whole = ByteBufAllocator.DEFAULT.directBuffer(1_000).writeBytes(bytes);

    var _ = Mask.apply(whole.slice(100, 800), 3, 701, 0x01020304);

    assertThat(read(whole)).isEqualTo(naive(bytes, 103, 701, 0x01020304));
    whole.release();
  }

  private void everyOffsetAndLength(IntFunction<ByteBuf> allocate) {
    for (var offset = 0; offset < 9; offset++) {
      for (var length = 0; length < 140; length++) {
        var bytes = randomBytes(offset + length + 3);
        var key = random.nextInt();
        var buffer = allocate.apply(bytes.length).writeBytes(bytes);

        var next = Mask.apply(buffer, offset, length, key);

        assertThat(read(buffer)).isEqualTo(naive(bytes, offset, length, key));
        assertThat(next).isEqualTo(Integer.rotateLeft(key, 8 * (length % 4)));
        buffer.release();
      }
    }
  }

  @Test
  void aPayloadMaskedInPiecesIsThePayloadMaskedAtOnce() {
    for (var run = 0; run < 2_000; run++) {
      var bytes = randomBytes(60);
      var key = random.nextInt();
      var buffer = Unpooled.copiedBuffer(bytes);

      var running = key;
      var at = 0;
      while (at < bytes.length) {
        var piece = Math.min(1 + random.nextInt(13), bytes.length - at);
        running = Mask.apply(buffer, at, piece, running);
        at += piece;
      }

      assertThat(read(buffer)).isEqualTo(naive(bytes, 0, bytes.length, key));
    }
  }

  @Test
  void aPayloadOverTwoComponentsOfACompositeIsMasked() {
    var bytes = randomBytes(300);
    var composite =
        Unpooled.wrappedBuffer(
            direct(Arrays.copyOfRange(bytes, 0, 113)), direct(Arrays.copyOfRange(bytes, 113, 300)));

    var next = Mask.apply(composite, 1, 296, 0x01020304);

    assertThat(read(composite)).isEqualTo(naive(bytes, 1, 296, 0x01020304));
    composite.release();
    assertThat(next).isEqualTo(0x01020304);
  }

  private static ByteBuf direct(byte[] bytes) {
    return ByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
  }

  private byte[] randomBytes(int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] read(ByteBuf buffer) {
    var bytes = new byte[buffer.readableBytes()];
    buffer.getBytes(buffer.readerIndex(), bytes);
    return bytes;
  }

  private static byte[] naive(byte[] bytes, int offset, int length, int key) {
    var masked = bytes.clone();
    byte[] octets = {(byte) (key >>> 24), (byte) (key >>> 16), (byte) (key >>> 8), (byte) key};
    for (var i = 0; i < length; i++) masked[offset + i] ^= octets[i % 4];
    return masked;
  }
}
