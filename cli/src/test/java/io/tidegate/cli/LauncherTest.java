package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs the real `./tidegate` in a checkout whose `java` and `mvn` are scripts that write down how
/// they were called.
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private record Outcome(int status, String out, String err, long pid) {}

  @TempDir private Path directory;
  private Path checkout;
  private Path jdk;
  private Path builds;

  @BeforeEach
  void aCheckoutInADirectoryWithASpace() throws IOException {
    checkout = directory.resolve("a check out");
    jdk = directory.resolve("a jdk");
    builds = directory.resolve("builds");
    copy("tidegate", ".mvn/find-jdk.sh");
    write(checkout.resolve("pom.xml"), "<project/>");
    write(checkout.resolve("cli/pom.xml"), "<project/>");
    write(checkout.resolve("cli/src/main/java/A.java"), "class A {}");
    write(checkout.resolve("cli/src/test/java/ATest.java"), "class ATest {}");
    write(jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"25.0.9\"\n");
    script(jdk.resolve("bin/javac"), "exit 1");
    script(jdk.resolve("bin/java"), "echo \"pid $$\"; for word; do printf '%s\\n' \"$word\"; done");
    script(
        directory.resolve("bin/mvn"),
        """
        [ "$1" != -v ] || { echo 'Apache Maven 3.9.9 (x)'; exit 0; }
        echo "$JAVA_HOME" >>"$BUILDS"
        [ -z "${MAVEN_FAILS-}" ] || { echo '[ERROR] A.java:[1,1] no such thing'; exit 1; }
        [ -z "${MAVEN_SLOW-}" ] || sleep "$MAVEN_SLOW"
        mkdir -p cli/target/lib
        echo jar >cli/target/tidegate-cli-1.jar
        echo jar >cli/target/lib/a.jar
        """);
  }

  @Test
  void theLauncherBecomesTheJvmWithItsDefaults() throws Exception {
    var outcome = start("expose", "3000", "a b");

    assertThat(outcome.status()).isZero();
    var words = outcome.out().lines().toList();
    assertThat(words)
        .contains(
            "pid " + outcome.pid(),
            "-XX:+UseSerialGC",
            "-XX:+UseCompactObjectHeaders",
            "-Xmx65536k",
            "-XX:MaxDirectMemorySize=65536k",
            "-XX:NewRatio=4",
            "--enable-native-access=ALL-UNNAMED",
            "-Dio.netty.allocator.type=pooled",
            "-Dio.netty.leakDetection.level=disabled")
        .endsWith("io.tidegate.cli.Main", "expose", "3000", "a b")
        .noneMatch(word -> word.startsWith("-Dtidegate.memory"));
    assertThat(words.get(words.indexOf("-cp") + 1)).matches(".*/a\\.jar:.*/tidegate-cli-1\\.jar");
  }

  @Test
  void theBuildRunsOnceAndOnTheJdkThatWasFound() throws Exception {
    var first = start("--version");
    var second = start("--version");

    assertThat(first.err()).isEqualTo("tidegate: building (the sources are new or changed)\n");
    assertThat(second.err()).isEmpty();
    assertThat(builds).content().isEqualTo(jdk + "\n");
  }

  @Test
  void aChangedSourceIsBuiltAgainEvenWhenItsTimeAndSizeStay() throws Exception {
    var _ = start("--version");
    var source = checkout.resolve("cli/src/main/java/A.java");
    var time = Files.getLastModifiedTime(source);
    write(source, "class B {}");
    Files.setLastModifiedTime(source, time);

    var _ = start("--version");

    assertThat(builds).content().hasLineCount(2);
  }

  @Test
  void aNewARenamedAndARemovedSourceAreEachBuilt() throws Exception {
    var source = checkout.resolve("cli/src/main/resources/a.txt");
    var renamed = source.resolveSibling("b.txt");
    var _ = start("--version");

    write(source, "a");
    var _ = start("--version");
    Files.move(source, renamed);
    var _ = start("--version");
    assertThat(builds).content().hasLineCount(3);

    Files.delete(renamed);
    var back = start("--version");
    assertThat(back.err()).as("the build of the first start is still there").isEmpty();
  }

  @Test
  void aTouchedSourceAndAChangedTestBuildNothing() throws Exception {
    var _ = start("--version");
    Files.setLastModifiedTime(
        checkout.resolve("cli/src/main/java/A.java"), FileTime.fromMillis(1_000));
    write(checkout.resolve("cli/src/test/java/ATest.java"), "class Changed {}");

    var _ = start("--version");

    assertThat(builds).content().hasLineCount(1);
  }

  @Test
  void twoStartsAtOnceBuildOnce() throws Exception {
    var slow = Map.of("MAVEN_SLOW", "2");
    var first = process(slow, "--version");
    var second = process(slow, "--version");

    assertThat(outcome(first).status()).isZero();
    assertThat(outcome(second).status()).isZero();
    assertThat(builds).content().hasLineCount(1);
    assertThat(checkout.resolve("target/build.lock")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"999999999", "1"})
  void aLockWhoseOwnerIsGoneOrIsNoLauncherIsBroken(String owner) throws Exception {
    var lock = checkout.resolve("target/build.lock");
    Files.createDirectories(lock.getParent());
    Files.createSymbolicLink(lock, Path.of(owner));

    assertThat(start("--version").status()).isZero();
    assertThat(lock).doesNotExist();
  }

  @Test
  void aFailedBuildShowsItsErrorsAndIsTriedAgain() throws Exception {
    var failed = outcome(process(Map.of("MAVEN_FAILS", "1"), "--version"));

    assertThat(failed.status()).isEqualTo(1);
    assertThat(failed.out()).isEmpty();
    assertThat(failed.err()).contains("A.java:[1,1] no such thing", "its log is " + checkout);
    assertThat(start("--version").status()).isZero();
  }

  @Test
  void anOldMavenIsRefusedInOneLine() throws Exception {
    script(directory.resolve("bin/mvn"), "echo 'Apache Maven 3.6.3 (x)'");

    var outcome = start("--version");

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("tidegate: no Maven 3.8.7 or newer").hasLineCount(1);
  }

  @Test
  void aJavaHomeOfAnotherVersionIsPassedOver() throws Exception {
    var other = directory.resolve("jdk 17");
    write(other.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
    script(other.resolve("bin/java"), "echo wrong");
    script(other.resolve("bin/javac"), "echo wrong");
    Files.createSymbolicLink(directory.resolve("bin/java"), jdk.resolve("bin/java"));

    var outcome = outcome(process(Map.of("JAVA_HOME", other.toString()), "--version"));

    assertThat(outcome.out()).contains("io.tidegate.cli.Main").doesNotContain("wrong");
    assertThat(builds).content().isEqualTo(jdk + "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "192m, 68812, 201326592",
    "256m, 91750, 268435456",
    "1g, 367001, 1073741824",
    "262144k, 91750, 268435456",
    "268435456, 91750, 268435456"
  })
  void memoryBecomes35PercentHeapAnd35PercentDirect(String size, String kib, String bytes)
      throws Exception {
    for (var outcome : List.of(start("edge", "--memory", size), start("--memory=" + size))) {
      assertThat(outcome.out().lines())
          .contains(
              "-Xmx" + kib + "k",
              "-XX:MaxDirectMemorySize=" + kib + "k",
              "-Dtidegate.memory=" + bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "lots", "-1m", "0", "08m", "1.5g", "256mb", "99999999999g", "m", "*"})
  void aMemoryThatIsNoSizeIsRefusedWithAnExample(String size) throws Exception {
    var outcome = start("edge", "--memory", size);

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("write it like --memory 256m").hasLineCount(1);
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void tooLittleMemoryIsRefusedWithTheArithmetic() throws Exception {
    assertThat(start("--memory", "128m").err())
        .isEqualTo(
            "tidegate: --memory 128m is less than 192m: heap 35 % = 44m, direct memory 35 % = 44m,"
                + " leaves 38m for the JVM, which needs 58m; write it like --memory 256m\n");
  }

  @Test
  void memoryBehindTwoDashesIsNoOption() throws Exception {
    assertThat(start("expose", "--", "--memory", "lots").out().lines()).contains("-Xmx65536k");
  }

  @Test
  void theJvmOptionsOfTheUserComeLastAndAreNotExpanded() throws Exception {
    var outcome = outcome(process(Map.of("TIDEGATE_JVM_OPTS", "-Xmx1g -Dglob=/*"), "--version"));

    var words = outcome.out().lines().toList();
    assertThat(words.indexOf("-Xmx1g")).isGreaterThan(words.indexOf("-Xmx65536k"));
    assertThat(words).contains("-Dglob=/*");
  }

  @Test
  void itStartsThroughALinkFromElsewhere() throws Exception {
    var link = Files.createSymbolicLink(directory.resolve("bin/tg"), checkout.resolve("tidegate"));

    var process = builder(Map.of(), List.of(link.toString(), "--version")).start();

    assertThat(outcome(process).status()).isZero();
  }

  private void copy(String... names) throws IOException {
    for (var name : names) {
      var to = checkout.resolve(name);
      Files.createDirectories(to.getParent());
      Files.copy(ROOT.resolve(name), to, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static void script(Path file, String body) throws IOException {
    write(file, "#!/bin/sh\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Outcome start(String... arguments) throws Exception {
    return outcome(process(Map.of(), arguments));
  }

  private Process process(Map<String, String> environment, String... arguments) throws IOException {
    var command = new ArrayList<>(List.of(checkout.resolve("tidegate").toString()));
    command.addAll(List.of(arguments));
    return builder(environment, command).start();
  }

  private ProcessBuilder builder(Map<String, String> environment, List<String> command) {
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().remove("TIDEGATE_JVM_OPTS");
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().put("BUILDS", builds.toString());
    builder.environment().compute("PATH", (_, path) -> directory.resolve("bin") + ":" + path);
    builder.environment().putAll(environment);
    return builder;
  }

  private static Outcome outcome(Process process) throws Exception {
    process.getOutputStream().close();
    var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    var err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Outcome(process.exitValue(), out, err, process.pid());
  }
}
