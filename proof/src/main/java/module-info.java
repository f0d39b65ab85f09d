/// Programs that prove what the documentation says: they start Tidegate and its peers as processes
/// and measure them.
@org.jspecify.annotations.NullMarked
module io.tidegate.proof {
  requires static transitive org.jspecify;
  requires io.tidegate;
  requires io.tidegate.testkit;
  requires com.fasterxml.jackson.core;
  requires info.picocli;

  opens io.tidegate.proof to
      info.picocli;
  opens io.tidegate.proof.torture to
      info.picocli;
}
