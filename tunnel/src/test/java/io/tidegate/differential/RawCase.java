package io.tidegate.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/// What is sent on one connection, and how many requests a strict reader takes of it.
///
/// @param name unique
/// @param traits what is particular about it: mutations, or the name of a case of the corpus
/// @param wire what is sent, the canary behind it included; each character one byte
/// @param taken requests that are whole, and that a server may answer with success
record RawCase(String name, List<String> traits, String wire, int taken) {
  /// The wire as it is sent: a third of the cases at once, a third with its first head apart from
  /// what follows, a third parted somewhere else.
  List<byte[]> pieces() {
    int seed = Math.floorMod(name.hashCode() * 31, 997);
    int head = wire.indexOf("\r\n\r\n") + 4;
    int middle = 1 + seed % (wire.length() - 1);
    return switch (seed % 3) {
      case 0 -> List.of(bytes(wire));
      case 1 -> parted(head);
      default -> parted(middle);
    };
  }

  private List<byte[]> parted(int at) {
    return List.of(bytes(wire.substring(0, at)), bytes(wire.substring(at)));
  }

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(ISO_8859_1);
  }

  @Override
  public String toString() {
    return name + " " + traits;
  }
}
