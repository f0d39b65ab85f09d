package io.tidegate;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The arrows between packages, downward only, and the words that name nothing.
class ArchitectureTest {
  private static final String NET = "io.tidegate.net..";
  private static final String HTTP = "io.tidegate.http..";
  private static final String WEBSOCKET = "io.tidegate.websocket..";
  private static final String CLIENT = "io.tidegate.client..";
  private static final String HUB = "io.tidegate.hub..";
  private static final String OBSERVE = "io.tidegate.observe..";

  /// About twenty is what a reader takes in.
  private static final int MOST_CLASSES = 24;

  /// Two that hold one subject each may have twice as many: sockets, and tools for tests.
  private static final Set<String> LARGE = Set.of("io.tidegate.net", "io.tidegate.testkit");

  private static final Pattern EMPTY_WORDS =
      Pattern.compile(
          "(I[A-Z][a-z].*|Abstract.*|.*(Manager|Helper|Helpers|Util|Utils|Impl|Common|Processor))");

  private static final JavaClasses OURS = load(false);
  private static final JavaClasses TESTS = load(true);

  private static JavaClasses load(boolean tests) {
    return new ClassFileImporter()
        .withImportOption(location -> isTest(location) == tests)
        .importPackages("io.tidegate");
  }

  private static boolean isTest(Location location) {
    return location.contains("/test-classes/");
  }

  @Test
  void theLedgerNeedsTheJdkAlone() {
    classes()
        .that()
        .resideInAPackage("io.tidegate.ledger..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("io.tidegate.ledger..", "java..", "org.jspecify.annotations..")
        .check(OURS);
  }

  @Test
  void netKnowsNoProtocol() {
    noClasses()
        .that()
        .resideInAPackage(NET)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(HTTP, WEBSOCKET, CLIENT, HUB, OBSERVE, "io.netty.handler.codec..")
        .check(OURS);
  }

  @Test
  void whatOpensConnectionsKnowsNotWhatKeepsThem() {
    noClasses()
        .that()
        .resideInAPackage("io.tidegate.client")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.tidegate.client.pool..")
        .check(OURS);
  }

  @Test
  void httpKnowsNothingThatStandsOnIt() {
    noClasses()
        .that()
        .resideInAPackage(HTTP)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(WEBSOCKET, CLIENT, HUB, OBSERVE)
        .check(OURS);
  }

  @Test
  void messagesAreBytesAndKnowNoConnection() {
    noClasses()
        .that()
        .resideInAPackage("io.tidegate.http.message")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.tidegate.http", NET)
        .check(OURS);
  }

  @Test
  void websocketKnowsNothingThatStandsOnIt() {
    noClasses()
        .that()
        .resideInAPackage(WEBSOCKET)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(CLIENT, HUB, OBSERVE)
        .check(OURS);
  }

  @Test
  void noClassIsNamedByAWordThatSaysNothing() {
    assertThat(OURS)
        .filteredOn(type -> EMPTY_WORDS.matcher(type.getSimpleName()).matches())
        .extracting(JavaClass::getName)
        .isEmpty();
  }

  @Test
  void noPackageOutgrowsItsReader() {
    var sizes =
        OURS.stream()
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().endsWith("-info"))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getPackageName, TreeMap::new, Collectors.counting()));

    assertThat(sizes).isNotEmpty().allSatisfy((name, size) -> assertLessThanMost(name, size));
  }

  private static void assertLessThanMost(String name, long size) {
    assertThat(size)
        .as(name)
        .isLessThanOrEqualTo(LARGE.contains(name) ? 2 * MOST_CLASSES : MOST_CLASSES);
  }

  @Test
  void noTestSleepsAndHopes() {
    noClasses()
        .should()
        .callMethodWhere(
            describe("Thread.sleep", call -> isSleep(call.getTargetOwner(), call.getName())))
        .check(TESTS);
  }

  private static boolean isSleep(JavaClass owner, String method) {
    return owner.isEquivalentTo(Thread.class) && method.equals("sleep");
  }
}
