/// The hub in the protocols of others, whose clients then work with it unchanged.
///
/// A module of its own, for both protocols are JSON and `io.tidegate` brings no library for that.
@org.jspecify.annotations.NullMarked
module io.tidegate.dialects {
  requires static transitive org.jspecify;
  requires transitive io.tidegate;
  requires com.fasterxml.jackson.core;

  exports io.tidegate.hub.centrifugo;
  exports io.tidegate.hub.jwt;
  exports io.tidegate.hub.mercure;
}
