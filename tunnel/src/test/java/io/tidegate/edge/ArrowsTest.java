package io.tidegate.edge;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The arrows of `docs/architecture.md`, inside this module.
class ArrowsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.tidegate");

  @Test
  void theEdgeKnowsNoVersionOfHttp() {
    noClasses()
        .that()
        .resideInAPackage("io.tidegate.edge")
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe("are of one version", ArrowsTest::isVersioned))
        .check(CLASSES);
  }

  private static boolean isVersioned(JavaClass type) {
    var name = type.getSimpleName();
    return name.startsWith("Http1")
        || name.startsWith("Http2")
        || type.getPackageName().startsWith("io.netty.handler.codec");
  }

  @Test
  void theLinkKnowsNeitherOfItsEnds() {
    noClasses()
        .that()
        .resideInAPackage("io.tidegate.link")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.tidegate.edge", "io.tidegate.agent")
        .check(CLASSES);
  }

  @Test
  void theEdgeDoesNotKnowItsAgents() {
    noClasses()
        .that()
        .resideInAPackage("io.tidegate.edge")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.tidegate.agent")
        .check(CLASSES);
  }
}
