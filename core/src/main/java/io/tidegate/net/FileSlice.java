package io.tidegate.net;

import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.io.IOException;

/// A part of a [SharedFile] that is to be sent: it holds the file open and none of its bytes.
public final class FileSlice {
  /// The longest: a connection sends no more in one turn of its loop, with what stands before it.
  public static final int MOST_BYTES = SocketWriter.MOST_SLICE_BYTES;

  private final SharedFile file;
  private final long first;
  private final int length;

  /// Its maker has the file hold on for it.
  FileSlice(SharedFile file, long first, int length) {
    this.file = file;
    this.first = first;
    this.length = length;
  }

  /// How many bytes it has.
  public int length() {
    return length;
  }

  /// Lets go of the file. Called once, by who has the slice.
  public void release() {
    file.letGo();
  }

  /// Lets go of the file, and tells `payer` that its bytes are not sent.
  public void discard(Payer payer) {
    release();
    payer.released(length);
  }

  /// Whether the file ends before this part does: it was cut short behind our back.
  boolean isCutShort() {
    try {
      return file.channel().size() < first + length;
    } catch (IOException unknown) {
      return false;
    }
  }

  /// What Netty sends, and releases in its own time.
  FileRegion region() {
    file.hold();
    return new Region(this);
  }

  /// Ends with letting go of the file, where Netty's own would close it.
  private static final class Region extends DefaultFileRegion {
    private final FileSlice slice;

    Region(FileSlice slice) {
      super(slice.file.channel(), slice.first, slice.length);
      this.slice = slice;
    }

    @Override
    protected void deallocate() {
      slice.file.letGo();
    }
  }
}
