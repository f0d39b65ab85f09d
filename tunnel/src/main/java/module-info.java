/// The link between agent and edge, and both its ends.
@org.jspecify.annotations.NullMarked
module io.tidegate.tunnel {
  requires static transitive org.jspecify;
  requires transitive io.tidegate;
  requires com.fasterxml.jackson.core;
  requires org.slf4j;

  exports io.tidegate.agent;
  exports io.tidegate.edge;
  exports io.tidegate.edge.keys;
  exports io.tidegate.link;
}
