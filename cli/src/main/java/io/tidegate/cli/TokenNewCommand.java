package io.tidegate.cli;

import io.tidegate.edge.keys.Key;
import io.tidegate.edge.keys.KeyLine;
import io.tidegate.edge.keys.TokenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Makes a token. Standard output holds the token and the line only, so that both can be piped; all
/// else is on standard error.
@Command(
    name = "new",
    description = {
      "Makes a 256-bit token and prints it once, with the line that lets it in.",
      "The line holds the token's SHA-256, not the token."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tidegate token new laptop --file keys > laptop.token",
      "  tidegate token new shop --names 'shop,shop-*' --share 25%%"
    })
final class TokenNewCommand implements Callable<Integer> {
  private static final int TOKEN_BYTES = 32;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", description = "How logs and the census call the key.")
  private String name;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Append the line to this token file; a new one gets mode 0600.")
  private @Nullable Path file;

  @Option(
      names = "--names",
      paramLabel = "GLOB,...",
      description = "Tunnel names that the key may claim. Default: any that is not reserved.")
  private @Nullable String names;

  @Option(names = "--tunnels", paramLabel = "N", description = "Names held at once. Default: 8.")
  private @Nullable String tunnels;

  @Option(names = "--links", paramLabel = "N", description = "Links of one agent. Default: 4.")
  private @Nullable String links;

  @Option(
      names = "--share",
      paramLabel = "N%",
      description = "Most of the memory for bytes that it may hold. Default: 50%%.")
  private @Nullable String share;

  TokenNewCommand() {}

  @Override
  public Integer call() throws IOException {
    var token = newToken();
    var key = key(token);
    if (file != null) {
      append(file, key);
    }
    print(token, key);
    return ExitCode.OK.status();
  }

  /// Begins with a letter, since a token that begins with a dash would look like an option.
  private static String newToken() {
    var random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    return "tg_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private Key key(String token) {
    var line = new StringBuilder(word("NAME", name));
    line.append(' ').append(HexFormat.of().formatHex(TokenFile.hash(token)));
    option(line, "names", names);
    option(line, "tunnels", tunnels);
    option(line, "links", links);
    option(line, "share", share);
    try {
      return KeyLine.parse(line.toString());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private void option(StringBuilder line, String option, @Nullable String value) {
    if (value != null) {
      line.append(' ').append(option).append('=').append(word("--" + option, value));
    }
  }

  /// A blank would begin the line's next option, and a line's end the next key.
  private String word(String what, String value) {
    if (value.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
      throw new ParameterException(spec.commandLine(), what + " holds a blank");
    }
    return value;
  }

  private static void append(Path file, Key key) throws IOException {
    if (Files.exists(file)) {
      refuseKnown(file, key);
    }
    var options =
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try (var channel = FileChannel.open(file, options, privately(file));
        var _ = channel.lock()) {
      var end = channel.size();
      var line = (endsInsideALine(channel, end) ? "\n" : "") + key.line() + "\n";
      var bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        end += channel.write(bytes, end);
      }
      channel.force(true);
    }
  }

  private static void refuseKnown(Path file, Key key) throws IOException {
    for (var known : TokenFile.open(file).keys()) {
      if (known.name().equalsIgnoreCase(key.name())) {
        throw new CommandFailure(ExitCode.FAILED, file + " has a key '" + known.name() + "'");
      }
    }
  }

  private static FileAttribute<?>[] privately(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static boolean endsInsideALine(FileChannel channel, long end) throws IOException {
    var last = ByteBuffer.allocate(1);
    return end > 0 && channel.read(last, end - 1) == 1 && last.get(0) != '\n';
  }

  private void print(String token, Key key) {
    var out = spec.commandLine().getOut();
    var err = spec.commandLine().getErr();
    err.println(
        "The token, shown this once; the agent takes it as TIDEGATE_TOKEN or --token @FILE:");
    err.flush();
    out.println(token);
    out.flush();
    if (file != null) {
      err.println("Its line was appended to " + file + ".");
      return;
    }
    err.println("Its line, for the edge's token file (mode 0600):");
    err.flush();
    out.println(key.line());
    out.flush();
  }
}
