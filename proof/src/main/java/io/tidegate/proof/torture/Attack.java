package io.tidegate.proof.torture;

import java.util.function.Function;

/// One kind of hostility.
///
/// @param name for `--attacks`
/// @param needs what the target must offer for it
/// @param parameters what each peer does, for the table
/// @param most peers at once, however many were asked for: a flood needs few, and would measure the
///   attacker's own machine with many
/// @param newcomers whether new connections must be answered while it lasts; those that stand
///   always must
/// @param script what the peers play against a target
record Attack(
    String name,
    Needs needs,
    String parameters,
    int most,
    Newcomers newcomers,
    Function<Ground, Script> script) {
  /// As many as were asked for.
  private static final int ALL = 20_000;

  /// Enough to keep every loop of a target busy.
  private static final int FLOODERS = 16;

  /// What a target must offer.
  enum Needs {
    HTTP1,
    WEBSOCKET,
    DEFLATE,
    EVENTS,
    HTTP2,
    /// That its limit of descriptors is known and within our own.
    DESCRIPTORS
  }

  /// Whether new connections have a right to be answered.
  enum Newcomers {
    ANSWERED,
    /// The attack fills what there is of connections: a newcomer may be told so.
    REFUSED
  }

  /// With as many peers as were asked for.
  static Attack of(String name, Needs needs, String parameters, Function<Ground, Script> script) {
    return new Attack(name, needs, parameters, ALL, Newcomers.ANSWERED, script);
  }

  /// With few peers who send as much as they can.
  static Attack flood(
      String name, Needs needs, String parameters, Function<Ground, Script> script) {
    return new Attack(name, needs, parameters, FLOODERS, Newcomers.ANSWERED, script);
  }

  /// The same, with newcomers that may be refused.
  Attack refusingNewcomers() {
    return new Attack(name, needs, parameters, most, Newcomers.REFUSED, script);
  }
}
