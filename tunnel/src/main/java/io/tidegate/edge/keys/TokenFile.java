package io.tidegate.edge.keys;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of an edge, read from the operator's token file and read again when it changes.
///
/// One line a key: `NAME SHA256HEX [names=GLOB,...] [tunnels=8] [links=4] [share=50%]`; empty lines
/// and lines that begin with `#` are skipped. The file holds at most 1 MiB and 4,096 keys. On a
/// POSIX file system nobody but its owner may have access to it.
///
/// Safe for any thread.
public final class TokenFile {
  private static final Logger LOG = LoggerFactory.getLogger(TokenFile.class);
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final Set<PosixFilePermission> OWNERS_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private final Path path;
  private volatile Keys keys;
  private Version version;
  private String problem = "";

  private TokenFile(Path path, Version version, Keys keys) {
    this.path = path;
    this.version = version;
    this.keys = keys;
  }

  /// Reads the token file at `path`.
  ///
  /// @throws TokenFileException if others have access to it, or a line of it is wrong
  /// @throws IOException if it cannot be read
  public static TokenFile open(Path path) throws IOException {
    var version = Version.of(path);
    return new TokenFile(path, version, read(path));
  }

  /// Returns the SHA-256 of the characters of `token`, as a token file states it.
  public static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// Returns the key that `token` opens, or null. Takes the same time for every token of one
  /// length, whatever the answer.
  public @Nullable Key find(String token) {
    return keys.find(hash(token));
  }

  /// Returns the keys in the file's order; unmodifiable.
  public List<Key> keys() {
    return keys.inOrder();
  }

  /// Reads the file again if its time, size or identity changed since the last look, and tells
  /// whether the keys are new ones.
  ///
  /// A file that cannot be read or has a wrong line leaves the old keys in force; each new reason
  /// for that is logged once, and the file is read at every further call until it is right again.
  /// Not for an event loop: it reads a file.
  public synchronized boolean reloadIfChanged() {
    try {
      var now = Version.of(path);
      if (now.equals(version)) {
        return false;
      }
      keys = read(path);
      version = now;
      problem = "";
      return true;
    } catch (IOException e) {
      // a chmod that mends the file leaves time and size as they are, so nothing read counts as
      // seen
      version = Version.NONE;
      logOnce(e instanceof TokenFileException ? Objects.toString(e.getMessage()) : e.toString());
      return false;
    }
  }

  private void logOnce(String reason) {
    if (!reason.equals(problem)) {
      LOG.error("The keys read before stay in force: {}", reason);
    }
    problem = reason;
  }

  private static Keys read(Path path) throws IOException {
    demandPrivacy(path);
    byte[] content;
    try (var in = Files.newInputStream(path)) {
      content = in.readNBytes(MAX_FILE_BYTES + 1);
    }
    if (content.length > MAX_FILE_BYTES) {
      throw new TokenFileException(path + ": more than 1 MiB");
    }
    return Keys.parse(path.toString(), decode(path, content));
  }

  private static String decode(Path path, byte[] content) throws TokenFileException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException _) {
      throw new TokenFileException(path + ": not UTF-8");
    }
  }

  private static void demandPrivacy(Path path) throws IOException {
    var posix = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (posix == null) {
      return;
    }
    var permissions = posix.readAttributes().permissions();
    if (!OWNERS_ONLY.containsAll(permissions)) {
      throw new TokenFileException(
          path
              + ": others have access to it ("
              + PosixFilePermissions.toString(permissions)
              + "); run: chmod 600 "
              + path);
    }
  }

  /// What tells one content of the file from the next without reading it.
  private record Version(FileTime modified, long sizeBytes, @Nullable Object fileKey) {
    static final Version NONE = new Version(FileTime.fromMillis(0), -1, null);

    static Version of(Path path) throws IOException {
      var attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
  }
}
