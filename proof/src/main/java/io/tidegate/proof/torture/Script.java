package io.tidegate.proof.torture;

import java.time.Duration;
import java.util.function.IntFunction;

/// What each hostile connection of an attack does; text stands for bytes (ISO 8859-1).
///
/// @param opening what the connection of this number, counted from 0, sends at once
/// @param awaits what must have come before the moves begin; empty for nothing
/// @param moves what is done at each turn, counted from 0
/// @param pause between two moves; none: as fast as the socket takes them
/// @param appetite how much of what comes is read
/// @param comeback how long after its end a connection is opened anew
record Script(
    IntFunction<String> opening,
    String awaits,
    IntFunction<Move> moves,
    Duration pause,
    Appetite appetite,
    Duration comeback) {
  /// Less than this and a peer that was refused is nothing but a flood of connections.
  private static final Duration COMEBACK = Duration.ofSeconds(1);

  /// How much a peer reads of what comes.
  enum Appetite {
    /// All, at once.
    ALL,
    /// 64 bytes at each of its moves, through a receive buffer as small as the kernel allows.
    SIPS,
    /// Nothing, through such a buffer.
    NONE
  }

  /// One turn of a peer.
  sealed interface Move {
    /// Sends `text`.
    record Send(String text) implements Move {}

    /// Sends nothing this time.
    record Rest() implements Move {}

    /// Sends nothing any more.
    record Wait() implements Move {}

    /// Ends its connection by a reset.
    record Leave() implements Move {}
  }

  /// Sends `text` and waits.
  static Script saying(String text) {
    return sayingByNumber(_ -> text);
  }

  /// Sends what its number demands and waits.
  static Script sayingByNumber(IntFunction<String> opening) {
    return new Script(opening, "", _ -> new Move.Wait(), Duration.ZERO, Appetite.ALL, COMEBACK);
  }

  /// The same, and then `text` again and again with `pause` in between.
  Script thenEvery(Duration pause, String text) {
    return thenMoving(pause, _ -> new Move.Send(text));
  }

  /// The same, and then `text` again and again as fast as the socket takes it.
  Script thenFlooding(String text) {
    return thenEvery(Duration.ZERO, text);
  }

  /// The same, and then these moves.
  Script thenMoving(Duration pause, IntFunction<Move> moves) {
    return new Script(opening, awaits, moves, pause, appetite, comeback);
  }

  /// The same, its moves begun when `text` has come.
  Script afterHearing(String text) {
    return new Script(opening, text, moves, pause, appetite, comeback);
  }

  /// The same with another appetite.
  Script withAppetite(Appetite appetite) {
    return new Script(opening, awaits, moves, pause, appetite, comeback);
  }

  /// The same, opened anew after `comeback`.
  Script withComeback(Duration comeback) {
    return new Script(opening, awaits, moves, pause, appetite, comeback);
  }
}
