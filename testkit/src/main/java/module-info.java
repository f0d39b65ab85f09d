/// Hostile peers, a chaos proxy, a fake clock and the checks that run after every test.
@org.jspecify.annotations.NullMarked
module io.tidegate.testkit {
  requires static transitive org.jspecify;
  requires transitive io.tidegate.ledger;
  requires transitive org.junit.jupiter.api;
  requires jdk.management;
  requires org.assertj.core;

  exports io.tidegate.testkit;
}
