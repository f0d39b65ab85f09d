package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.edge.keys.Key;
import io.tidegate.edge.keys.KeyLine;
import io.tidegate.edge.keys.TokenFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

class MainTest {
  private record Outcome(int status, String out, String err) {}

  @TempDir private Path directory;

  @Test
  void theVersionNamesTidegateAndJava() {
    var outcome = run("--version");

    assertThat(outcome.status()).isZero();
    assertThat(outcome.out()).matches("tidegate [0-9]+\\.[0-9]+\\.[0-9]+\\S* \\(Java 25\\S*\\)\\R");
  }

  @Test
  void noArgumentsPrintTheHelpOnStandardErrorAndAreWrongUsage() {
    var outcome = run();

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).startsWith("Usage: tidegate ").contains("token");
  }

  @Test
  void theHelpListsEveryExitStatus() {
    var help = run("--help");

    assertThat(help.status()).isZero();
    assertThat(help.out())
        .containsSubsequence("Exit status:", " 0 ", " 1 ", " 2 ", " 3 ", " 4 ", " 5 ");
    assertThat(help.err()).isEmpty();
  }

  @Test
  void everyCommandHasADescriptionAndHelp() {
    everyCommandHasADescriptionAndHelp(Main.commandLine(Ansi.OFF));
  }

  private static void everyCommandHasADescriptionAndHelp(CommandLine command) {
    var name = command.getCommandSpec().qualifiedName();
    assertThat(command.getCommandSpec().usageMessage().description()).as(name).isNotEmpty();
    assertThat(command.getCommandSpec().optionsMap()).as(name).containsKeys("--help", "--version");
    for (var option : command.getCommandSpec().options()) {
      assertThat(option.description()).as(name + " " + option.longestName()).isNotEmpty();
    }
    command.getSubcommands().values().forEach(MainTest::everyCommandHasADescriptionAndHelp);
  }

  @Test
  void aMistypedOptionIsAnsweredWithTheNearestOne() {
    var outcome = run("token", "new", "laptop", "--flie", "keys");

    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                2,
                "",
                lines(
                    "tidegate: unknown option '--flie'; did you mean '--file'?",
                    "See tidegate token new --help")));
  }

  @Test
  void aMistypedOptionWithItsValueIsNamedWithoutTheValue() {
    assertThat(run("token", "new", "laptop", "--share_=secret").err())
        .startsWith("tidegate: unknown option '--share_'; did you mean '--share'?")
        .doesNotContain("secret");
  }

  @Test
  void aMistypedCommandIsAnsweredWithTheNearestOne() {
    assertThat(run("tokn").err())
        .isEqualTo(
            lines(
                "tidegate: unknown command 'tokn'; did you mean 'token'?", "See tidegate --help"));
  }

  @Test
  void anArgumentTooManyIsWrongUsage() {
    var outcome = run("token", "new", "laptop", "server");

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("tidegate: unexpected argument 'server'");
  }

  @Test
  void memoryIsRefusedWhereTheJvmWasNotStartedWithIt() {
    var outcome = run("--memory", "256m", "token", "new", "laptop");

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .contains("--memory")
        .contains("./tidegate")
        .doesNotContain("Exception");
  }

  @Test
  void coloursAreForATerminalWithoutNoColor() {
    assertThat(Main.ansi(Map.of(), true)).isEqualTo(Ansi.ON);
    assertThat(Main.ansi(Map.of("NO_COLOR", ""), true)).isEqualTo(Ansi.ON);
    assertThat(Main.ansi(Map.of("NO_COLOR", "1"), true)).isEqualTo(Ansi.OFF);
    assertThat(Main.ansi(Map.of("TERM", "dumb"), true)).isEqualTo(Ansi.OFF);
    assertThat(Main.ansi(Map.of(), false)).isEqualTo(Ansi.OFF);
  }

  @Test
  void aNewTokenIsPrintedWithTheLineThatLetsItIn() {
    var outcome = run("token", "new", "laptop");

    assertThat(outcome.status()).isZero();
    var printed = outcome.out().lines().toList();
    assertThat(printed).hasSize(2);
    assertThat(printed.getFirst()).matches("tg_[A-Za-z0-9_-]{43}");
    assertThat(KeyLine.parse(printed.getLast()))
        .isEqualTo(Key.of("laptop", sha256(printed.getFirst())));
    assertThat(printed)
        .doesNotContainAnyElementsOf(run("token", "new", "laptop").out().lines().toList());
  }

  @Test
  void theLimitsOfANewKeyStandInItsLine() {
    var outcome =
        run("token", "new", "shop", "--names", "shop,shop-*", "--tunnels=2", "--share", "25%");

    assertThat(outcome.out().lines().toList().getLast())
        .endsWith(" names=shop,shop-* tunnels=2 share=25%");
  }

  @Test
  void aLimitOutOfItsBoundsIsWrongUsage() {
    assertThat(run("token", "new", "shop", "--tunnels", "0"))
        .isEqualTo(
            new Outcome(
                2,
                "",
                lines("tidegate: tunnels not in 1..1024: 0", "See tidegate token new --help")));
  }

  @Test
  void aNameWithABlankCannotSmuggleAnOptionIntoTheLine() {
    assertThat(run("token", "new", "laptop x").status()).isEqualTo(2);
    assertThat(run("token", "new", "laptop", "--names", "a share=100%").status()).isEqualTo(2);
    assertThat(run("token", "new", "laptop\nother").status()).isEqualTo(2);
  }

  @Test
  void aNewTokenFileIsPrivateAndLetsTheTokenIn() throws IOException {
    var file = directory.resolve("keys");

    var outcome = run("token", "new", "laptop", "--file", file.toString());

    assertThat(outcome.status()).isZero();
    assertThat(TokenFile.open(file).find(outcome.out().strip())).isNotNull();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aNewTokenFileHasMode0600() throws IOException {
    var file = directory.resolve("keys");

    var _ = run("token", "new", "laptop", "--file", file.toString());

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void aLineIsAppendedAlsoToAFileThatEndsInsideALine() throws IOException {
    var file = directory.resolve("keys");
    var first = run("token", "new", "laptop", "--file", file.toString()).out().strip();
    Files.writeString(file, Files.readString(file).strip());

    var second = run("token", "new", "server", "--file", file.toString()).out().strip();

    var tokens = TokenFile.open(file);
    assertThat(Objects.requireNonNull(tokens.find(first)).name()).isEqualTo("laptop");
    assertThat(Objects.requireNonNull(tokens.find(second)).name()).isEqualTo("server");
  }

  @Test
  void aNameThatTheFileHoldsIsNotAddedAgain() throws IOException {
    var file = directory.resolve("keys");
    var _ = run("token", "new", "laptop", "--file", file.toString());
    var before = Files.readString(file);

    var outcome = run("token", "new", "Laptop", "--file", file.toString());

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).startsWith("tidegate: " + file + " has a key 'laptop'");
    assertThat(Files.readString(file)).isEqualTo(before);
  }

  @Test
  void aTokenFileWithAWrongLineIsNotTouched() throws IOException {
    var file = directory.resolve("keys");
    var _ = run("token", "new", "laptop", "--file", file.toString());
    Files.writeString(file, "nonsense\n");

    var outcome = run("token", "new", "server", "--file", file.toString());

    assertThat(outcome.status()).isEqualTo(ExitCode.TOKEN.status());
    assertThat(outcome.err()).startsWith("tidegate: " + file + ":1: ");
    assertThat(Files.readString(file)).isEqualTo("nonsense\n");
  }

  @Test
  void aDirectoryThatDoesNotExistIsSaidInOneLine() {
    var outcome = run("token", "new", "laptop", "--file", directory.resolve("no/keys").toString());

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @Test
  void noTwoExitCodesShareAStatus() {
    assertThat(Arrays.stream(ExitCode.values()).map(ExitCode::status))
        .containsExactly(0, 1, 2, 3, 4, 5);
  }

  private static Outcome run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    var status =
        Main.commandLine(Ansi.OFF)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Outcome(status, out.toString(), err.toString());
  }

  private static String sha256(String token) {
    return HexFormat.of().formatHex(TokenFile.hash(token));
  }

  private static String lines(String... lines) {
    return String.join(System.lineSeparator(), lines) + System.lineSeparator();
  }
}
