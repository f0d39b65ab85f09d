/// The ledger: every byte and entry held on behalf of a peer, charged before it is held. JDK only.
@org.jspecify.annotations.NullMarked
module io.tidegate.ledger {
  requires static transitive org.jspecify;

  exports io.tidegate.ledger;
}
