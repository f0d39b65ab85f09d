package io.tidegate.server;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.semantics.ByteRange;
import io.tidegate.http.semantics.HttpDate;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.MediaTypes;
import io.tidegate.http.semantics.Preconditions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;

/// A file as an answer: whole or in the range that is asked for, or the word that the peer has it
/// already. On the handler's thread, so a disk that must be waited for stalls no loop.
final class FileAnswer {
  private FileAnswer() {}

  /// The file at `path`, which is no link, in the place of `answer`'s content.
  ///
  /// @throws HttpError 404 if there is no regular file
  static Answer of(Call call, Answer answer, Path path) throws IOException {
    BasicFileAttributes file;
    try {
      file = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!file.isRegularFile()) throw new HttpError(404);
    } catch (NoSuchFileException missing) {
      throw new HttpError(404);
    }
    var modified = file.lastModifiedTime().toInstant();
    var tag = tag(file.size(), modified);
    var described = described(answer, path, tag, modified);
    if (answer.status() != 200) return whole(described, path, file.size());
    boolean reads = call.method().equals("GET") || call.method().equals("HEAD");
    return switch (Preconditions.of(call.fields(), reads, tag, modified)) {
      case NOT_MODIFIED -> without(described, 304);
      case FAILED -> without(described, 412);
      case GO_ON -> {
        var asked = asked(call.fields(), tag, modified, file.size());
        yield ranged(described, path, asked, file.size());
      }
    };
  }

  private static ByteRange.Asked asked(Fields request, String tag, Instant modified, long size) {
    var range = request.value(FieldName.RANGE);
    return range != null && Preconditions.heedsRange(request, tag, modified)
        ? ByteRange.of(range, size)
        : new ByteRange.Asked.Whole();
  }

  /// Changes with size and time: strong enough unless a file is written twice within one tick of
  /// its file system's clock.
  private static String tag(long size, Instant modified) {
    long nanos = modified.getEpochSecond() * 1_000_000_000 + modified.getNano();
    return '"' + Long.toHexString(nanos) + '-' + Long.toHexString(size) + '"';
  }

  private static Answer described(Answer answer, Path path, String tag, Instant modified) {
    var name = path.getFileName();
    var described =
        answer
            .withField("ETag", tag)
            .withField("Last-Modified", HttpDate.of(modified))
            .withField("Accept-Ranges", "bytes");
    if (answer.field("Content-Type") != null || name == null) return described;
    return described.withType(MediaTypes.of(name.toString()));
  }

  private static Answer without(Answer described, int status) {
    return new Answer(status, described.fields(), new Content.Nothing());
  }

  private static Answer ranged(Answer described, Path path, ByteRange.Asked asked, long size)
      throws IOException {
    return switch (asked) {
      case ByteRange.Asked.Whole _ -> whole(described, path, size);
      case ByteRange.Asked.Unsatisfiable _ ->
          without(described, 416).withField("Content-Range", "bytes */" + size);
      case ByteRange.Asked.Part(var range) ->
          part(described, path, range)
              .withStatus(206)
              .withField("Content-Range", range.contentRange(size));
    };
  }

  private static Answer whole(Answer described, Path path, long size) throws IOException {
    return part(described, path, new ByteRange(0, size));
  }

  private static Answer part(Answer described, Path path, ByteRange range) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    channel.position(range.first());
    var content = new Content.Stream(new Bounded(channel, range.length()), range.length());
    return new Answer(described.status(), described.fields(), content);
  }

  /// So many bytes of a file; one that became shorter meanwhile ends early, and its answer is cut.
  private static final class Bounded extends InputStream {
    private final InputStream file;
    private long left;

    Bounded(FileChannel channel, long bytes) {
      this.file = Channels.newInputStream(channel);
      this.left = bytes;
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int most) throws IOException {
      if (left == 0) return -1;
      int read = file.read(into, from, (int) Math.min(most, left));
      if (read > 0) left -= read;
      return read;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
