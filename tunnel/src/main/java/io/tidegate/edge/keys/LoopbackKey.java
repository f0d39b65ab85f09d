package io.tidegate.edge.keys;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// The key of an edge without a token file: made at start, left in a file that only its user can
/// read, found there by agents of the same user and machine.
public final class LoopbackKey implements AutoCloseable {
  private static final int TOKEN_BYTES = 32;

  private final Path file;
  private final String token;
  private final Key key;

  private LoopbackKey(Path file, String token) {
    this.file = file;
    this.token = token;
    this.key =
        new Key(
            "loopback",
            java.util.HexFormat.of().formatHex(TokenFile.hash(token)),
            java.util.List.of("*"),
            1024,
            64,
            50);
  }

  /// Where the key of the edge at `port` lies: `~/.tidegate`, or what the system property
  /// `tidegate.keys` names.
  public static Path file(int port) {
    var home = System.getProperty("tidegate.keys");
    var folder =
        home == null ? Path.of(System.getProperty("user.home", "."), ".tidegate") : Path.of(home);
    return folder.resolve("edge-" + port + ".key");
  }

  /// Makes a key for the edge at `port` and writes its file, readable by its owner alone.
  ///
  /// @throws IOException if the file cannot be written
  public static LoopbackKey make(int port) throws IOException {
    var bytes = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bytes);
    var token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    var file = file(port);
    write(file, token);
    return new LoopbackKey(file, token);
  }

  /// Written beside and moved, so that no agent ever reads half a key.
  private static void write(Path file, String token) throws IOException {
    Files.createDirectories(file.getParent());
    var fresh = Files.createTempFile(file.getParent(), "edge", ".new");
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
    }
    Files.writeString(fresh, token + "\n");
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /// The key that an edge at `port` of this machine has left for agents of this user, or null.
  public static @Nullable String read(int port) {
    try {
      return Files.readString(file(port)).trim();
    } catch (IOException none) {
      return null;
    }
  }

  /// The key, if `offered` is its token; else null.
  public @Nullable Key find(String offered) {
    return java.security.MessageDigest.isEqual(TokenFile.hash(token), TokenFile.hash(offered))
        ? key
        : null;
  }

  @Override
  public void close() {
    try {
      if (token.equals(Files.readString(file).trim())) Files.deleteIfExists(file);
    } catch (IOException gone) {
      org.slf4j.LoggerFactory.getLogger(LoopbackKey.class)
          .debug("The key file was gone already", gone);
    }
  }
}
