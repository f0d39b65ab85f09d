/// The `tidegate` command.
@org.jspecify.annotations.NullMarked
module io.tidegate.cli {
  requires static transitive org.jspecify;
  requires io.tidegate.tunnel;
  requires io.netty.common;
  requires info.picocli;
  requires java.desktop;
  requires jdk.net;
  requires com.fasterxml.jackson.core;
  requires org.slf4j;

  exports io.tidegate.cli;

  opens io.tidegate.cli to
      info.picocli;
}
