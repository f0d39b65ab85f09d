package io.tidegate.edge.keys;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenFileTest {
  private static final String A = sha256("token a");
  private static final String B = sha256("token b");

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void anEmptyPrivateFile() throws IOException {
    file = Files.createFile(directory.resolve("keys"));
    chmod("rw-------");
  }

  @Test
  void aTokenFindsTheKeyOfItsHashAndNoOther() throws IOException {
    write("laptop " + A, "server " + B);

    var tokens = TokenFile.open(file);

    assertThat(tokens.find("token a")).isEqualTo(Key.of("laptop", A));
    assertThat(tokens.find("token b")).isEqualTo(Key.of("server", B));
    assertThat(tokens.find("token c")).isNull();
    assertThat(tokens.find("")).isNull();
  }

  @Test
  void aLineWithoutOptionsHasTheDefaults() throws IOException {
    write("laptop " + A);

    assertThat(TokenFile.open(file).keys())
        .containsExactly(new Key("laptop", A, List.of("*"), 8, 4, 50));
  }

  @Test
  void everyOptionIsRead() throws IOException {
    write("laptop " + A + "  names=shop,shop-* tunnels=2\tlinks=1 share=25%");

    assertThat(TokenFile.open(file).keys())
        .containsExactly(new Key("laptop", A, List.of("shop", "shop-*"), 2, 1, 25));
  }

  @Test
  void commentsAndEmptyLinesAndCarriageReturnsAreSkipped() throws IOException {
    write("# who may come in", "", "   ", "  # indented", "laptop " + A + "\r");

    assertThat(TokenFile.open(file).keys()).containsExactly(Key.of("laptop", A));
  }

  @Test
  void aHashInCapitalsIsTheSameHash() throws IOException {
    write("laptop " + A.toUpperCase(Locale.ROOT));

    assertThat(TokenFile.open(file).find("token a")).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "laptop, 'expected NAME SHA256HEX'",
    "laptop 1234, 'a token''s SHA-256 is 64 hex digits: 1234'",
    "laptop $A tunels=3, 'unknown option ''tunels''; did you mean ''tunnels''?'",
    "laptop $A colour=red, 'unknown option ''colour'''",
    "laptop $A tunnels, '''tunnels'' lacks its value'",
    "laptop $A tunnels=x, 'tunnels is not a number: x'",
    "laptop $A tunnels=0, 'tunnels not in 1..1024: 0'",
    "laptop $A tunnels=-1, 'tunnels not in 1..1024: -1'",
    "laptop $A share=50, 'share is a percentage such as share=50%: 50'",
    "laptop $A names=Shop, 'a glob in names is 1 to 63 of a-z 0-9 - *: Shop'",
    "'laptop $A names=a,,b', 'a glob in names'",
    "laptop $A links=1 links=2, '''links'' is given twice'",
    "first $A, 'the same name as in line 2'",
    "FIRST $A, 'the same name as in line 2'",
    "other $B, 'the same token as in line 2'"
  })
  void aWrongLineIsRefusedWithItsNumberAndTheReason(String line, String reason) throws IOException {
    write("# a comment", "first " + B, line.replace("$A", A).replace("$B", B));

    assertThatExceptionOfType(TokenFileException.class)
        .isThrownBy(() -> TokenFile.open(file))
        .withMessageStartingWith(file + ":3: ")
        .withMessageContaining(reason);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aFileThatOthersMayReadIsRefusedWithTheCommandThatMendsIt() throws IOException {
    chmod("rw-r-----");

    assertThatExceptionOfType(TokenFileException.class)
        .isThrownBy(() -> TokenFile.open(file))
        .withMessageContaining("rw-r-----")
        .withMessageContaining("chmod 600 " + file);
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() throws IOException {
    Files.write(file, "läptop".getBytes(ISO_8859_1));

    assertThatExceptionOfType(TokenFileException.class)
        .isThrownBy(() -> TokenFile.open(file))
        .withMessageEndingWith("not UTF-8");
  }

  @Test
  void aFileOverOneMebibyteIsRefused() throws IOException {
    Files.write(file, "#".repeat((1 << 20) + 1).getBytes(UTF_8));

    assertThatExceptionOfType(TokenFileException.class)
        .isThrownBy(() -> TokenFile.open(file))
        .withMessageEndingWith("more than 1 MiB");
  }

  @Test
  void moreThanItsBoundOfKeysIsRefused() throws IOException {
    var lines = new StringBuilder();
    for (var i = 0; i <= 4_096; i++) {
      lines.append("k").append(i).append(' ').append(sha256("t" + i)).append('\n');
    }
    Files.writeString(file, lines);

    assertThatExceptionOfType(TokenFileException.class)
        .isThrownBy(() -> TokenFile.open(file))
        .withMessageEndingWith(":4097: more than 4096 keys");
  }

  @Test
  void anUnchangedFileIsNotReadAgain() throws IOException {
    write("laptop " + A);
    var tokens = TokenFile.open(file);
    var before = tokens.keys();

    assertThat(tokens.reloadIfChanged()).isFalse();
    assertThat(tokens.keys()).isSameAs(before);
  }

  @Test
  void aChangedFileIsReadOnce() throws IOException {
    write("laptop " + A);
    var tokens = TokenFile.open(file);
    write("laptop " + A, "server " + B);

    assertThat(tokens.reloadIfChanged()).isTrue();
    assertThat(tokens.reloadIfChanged()).isFalse();
    assertThat(tokens.find("token b")).isNotNull();
  }

  @Test
  void aFileOfTheSameSizeAndTimeThatWasMovedIntoPlaceIsReadAgain() throws IOException {
    write("laptop " + A);
    var tokens = TokenFile.open(file);
    var time = Files.getLastModifiedTime(file);
    var next = Files.createFile(directory.resolve("next"));
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(next, "laptop " + B + "\n");
    Files.setLastModifiedTime(next, time);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);

    assertThat(tokens.reloadIfChanged()).isTrue();
    assertThat(tokens.find("token b")).isNotNull();
  }

  @Test
  void aWrongChangeLeavesTheOldKeysInForceUntilItIsMended() throws IOException {
    write("laptop " + A);
    var tokens = TokenFile.open(file);
    write("laptop " + A, "server nonsense");

    assertThat(tokens.reloadIfChanged()).isFalse();
    assertThat(tokens.find("token a")).isNotNull();

    write("laptop " + A, "server " + B);
    assertThat(tokens.reloadIfChanged()).isTrue();
    assertThat(tokens.find("token b")).isNotNull();
  }

  @Test
  void aVanishedFileLeavesTheOldKeysInForce() throws IOException {
    write("laptop " + A);
    var tokens = TokenFile.open(file);
    Files.delete(file);

    assertThat(tokens.reloadIfChanged()).isFalse();
    assertThat(tokens.find("token a")).isNotNull();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aModeMendedWithoutAnyOtherChangeIsNoticed() throws IOException {
    write("laptop " + A);
    var tokens = TokenFile.open(file);
    write("laptop " + A, "server " + B);
    chmod("rw-rw-rw-");
    assertThat(tokens.reloadIfChanged()).isFalse();
    assertThat(tokens.find("token b")).isNull();

    chmod("rw-------");

    assertThat(tokens.reloadIfChanged()).isTrue();
    assertThat(tokens.find("token b")).isNotNull();
  }

  /// Moves the file's time on by hand: two writes may fall into one tick of the file system's
  /// clock.
  private void write(String... lines) throws IOException {
    var before = Files.getLastModifiedTime(file).toMillis();
    Files.writeString(file, String.join("\n", lines) + "\n");
    Files.setLastModifiedTime(file, FileTime.fromMillis(before + 1_000));
  }

  private void chmod(String permissions) throws IOException {
    if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
      var _ = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
  }

  private static String sha256(String token) {
    return HexFormat.of().formatHex(TokenFile.hash(token));
  }
}
