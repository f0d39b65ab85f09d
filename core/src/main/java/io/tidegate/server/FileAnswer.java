package io.tidegate.server;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.semantics.ByteRange;
import io.tidegate.http.semantics.HttpDate;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.MediaTypes;
import io.tidegate.http.semantics.Preconditions;
import io.tidegate.net.SharedFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A file or a resource of the class path as an answer: whole or in the range that is asked for, or
/// the word that the peer has it already. On the handler's thread, so a disk that must be waited
/// for stalls no loop.
final class FileAnswer {
  /// A deployment replaces a file once.
  private static final int TRIES = 3;

  private static final Logger LOG = LoggerFactory.getLogger(FileAnswer.class);

  private FileAnswer() {}

  /// What is stored under a name.
  ///
  /// @param size bytes
  private record Stored(String name, long size, Instant modified, Opener opener) {}

  private interface Opener {
    /// The bytes of `range`.
    InputStream open(ByteRange range) throws IOException;
  }

  /// The file at `path`, which is no link, in the place of `answer`'s content.
  ///
  /// @throws HttpError 404 if there is no regular file
  static Answer of(Call call, Answer answer, Path path) throws IOException {
    var name = path.getFileName().toString();
    for (int i = 0; i < TRIES; i++) {
      var file = attributes(path);
      var modified = file.lastModifiedTime().toInstant();
      var stored = new Stored(name, file.size(), modified, range -> opened(path, file, range));
      try {
        return of(call, answer, stored);
      } catch (Replaced meanwhile) {
        LOG.debug("{} was replaced while it was opened", path, meanwhile);
      }
    }
    throw new HttpError(503, "the file does not stay the same");
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    try {
      var file = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!file.isRegularFile()) throw new HttpError(404);
      return file;
    } catch (NoSuchFileException missing) {
      throw new HttpError(404);
    }
  }

  /// Looks again at what stands there once it is open: what is sent must be what its tag says.
  private static InputStream opened(Path path, BasicFileAttributes file, ByteRange range)
      throws IOException {
    SharedFile opened;
    try {
      opened = SharedFile.open(path, file.fileKey());
    } catch (NoSuchFileException gone) {
      throw new Replaced();
    }
    boolean isSame = false;
    try {
      var now = attributes(path);
      isSame =
          Objects.equals(now.fileKey(), file.fileKey())
              && now.size() == file.size()
              && now.lastModifiedTime().equals(file.lastModifiedTime());
    } finally {
      if (!isSame) opened.close();
    }
    if (!isSame) throw new Replaced();
    return new Part(opened, range);
  }

  /// Another file has the name that was described.
  private static final class Replaced extends IOException {
    private static final long serialVersionUID = 1;
  }

  /// The resource at `url`, which is an entry of a jar, in the place of `answer`'s content.
  static Answer of(Call call, Answer answer, URL url) throws IOException {
    var entry = url.openConnection();
    long size = entry.getContentLengthLong();
    if (size < 0) throw new IOException("of unknown length: " + url);
    var name = url.getPath().substring(url.getPath().lastIndexOf('/') + 1);
    var modified = Instant.ofEpochMilli(entry.getLastModified());
    var stored = new Stored(name, size, modified, range -> opened(entry, range));
    boolean isSent = false;
    try {
      var made = of(call, answer, stored);
      isSent = made.content() instanceof Content.Stream;
      return made;
    } finally {
      if (!isSent) entry.getInputStream().close(); // who asks for its time has opened the jar
    }
  }

  /// An entry is unpacked from its beginning, whatever part of it is asked for.
  private static InputStream opened(URLConnection entry, ByteRange range) throws IOException {
    var whole = entry.getInputStream();
    try {
      whole.skipNBytes(range.first());
      return new Unpacked(whole, range.length());
    } catch (Throwable fault) {
      whole.close();
      throw fault;
    }
  }

  private static Answer of(Call call, Answer answer, Stored stored) throws IOException {
    var tag = tag(stored.size, stored.modified);
    var described = described(answer, stored, tag);
    if (answer.status() != 200) return whole(described, stored);
    boolean reads = call.method().equals("GET") || call.method().equals("HEAD");
    return switch (Preconditions.of(call.fields(), reads, tag, stored.modified)) {
      case NOT_MODIFIED -> without(described, 304);
      case FAILED -> without(described, 412);
      case GO_ON -> ranged(described, stored, asked(call, tag, stored));
    };
  }

  /// Only of what GET asks, RFC 9110 §14.2.
  private static ByteRange.Asked asked(Call call, String tag, Stored stored) {
    var range = call.method().equals("GET") ? call.fields().value(FieldName.RANGE) : null;
    return range != null && Preconditions.heedsRange(call.fields(), tag, stored.modified)
        ? ByteRange.of(range, stored.size)
        : new ByteRange.Asked.Whole();
  }

  /// Changes with size and time: strong enough unless a file is written twice within one tick of
  /// its file system's clock.
  private static String tag(long size, Instant modified) {
    long nanos = modified.getEpochSecond() * 1_000_000_000 + modified.getNano();
    return '"' + Long.toHexString(nanos) + '-' + Long.toHexString(size) + '"';
  }

  private static Answer described(Answer answer, Stored stored, String tag) {
    var described =
        answer
            .withField("ETag", tag)
            .withField("Last-Modified", HttpDate.of(stored.modified))
            .withField("Accept-Ranges", "bytes");
    if (answer.field("Content-Type") != null) return described;
    return described.withType(MediaTypes.of(stored.name));
  }

  private static Answer without(Answer described, int status) {
    return new Answer(status, described.fields(), new Content.Nothing());
  }

  private static Answer ranged(Answer described, Stored stored, ByteRange.Asked asked)
      throws IOException {
    return switch (asked) {
      case ByteRange.Asked.Whole _ -> whole(described, stored);
      case ByteRange.Asked.Unsatisfiable _ ->
          without(described, 416).withField("Content-Range", "bytes */" + stored.size);
      case ByteRange.Asked.Part(var range) ->
          part(
              described.withStatus(206).withField("Content-Range", range.contentRange(stored.size)),
              stored,
              range);
    };
  }

  private static Answer whole(Answer described, Stored stored) throws IOException {
    return part(described, stored, new ByteRange(0, stored.size));
  }

  /// Opens what is stored when all else is said: nothing may fail behind that.
  private static Answer part(Answer described, Stored stored, ByteRange range) throws IOException {
    var content = new Content.Stream(stored.opener.open(range), range.length());
    return new Answer(described.status(), described.fields(), content);
  }

  /// So many bytes of an entry; one that is shorter ends early, and its answer is cut.
  static final class Unpacked extends InputStream {
    private final InputStream stream;
    private long left;

    private Unpacked(InputStream stream, long bytes) {
      this.stream = stream;
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
      int read = stream.read(into, from, (int) Math.min(most, left));
      if (read > 0) left -= read;
      return read;
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /// A range of a file, whose bytes take no way through the heap to an answer.
  private static final class Part extends InputStream implements Transfer.Source {
    private final SharedFile file;
    private long next;
    private long left;
    private boolean isBegun;
    private boolean inSlices;

    Part(SharedFile file, ByteRange range) {
      this.file = file;
      this.next = range.first();
      this.left = range.length();
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int most) throws IOException {
      if (left == 0) return -1;
      int read = file.read(ByteBuffer.wrap(into, from, (int) Math.min(most, left)), next);
      if (read > 0) skipped(read);
      return read;
    }

    @Override
    public int stepBytes(AnswerStream to) {
      return (int) Math.min(left, to.copyBytes());
    }

    @Override
    public int restBytes() {
      return 0; // but for the file
    }

    @Override
    public boolean sendNext(AnswerStream to) throws IOException {
      if (!isBegun) inSlices = to.takesSlices(file, left);
      isBegun = true;
      if (left == 0) return false;
      int sent = inSlices ? to.sendSlice(file, next, left) : to.sendCopy(file, next, left);
      if (sent > 0) skipped(sent);
      return sent > 0 && left > 0;
    }

    private void skipped(long bytes) {
      next += bytes;
      left -= bytes;
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
